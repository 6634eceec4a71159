"""Puts a settlement together from the parts of its visit, or says which of them are still missing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from services.intake.domain.fsi.visit_parts import (
    Diagnoses,
    Discharge,
    FeeLine,
    Registration,
    VisitInformation,
    VisitKind,
)
from services.intake.domain.fsi.visit_settlement import Scan, VisitSettlement, presumed_payments
from services.intake.domain.jurisdiction import jurisdiction
from services.intake.domain.problem import Problem
from services.intake.domain.settlement import Sex

DISPENSABLE = frozenset({"registration_missing", "diagnoses_missing", "discharge_missing"})
"""What a settlement can do without once its time is over: it is published with a doubt instead of being given up."""
OUTPATIENT_TYPE = "11"
INPATIENT_TYPE = "21"
"""``med_type`` where none was sent at all."""


@dataclass(slots=True)
class AssembledPerson:
    """The insured person of an assembled settlement."""

    number: str
    sex: Sex
    birth_date: date | None


@dataclass(slots=True)
class AssembledSettlement:
    """A settlement in the form that is accepted."""

    settlement_id: str
    institution_code: str
    insured_person: AssembledPerson
    insurance_type: str
    insured_region: str
    medical_type: str
    started_at: datetime
    ended_at: datetime
    settled_at: datetime
    diagnosis_codes: tuple[str, ...]
    practitioner_code: str | None
    department_code: str | None
    total_fen: int
    fund_paid_fen: int
    account_paid_fen: int
    cash_paid_fen: int
    lines: list[FeeLine]
    sender_settlement_id: str | None = None


@dataclass(slots=True)
class VisitParts:
    """What has come of one visit, as far as one settlement of it is concerned."""

    kind: VisitKind
    institution_code: str
    is_pharmacy: bool
    settlement: VisitSettlement
    settlement_id: str
    insured_region: str
    settled_at: datetime
    """When it was settled, or else sent."""
    treatment_region: str = ""
    message_id: str | None = None
    """``msgid`` of the settlement's own message, which both regions' reports carry as ``medins_setl_id``."""
    registration: Registration | None = None
    information: VisitInformation | None = None
    discharge: Discharge | None = None
    lines: list[FeeLine] = field(default_factory=list)


class Assembly(NamedTuple):
    """What became of the attempt."""

    settlement: AssembledSettlement | None
    """None while something indispensable is missing."""
    missing: tuple[str, ...]
    """Codes of what is missing, the texts of which stand in ``problem``."""
    doubts: tuple[Problem, ...]


def assemble(parts: VisitParts, *, lenient: bool = False) -> Assembly:
    """Put a settlement together; ``lenient`` does without what is dispensable and marks it."""
    missing = _missing(parts)
    waits_for = [code for code in missing if not (lenient and code in DISPENSABLE)]
    if waits_for:
        return Assembly(None, tuple(missing), ())
    doubts = [Problem("", code) for code in missing]
    sent = parts.settlement
    if sent.payments is None:
        doubts.append(Problem("/fund_paid_fen", "payments_unknown"))
    codes, doubtful = _diagnoses(parts)
    if doubtful:
        doubts.append(Problem("/diagnosis_codes", "diagnosis_form"))
    payments = presumed_payments(sent)
    started, ended = _span(parts)
    registration = parts.registration
    traits = sent.traits
    if registration is not None:
        traits = traits._replace(
            sex=registration.traits.sex if traits.sex == "unknown" else traits.sex,
            birth_date=traits.birth_date or registration.traits.birth_date,
        )
    settlement = AssembledSettlement(
        settlement_id=parts.settlement_id,
        institution_code=parts.institution_code,
        insured_person=AssembledPerson(sent.person, traits.sex, traits.birth_date),
        insurance_type=sent.insurance_type,
        insured_region=parts.insured_region,
        medical_type=_medical_type(parts),
        started_at=started,
        ended_at=ended,
        settled_at=parts.settled_at,
        diagnosis_codes=codes,
        practitioner_code=registration.practitioner_code if registration else None,
        department_code=(parts.discharge.department_code if parts.discharge else None)
        or (registration.department_code if registration else None),
        total_fen=sent.total_fen,
        fund_paid_fen=payments.fund_fen,
        account_paid_fen=payments.account_fen,
        cash_paid_fen=payments.cash_fen,
        lines=_numbered(parts.lines, sent.scans),
        sender_settlement_id=parts.message_id if _crosses(parts) else None,
    )
    return Assembly(settlement, (), tuple(doubts))


def _crosses(parts: VisitParts) -> bool:
    """Tell whether another region may report it too; at home an id that a careless sender used twice hides nothing."""
    return (
        not parts.treatment_region
        or not parts.insured_region
        or jurisdiction(treatment_region=parts.treatment_region, insured_region=parts.insured_region).crosses
    )


def _medical_type(parts: VisitParts) -> str:
    """Return ``med_type``: of a stay what it was admitted for, for its settlement has none of its own."""
    of_settlement = parts.settlement.medical_type
    of_registration = parts.registration.medical_type if parts.registration else None
    outpatient = parts.kind == "outpatient"
    return (
        ((of_settlement or of_registration) if outpatient else (of_registration or of_settlement))
        or (parts.information.medical_type if parts.information else None)
        or next((line.medical_type for line in parts.lines if line.medical_type), None)
        or (OUTPATIENT_TYPE if outpatient else INPATIENT_TYPE)
    )


def _missing(parts: VisitParts) -> list[str]:
    missing = []
    outpatient = parts.kind == "outpatient"
    if parts.registration is None and not parts.is_pharmacy:
        missing.append("registration_missing")
    if not outpatient and not parts.settlement.interim and parts.discharge is None:
        missing.append("discharge_missing")
    if not parts.is_pharmacy and not _diagnoses_came(parts):
        missing.append("diagnoses_missing")
    total = sum(line.amount_fen for line in parts.lines)
    if total < parts.settlement.total_fen or not parts.lines:
        missing.append("lines_missing")
    elif total > parts.settlement.total_fen:
        missing.append("lines_exceed")
    return missing


def _diagnoses_came(parts: VisitParts) -> bool:
    if parts.kind == "outpatient":
        return parts.information is not None
    said = [part.diagnoses for part in (parts.registration, parts.discharge) if part is not None]
    return any(one.codes or one.doubtful for one in said)


def _diagnoses(parts: VisitParts) -> tuple[tuple[str, ...], bool]:
    """Return what was found last before what was thought first, each code once."""
    said: Sequence[Diagnoses] = [
        part.diagnoses for part in (parts.discharge, parts.information, parts.registration) if part is not None
    ]
    found = dict.fromkeys(code for one in said for code in one.codes)
    return tuple(found), any(one.doubtful for one in said)


def _span(parts: VisitParts) -> tuple[datetime, datetime]:
    """Return begin and end of the visit; never an end before the begin, nor after the settlement if that can be."""
    charged = [line.charged_at for line in parts.lines]
    if parts.registration is not None:
        started = parts.registration.started_at
    elif parts.information is not None:
        started = parts.information.started_at
    else:
        started = min(charged)
    if parts.discharge is not None:
        ended = parts.discharge.ended_at
    elif parts.settlement.discharged_at is not None:
        ended = min(parts.settlement.discharged_at, parts.settled_at)
    elif parts.kind == "inpatient":
        ended = parts.settled_at
    else:
        begun = parts.information.started_at if parts.information is not None else started
        ended = min(max([begun, *charged]), parts.settled_at)
    # An end that was said stands as it was said, so that one before the begin is found and not mended.
    return started, ended if parts.discharge is not None else max(started, ended)


def _numbered(lines: Sequence[FeeLine], scans: Sequence[Scan]) -> list[FeeLine]:
    """Number lines by their serial, so that the same lines make the same settlement in whatever order they came."""
    ordered = sorted(lines, key=lambda line: (len(line.serial), line.serial))
    numbers = {line.serial: position for position, line in enumerate(ordered, 1)}
    scanned: dict[str, list[Scan]] = {}
    for scan in scans:
        scanned.setdefault(scan.serial, []).append(scan)
    for line in ordered:
        own = scanned.get(line.serial, [])
        line.traceability_codes = tuple(scan.code for scan in own)
        line.split_pack = line.split_pack or any(scan.split_pack for scan in own)
        line.number = numbers[line.serial]
        line.refund_of = numbers.get(line.refunds_serial or "")
    return ordered
