"""What 3101 and 3102 ask: patients, their encounters and orders, made into pre-checks."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.contracts.intake import Sex
from services.kit.clock import BUSINESS_ZONE
from services.kit.fsi_envelope import FsiEnvelope, FsiProblem, FsiRefused
from services.screening.api.fsi.loose_node import LooseNode
from services.screening.use_cases.precheck_request import (
    LooseInstitution,
    LooseLine,
    LoosePerson,
    PrecheckPhase,
    PrecheckRequest,
)
from services.screening.use_cases.understand_claim import item_kind

MOST_ENCOUNTERS = 50
"""Of one message; a ward round asks about one at a time."""
SCENES: Mapping[str, PrecheckPhase] = {
    "1": "before",
    "2": "before",
    "3": "before",
    "4": "before",
    "5": "before",
    "6": "during",
    "7": "during",
    "8": "during",
    "9": "during",
}
"""``trig_scen``: registration, charging, admission, orders; then settlements and previews of them."""

_SEXES: Mapping[str, Sex] = {"1": "male", "2": "female", "男": "male", "女": "female", "M": "male", "F": "female"}
_VISIT_TYPES: Mapping[str, str] = {"1": "11", "2": "41", "3": "21"}
"""``med_mdtrt_type`` stands in for a ``med_type`` that was not sent: outpatient, pharmacy, inpatient."""
_INSTITUTION_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Audit:
    """One encounter to be judged, and how the answer names its parts."""

    patient_id: str
    encounter_id: str
    institution_code: str
    request: PrecheckRequest
    order_ids: Mapping[int, str] = field(default_factory=dict)
    """``rx_id`` of each line number."""


@dataclass(frozen=True, slots=True)
class AuditMessage:
    """A message of 3101 or 3102."""

    task_id: str | None
    scene: str | None
    audits: tuple[Audit, ...]


def read_audits(envelope: FsiEnvelope, levels: Mapping[str, int]) -> AuditMessage:
    """Read a message; raises FsiRefused where there is nothing to judge."""
    outer = LooseNode(envelope.input)
    data = outer.node("data") or outer
    scene = data.text("trig_scen", longest=10)
    phase = SCENES.get((scene or "").lstrip("0"), "before") if envelope.infno == "3101" else "during"
    rule_codes = tuple(data.texts("rule_ids"))
    audits = [
        _audit(patient, encounter, envelope, levels, phase, rule_codes)
        for patient in data.nodes("patient_dtos", most=MOST_ENCOUNTERS)
        for encounter in patient.nodes("encounter_dtos", most=MOST_ENCOUNTERS)
    ]
    if not audits:
        raise FsiRefused(
            FsiProblem("/input/data/patient_dtos", "missing", "没有就诊信息", "there is no encounter to judge")
        )
    if len(audits) > MOST_ENCOUNTERS:
        zh, en = f"就诊超过{MOST_ENCOUNTERS}条", f"more than {MOST_ENCOUNTERS} encounters"
        raise FsiRefused(FsiProblem("/input/data/patient_dtos", "too_many_items", zh, en))
    return AuditMessage(data.text("task_id", longest=64), scene, tuple(audits))


def _audit(
    patient: LooseNode,
    encounter: LooseNode,
    envelope: FsiEnvelope,
    levels: Mapping[str, int],
    phase: PrecheckPhase,
    rule_codes: tuple[str, ...],
) -> Audit:
    patient_id = patient.text("patn_id", "psn_no") or ""
    encounter_id = encounter.text("mdtrt_id") or patient.text("curr_mdtrt_id") or ""
    institution = encounter.text("medins_id", "fixmedins_code") or ""
    if len(institution) != _INSTITUTION_LENGTH or institution[0] not in "HP":
        # An id of the hospital's own system; the envelope says who sends.
        institution = envelope.institution_code
    lines, order_ids = _orders(encounter.nodes("order_dtos"))
    born = patient.instant("brdy")
    request = PrecheckRequest(
        lines=lines,
        phase=phase,
        rule_codes=rule_codes,
        visit_id=encounter_id or None,
        institution=LooseInstitution(
            code=institution,
            level=levels.get((encounter.text("medins_lv") or "").lstrip("0")),
            region=encounter.text("medins_admdvs", longest=6),
        ),
        insured_person=LoosePerson(
            number=patient_id or None, birth_date=None if born is None else born.astimezone(BUSINESS_ZONE).date()
        ),
        sex=_SEXES.get((patient.text("gend") or "").upper()),
        insurance_type=encounter.text("insutype", longest=6),
        insured_region=patient.text("poolarea", longest=6),
        medical_type=encounter.text("med_type", longest=6)
        or _VISIT_TYPES.get((encounter.text("med_mdtrt_type") or "").lstrip("0")),
        started_at=encounter.instant("adm_date"),
        ended_at=encounter.instant("dscg_date"),
        diagnosis_codes=_diagnoses(encounter),
        practitioner_code=encounter.text("dr_codg", longest=30),
        department_code=encounter.text("dscg_dept_codg", "adm_dept_codg", longest=30),
        total_fen=encounter.number("medfee_sumamt", 2),
        fund_fen=encounter.number("hifp_payamt", 2) or None,
    )
    return Audit(patient_id, encounter_id, institution, request, order_ids)


def _orders(orders: list[LooseNode]) -> tuple[tuple[LooseLine, ...], dict[int, str]]:
    lines: list[LooseLine] = []
    order_ids: dict[int, str] = {}
    for number, order in enumerate(orders, start=1):
        code, name = order.text("hilist_code", longest=64), order.text("hilist_name", longest=64)
        if name is not None and item_kind(name) is not None and (code is None or item_kind(code) is None):
            # Some systems send code and name the wrong way round.
            code = name
        order_ids[number] = order.text("rx_id") or str(number)
        lines.append(
            LooseLine(
                number=number,
                item_code=code,
                hospital_item_code=order.text("hosplist_code", longest=150),
                quantity_e4=order.number("cnt", 4),
                unit_price_e4=order.number("pric", 6),
                amount_fen=order.number("sumamt", 2),
                charged_at=order.instant("drord_begn_date"),
                practitioner_code=order.text("drord_dr_codg", longest=30),
                department_code=order.text("drord_dept_codg", longest=30),
                prescription_number=order.text("rxno", longest=40),
                traceability_codes=tuple(order.texts("drug_trac_codg", most=200)),
                days_of_supply_e2=order.number("prd_days", 2),
                dose_e4=order.number("sin_dos_dscr", 4),
                doses_per_day_e4=order.number("used_frqu_dscr", 4),
            )
        )
    return tuple(lines), order_ids


def _diagnoses(encounter: LooseNode) -> tuple[str, ...]:
    """Return the codes, the main one first; a discharge diagnosis comes before those of the admission."""
    main = encounter.text("dscg_main_dise_codg", longest=30)
    ranked = []
    for place, one in enumerate(encounter.nodes("diagnose_dtos", most=100)):
        code = one.text("dise_codg", longest=30)
        if code is None:
            continue
        rank = (one.text("maindise_flag") != "1", one.number("dias_srt_no", 0) or place, place)
        ranked.append((rank, code))
    codes = [code for _, code in sorted(ranked)]
    return tuple(dict.fromkeys([main, *codes] if main else codes))
