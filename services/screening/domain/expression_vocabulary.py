"""What an expression can speak of: fields of the claim and its lines, and counts of what the person had before."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.screening.domain.business_day import day_of, start_of
from services.screening.domain.case import Case
from services.screening.domain.expression_values import BadOperation, NotTold
from services.screening.domain.kind import CARE_SETTINGS

_E4 = 10_000
_E2 = 100
_DAYS_A_YEAR = 365.2425
_PLAIN = frozenset({str, int, float, bool, list, type(None)})
MOST_HISTORY_DAYS = 1_100

CLAIM_FIELDS: Mapping[str, Callable[[Case], Any]] = {
    "age_days": lambda case: case.claim.age_days,
    "age_years": lambda case: None if case.claim.age_days is None else int(case.claim.age_days / _DAYS_A_YEAR),
    "sex": lambda case: None if case.claim.sex == "unknown" else case.claim.sex,
    "insurance_type": lambda case: case.claim.insurance_type,
    "medical_type": lambda case: case.claim.medical_type,
    "care_setting": lambda case: case.claim.care_setting,
    "diagnosis_codes": lambda case: list(case.claim.diagnosis_codes),
    "institution_code": lambda case: case.claim.institution.code,
    "institution_kind": lambda case: case.claim.institution.kind,
    "institution_level": lambda case: case.claim.institution.level,
    "institution_category": lambda case: case.claim.institution.category,
    "region": lambda case: case.claim.institution.region,
    "department": lambda case: case.claim.department_standard_code,
    "practitioner_code": lambda case: case.claim.practitioner_code,
    "practitioner_title": lambda case: case.claim.practitioner_title,
    "total_fen": lambda case: case.claim.total_fen,
    "fund_fen": lambda case: case.claim.fund_fen,
    "days": lambda case: day_of(case.claim.ended_at) - day_of(case.claim.started_at) + 1,
}
"""``days`` counts the first and the last day of the visit; what the claim does not tell is null."""

LINE_FIELDS: Mapping[str, Callable[[Any], Any]] = {
    "number": lambda line: line.number,
    "item_code": lambda line: line.item_code,
    "item_kind": lambda line: line.item_kind,
    "quantity": lambda line: line.quantity_e4 / _E4,
    "unit_price_fen": lambda line: line.unit_price_e4 / _E4,
    "amount_fen": lambda line: line.amount_fen,
    "fund_scope_fen": lambda line: line.fund_scope_fen,
    "day": lambda line: day_of(line.charged_at),
    "hour": lambda line: _hour(line.charged_at),
    "practitioner_code": lambda line: line.practitioner_code,
    "department_code": lambda line: line.department_code,
    "prescription_number": lambda line: line.prescription_number,
    "days_of_supply": lambda line: None if line.days_of_supply_e2 is None else line.days_of_supply_e2 / _E2,
    "dose": lambda line: None if line.dose_e4 is None else line.dose_e4 / _E4,
    "doses_per_day": lambda line: None if line.doses_per_day_e4 is None else line.doses_per_day_e4 / _E4,
    "traceability_codes": lambda line: list(line.traceability_codes),
    "split_pack": lambda line: line.split_pack,
}
"""``day`` is a number, so that days are told apart and subtracted; ``hour`` is that of the clock in Shanghai."""

FIELDS = frozenset(CLAIM_FIELDS) | frozenset(LINE_FIELDS)


def reader_of(name: str) -> Callable[[Any], Any]:
    """Return what reads a field of the claim or of a line; it raises BadOperation of a value without that field."""
    on_claim: Callable[[Any], Any] = CLAIM_FIELDS.get(name, _no_field)
    on_line: Callable[[Any], Any] = LINE_FIELDS.get(name, _no_field)

    def read(value: Any) -> Any:
        kind = type(value)
        if kind is Case:
            return on_claim(value)
        if kind in _PLAIN:
            if value is None:
                raise NotTold
            raise BadOperation("only the claim and its lines have fields")
        return on_line(value)

    return read


def _no_field(_value: Any) -> Any:
    raise BadOperation("there is no such field here")


def _hour(instant: datetime) -> int:
    return (instant - start_of(day_of(instant))).seconds // 3600


def _earlier(case: Case, items: Sequence[Any], days: int) -> list[Any]:
    since = case.claim.started_at - timedelta(days=days)
    codes = sorted({line.item_code for line in items})
    return list(case.prior_lines(codes, same_institution=False, since=since))


def _quantity(case: Case, items: Sequence[Any], days: int) -> float:
    total: int = sum(line.quantity_e4 for line in _earlier(case, items, days))
    return total / _E4


def _count(case: Case, items: Sequence[Any], days: int) -> int:
    return sum(line.quantity_e4 > 0 for line in _earlier(case, items, days))


def _visits(case: Case, _items: Sequence[Any], setting: str, days: int) -> int:
    since = case.claim.started_at - timedelta(days=days)
    return sum(visit.started_at >= since for visit in case.prior_visits(setting))


HISTORY: Mapping[str, Callable[..., Any]] = {"quantity": _quantity, "count": _count, "visits": _visits}
"""Of the claims settled before this one, in so many days before the visit began: ``history.quantity(30)`` and
``history.count(30)`` of the items the claim meets, ``history.visits("inpatient", 30)`` of visits."""


def history_days(name: str, arguments: Sequence[object]) -> int | None:
    """Return how far a history function reaches, None where its arguments are not its own."""
    if name == "visits":
        if len(arguments) != 2 or arguments[0] not in CARE_SETTINGS:  # noqa: PLR2004 - kind of visit and days
            return None
        arguments = arguments[1:]
    if len(arguments) != 1:
        return None
    days = arguments[0]
    if isinstance(days, bool) or not isinstance(days, int) or not 0 < days <= MOST_HISTORY_DAYS:
        return None
    return days
