"""Make of a loose request a claim that checks can read, and say what it does not tell."""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Literal, NamedTuple
from uuid import UUID

from services.contracts.intake import (
    CareSetting,
    InstitutionAtService,
    ItemKind,
    SettlementAccepted,
    SettlementLine,
)
from services.kit.clock import BUSINESS_ZONE, business_date
from services.kit.ids import new_id
from services.kit.pseudonym import Pseudonymise
from services.screening.domain.judgeable import Unknown
from services.screening.use_cases.precheck_request import LooseLine, PrecheckRequest
from services.screening.use_cases.registry_at_service import AtService

LineProblem = Literal["item_code_missing", "item_code_form", "quantity_zero"]
"""Why no rule can look at a line: no national code, a code of the institution's own, nothing ordered."""

_E4 = 10_000
_ITEM_FORMS: tuple[tuple[re.Pattern[str], ItemKind], ...] = (
    (re.compile(r"X[A-Z][0-9]{2}[A-Z]{3}[0-9]{3}[A-Z][0-9]{12}|Z[A-Z][0-9]{2}[A-Z]{3}[0-9]{13}"), "drug"),
    (re.compile(r"T[0-9]{9}"), "herb"),
    (re.compile(r"C[0-9]{19}(?:[0-9]{7})?"), "consumable"),
    (re.compile(r"[0-9]{15}"), "service"),
)
_INSURED_REF = re.compile(r"[0-9a-f]{32}")
_SETTINGS: dict[str, CareSetting] = {"13": "emergency", "41": "pharmacy"}
_STAYS = frozenset({"21", "22", "23", "24", "25", "26", "27", "28", "52", "53", "5212", "3101"})
_STAY_FAMILY = re.compile(r"21[0-9]{2}")
_OLDEST_DAYS = 150 * 366


class LineNotJudged(NamedTuple):
    """A line that no rule could look at."""

    number: int
    problem: LineProblem


class Understood(NamedTuple):
    """A claim to screen, and what stands in it only because something has to."""

    claim: SettlementAccepted
    unknown: frozenset[Unknown]
    lines_not_judged: Sequence[LineNotJudged]


@lru_cache(maxsize=32_768)
def item_kind(code: str) -> ItemKind | None:
    """Return the kind an item code stands for by its form, None when it has none of the national forms."""
    for form, kind in _ITEM_FORMS:
        if form.fullmatch(code):
            return kind
    return None


@lru_cache(maxsize=1_024)
def care_setting(medical_type: str) -> CareSetting:
    """Return the kind of visit a ``med_type`` stands for; an unknown one is a visit."""
    if medical_type in _STAYS or _STAY_FAMILY.fullmatch(medical_type):
        return "inpatient"
    return _SETTINGS.get(medical_type, "outpatient")


def insured_ref_of(request: PrecheckRequest, pseudonymise: Pseudonymise | None) -> str | None:
    """Return the pseudonym: as sent, or of a number where this process can make one; None for nobody known."""
    if request.insured_ref is not None and _INSURED_REF.fullmatch(request.insured_ref):
        return request.insured_ref
    number = request.insured_person and request.insured_person.number
    if number and number.strip() and pseudonymise is not None:
        return pseudonymise(number.strip())
    return None


def started_of(request: PrecheckRequest, now: datetime) -> datetime:
    """Return when the visit began; instants without an offset are Shanghai's."""
    return _instant(request.started_at) or _earliest(request) or now


def understand(
    request: PrecheckRequest,
    *,
    institution_code: str,
    insured_ref: str | None,
    registry: AtService,
    now: datetime,
) -> Understood:
    """Read a request; what is missing gets a stand-in that accuses nobody, and is named.

    Of the institution and its staff the registry's word counts, as at settlement; of the person it fills gaps.
    """
    unknown: set[Unknown] = set()
    started = started_of(request, now)
    ended = max(started, _instant(request.ended_at) or now)
    lines, not_judged = _lines(request.lines, started)
    total = sum(line.amount_fen for line in lines) if request.total_fen is None else request.total_fen
    claim = SettlementAccepted(
        settlement_ref=request.settlement_ref or new_id(),
        settlement_id=request.settlement_id or request.visit_id or "",
        institution=_institution(request, institution_code, registry, unknown),
        practitioner_title=(registry.practitioner and registry.practitioner.title) or request.practitioner_title,
        department_standard_code=(
            (registry.department and registry.department.standard_code) or request.department_standard_code
        ),
        received_at=_instant(request.received_at),
        # Nobody's: no history can ever be found under it.
        insured_ref=insured_ref or f"unknown-{new_id().hex}",
        sex=request.sex or (registry.person.sex if registry.person else "unknown"),
        age_days=_age(request, registry, started),
        insurance_type=request.insurance_type or (registry.person and registry.person.insurance_type) or "",
        insured_region=request.insured_region or "",
        medical_type=request.medical_type or "",
        care_setting=request.care_setting or _setting(request, institution_code),
        started_at=started,
        ended_at=ended,
        settled_at=_instant(request.settled_at) or now,
        diagnosis_codes=tuple(code for code in request.diagnosis_codes if code),
        practitioner_code=request.practitioner_code or None,
        department_code=request.department_code or None,
        total_fen=total,
        fund_fen=total if request.fund_fen is None else request.fund_fen,
        account_fen=0,
        cash_fen=0,
        lines=lines,
    )
    if insured_ref is None:
        unknown.add("person")
    _name_missing(claim, request, unknown)
    return Understood(claim, frozenset(unknown), not_judged)


def _name_missing(claim: SettlementAccepted, request: PrecheckRequest, unknown: set[Unknown]) -> None:
    absent: dict[Unknown, bool] = {
        "birth_date": claim.age_days is None,
        "sex": claim.sex == "unknown",
        "diagnoses": not claim.diagnosis_codes,
        "insurance_type": not claim.insurance_type,
        "medical_type": not claim.medical_type,
        "practitioner": claim.practitioner_code is None and claim.institution.kind == "hospital",
        "department": claim.department_standard_code is None,
        "practitioner_title": claim.practitioner_title is None,
        "dose": all(line.dose_e4 is None for line in claim.lines),
        "days_of_supply": all(line.days_of_supply_e2 is None for line in claim.lines),
        "settlement_list": request.settlement_ref is None,
    }
    unknown.update(name for name, is_absent in absent.items() if is_absent)


def _institution(
    request: PrecheckRequest, code: str, registry: AtService, unknown: set[Unknown]
) -> InstitutionAtService:
    given, held = request.institution, registry.institution
    level = held.level if held is not None else None if given is None else given.level
    if level is None or not 0 <= level <= 3:  # noqa: PLR2004 - the highest facility level
        unknown.add("institution_level")
        level = 0
    category = (held and held.category) or (given and given.category) or None
    if category is None:
        unknown.add("institution_category")
    return InstitutionAtService(
        code=code,
        kind=(given and given.kind) or ("pharmacy" if code.startswith("P") else "hospital"),
        level=level,
        region=(held and held.region) or (given and given.region) or code[1:7],
        category=category,
        scope=held.scope if held is not None else (),
        status=held.status if held is not None else None,
    )


def _age(request: PrecheckRequest, registry: AtService, started: datetime) -> int | None:
    if request.age_days is not None:
        return request.age_days if request.age_days >= 0 else None
    born = (request.insured_person and request.insured_person.birth_date) or (
        registry.person and registry.person.birth_date
    )
    if not born:
        return None
    days = (business_date(started) - born).days
    return days if 0 <= days <= _OLDEST_DAYS else None


def _setting(request: PrecheckRequest, institution_code: str) -> CareSetting:
    if request.medical_type:
        return care_setting(request.medical_type)
    return "pharmacy" if institution_code.startswith("P") else "outpatient"


def _instant(given: datetime | None) -> datetime | None:
    if given is None:
        return None
    return given if given.tzinfo is not None else given.replace(tzinfo=BUSINESS_ZONE)


def _earliest(request: PrecheckRequest) -> datetime | None:
    charged = [at for line in request.lines if (at := _instant(line.charged_at)) is not None]
    return min(charged, default=None)


def _lines(given: Sequence[LooseLine], started: datetime) -> tuple[tuple[SettlementLine, ...], list[LineNotJudged]]:
    lines: list[SettlementLine] = []
    not_judged: list[LineNotJudged] = []
    taken = {line.number for line in given if line.number is not None}
    next_number = 1
    for one in given:
        number = one.number
        if number is None:
            while next_number in taken:
                next_number += 1
            number = next_number
            taken.add(number)
        problem = _problem(one)
        if problem is None:
            lines.append(_line(one, number, started))
        else:
            not_judged.append(LineNotJudged(number, problem))
    return tuple(lines), not_judged


def _problem(line: LooseLine) -> LineProblem | None:
    if not line.item_code:
        return "item_code_missing"
    if item_kind(line.item_code) is None and line.item_kind is None:
        return "item_code_form"
    return "quantity_zero" if line.quantity_e4 == 0 else None


def _line(line: LooseLine, number: int, started: datetime) -> SettlementLine:
    code = line.item_code or ""
    quantity, price, amount = _amounts(line)
    return SettlementLine(
        number=number,
        item_code=code,
        item_kind=line.item_kind or item_kind(code) or "other",
        quantity_e4=quantity,
        unit_price_e4=price,
        amount_fen=amount,
        charged_at=_instant(line.charged_at) or started,
        practitioner_code=line.practitioner_code or None,
        department_code=line.department_code or None,
        traceability_codes=line.traceability_codes,
        split_pack=line.split_pack,
        fund_scope_fen=line.fund_scope_fen,
        prescription_number=line.prescription_number or None,
        hospital_item_code=line.hospital_item_code,
        days_of_supply_e2=line.days_of_supply_e2,
        dose_e4=line.dose_e4,
        doses_per_day_e4=line.doses_per_day_e4,
        refund_of=line.refund_of,
    )


def _amounts(line: LooseLine) -> tuple[int, int, int]:
    """Return quantity, unit price and amount; each follows from the two others."""
    quantity, price, amount = line.quantity_e4, line.unit_price_e4, line.amount_fen
    if quantity is None:
        quantity = _E4 if not price or amount is None else _rounded(amount * _E4 * _E4, price)
    if amount is None:
        amount = 0 if price is None else _rounded(quantity * price, _E4 * _E4)
    if price is None:
        price = _rounded(amount * _E4 * _E4, quantity) if quantity else 0
    return quantity, price, amount


def _rounded(part: int, whole: int) -> int:
    return (2 * part + whole) // (2 * whole)


def institution_of(request: PrecheckRequest) -> str | None:
    """Return the institution that a request names."""
    return None if request.institution is None else request.institution.code


def reference_of(request: PrecheckRequest, fallback: UUID) -> str:
    """Return what ties reminders of one visit together."""
    return request.visit_id or request.settlement_id or str(request.settlement_ref or fallback)
