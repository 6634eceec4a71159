"""Settlement lists (结算清单): what an institution files, examined for what is missing and what contradicts itself.

Only what cannot be kept is refused; everything else is a gap, which the list carries (rule 201001 looks for them).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import NamedTuple, Protocol

from services.intake.domain import codes
from services.intake.domain.examination import EARLIEST_YEAR, LATEST_YEAR, MOST_FEN
from services.intake.domain.problem import MOST_PROBLEMS, Problem

MOST_VERSION = 30_000
MOST_ENTRIES = 200
"""Diagnoses, operations and the like of one list; the national form prints a tenth of this."""
MOST_DAYS = 20_000
MOST_MINUTES = MOST_DAYS * 24 * 60
NEWBORN_DAYS = 28
LIGHTEST_NEWBORN_G, HEAVIEST_NEWBORN_G = 200, 9_000
DISCHARGE_WAYS = frozenset({"1", "2", "3", "4", "5", "9"})
"""Home, to another hospital, to a community, against advice, died, other."""
_ZONE = timezone(timedelta(hours=8))
"""Of Asia/Shanghai, which has kept it since 1991."""
_TOLERANCE = timedelta(days=1)
_OPERATION = re.compile(r"[0-9]{2}\.[0-9]{2,4}(?:x[0-9]{3})?", re.ASCII)
"""ICD-9-CM-3 in the medical-insurance edition, such as 69.2200x025, and its short forms."""


class Diagnosis(Protocol):
    """A diagnosis of a list."""

    @property
    def code(self) -> str:
        """National code."""
        ...

    @property
    def main(self) -> bool:
        """Whether it is the main one."""
        ...

    @property
    def kind(self) -> str | None:
        """Kind, as sent."""
        ...

    @property
    def admission_condition(self) -> str | None:
        """Condition on admission."""
        ...


class Operation(Protocol):
    """An operation of a list."""

    @property
    def code(self) -> str:
        """National code."""
        ...

    @property
    def performed_on(self) -> date | None:
        """Day of the operation."""
        ...

    @property
    def started_at(self) -> datetime | None:
        """Its beginning."""
        ...

    @property
    def ended_at(self) -> datetime | None:
        """Its end."""
        ...

    @property
    def anaesthesia_started_at(self) -> datetime | None:
        """Beginning of the anaesthesia."""
        ...

    @property
    def anaesthesia_ended_at(self) -> datetime | None:
        """End of the anaesthesia."""
        ...

    @property
    def main(self) -> bool:
        """Whether it is the main one."""
        ...

    @property
    def surgeon_code(self) -> str | None:
        """Code of the surgeon."""
        ...


class CareStay(Protocol):
    """A stay in intensive care."""

    @property
    def entered_at(self) -> datetime:
        """When the patient came."""
        ...

    @property
    def left_at(self) -> datetime | None:
        """When the patient left."""
        ...


class Fee(Protocol):
    """The total of a fee category."""

    @property
    def amount_fen(self) -> int:
        """Total."""
        ...

    @property
    def class_a_fen(self) -> int:
        """Part of class A."""
        ...

    @property
    def class_b_fen(self) -> int:
        """Part of class B."""
        ...

    @property
    def own_expense_fen(self) -> int:
        """Part at own expense."""
        ...

    @property
    def other_fen(self) -> int:
        """Any other part."""
        ...


class PostedList(Protocol):
    """A settlement list as posted: typed, but not yet examined."""

    settlement_id: str
    institution_code: str
    version: int | None
    insured_number: str | None
    admitted_at: datetime | None
    discharged_at: datetime | None
    stay_days: int | None
    discharge_way: str | None
    newborn_age_days: int | None
    newborn_birth_weights_g: tuple[int, ...]
    newborn_admission_weights_g: tuple[int, ...]
    ventilator_minutes: int | None
    special_disease_codes: tuple[str, ...]
    attending_code: str | None
    special_nursing_days: int | None
    nursing_days_1: int | None
    nursing_days_2: int | None
    nursing_days_3: int | None
    settled_from: date | None
    settled_until: date | None

    @property
    def diagnoses(self) -> Sequence[Diagnosis]:
        """Diagnoses in the order posted."""
        ...

    @property
    def operations(self) -> Sequence[Operation]:
        """Operations in the order posted."""
        ...

    @property
    def intensive_care(self) -> Sequence[CareStay]:
        """Stays in intensive care."""
        ...

    @property
    def fees(self) -> Sequence[Fee]:
        """Totals by fee category."""
        ...


class ExaminedList(NamedTuple):
    """Result of examining a list."""

    problems: list[Problem]
    gaps: list[Problem]


def examine_list(posted: PostedList, *, now: datetime) -> ExaminedList:
    """Examine a list by itself; what it says beside its settlement is judged where that is known."""
    problems: list[Problem] = []
    gaps: list[Problem] = []
    _form(posted, problems, now)
    if problems:
        return ExaminedList(problems[:MOST_PROBLEMS], [])
    _stay(posted, gaps)
    _diagnoses(posted, gaps)
    _operations(posted, gaps)
    _care(posted, gaps)
    _newborn(posted, gaps)
    _fees(posted.fees, gaps)
    if posted.attending_code is None:
        gaps.append(Problem("/attending_code", "attending_missing"))
    elif not codes.is_practitioner(posted.attending_code):
        gaps.append(Problem("/attending_code", "practitioner_form"))
    return ExaminedList([], gaps[:MOST_PROBLEMS])


def fees_total(fees: Iterable[Fee]) -> int:
    """Return the sum of all fee categories in fen."""
    return sum(fee.amount_fen for fee in fees)


def _form(posted: PostedList, problems: list[Problem], now: datetime) -> None:
    if not codes.is_settlement_id(posted.settlement_id):
        problems.append(Problem("/settlement_id", "settlement_id_form"))
    if not codes.is_institution(posted.institution_code):
        problems.append(Problem("/institution_code", "institution_form"))
    if posted.version is not None and not 1 <= posted.version <= MOST_VERSION:
        problems.append(Problem("/version", "version_range"))
    if posted.insured_number is not None and not codes.is_insured_number(posted.insured_number):
        problems.append(Problem("/insured_number", "insured_number_form"))
    for pointer, instant in _instants(posted):
        if instant is not None and not EARLIEST_YEAR <= instant.year <= LATEST_YEAR:
            problems.append(Problem(pointer, "instant_range"))
        elif instant is not None and instant > now + _TOLERANCE:
            problems.append(Problem(pointer, "moved_in_future"))
    for name, number, most in (
        ("stay_days", posted.stay_days, MOST_DAYS),
        ("newborn_age_days", posted.newborn_age_days, MOST_DAYS),
        ("ventilator_minutes", posted.ventilator_minutes, MOST_MINUTES),
        ("special_nursing_days", posted.special_nursing_days, MOST_DAYS),
        ("nursing_days_1", posted.nursing_days_1, MOST_DAYS),
        ("nursing_days_2", posted.nursing_days_2, MOST_DAYS),
        ("nursing_days_3", posted.nursing_days_3, MOST_DAYS),
    ):
        if number is not None and not 0 <= number <= most:
            problems.append(Problem(f"/{name}", "number_range"))
    for index, fee in enumerate(posted.fees):
        parts = (fee.amount_fen, fee.class_a_fen, fee.class_b_fen, fee.own_expense_fen, fee.other_fen)
        if any(not -MOST_FEN <= part <= MOST_FEN for part in parts):
            problems.append(Problem(f"/fees/{index}", "amount_range"))


def _instants(posted: PostedList) -> Iterator[tuple[str, datetime | None]]:
    yield "/admitted_at", posted.admitted_at
    yield "/discharged_at", posted.discharged_at
    for index, operation in enumerate(posted.operations):
        yield f"/operations/{index}/started_at", operation.started_at
        yield f"/operations/{index}/ended_at", operation.ended_at
        yield f"/operations/{index}/anaesthesia_started_at", operation.anaesthesia_started_at
        yield f"/operations/{index}/anaesthesia_ended_at", operation.anaesthesia_ended_at
    for index, stay in enumerate(posted.intensive_care):
        yield f"/intensive_care/{index}/entered_at", stay.entered_at
        yield f"/intensive_care/{index}/left_at", stay.left_at


def _is_inpatient(posted: PostedList) -> bool:
    return posted.admitted_at is not None or not posted.special_disease_codes


def _stay(posted: PostedList, gaps: list[Problem]) -> None:
    if posted.settled_from and posted.settled_until and posted.settled_until < posted.settled_from:
        gaps.append(Problem("/settled_until", "ended_before_started"))
    if not _is_inpatient(posted):
        return
    for name, instant in (("admitted_at", posted.admitted_at), ("discharged_at", posted.discharged_at)):
        if instant is None:
            gaps.append(Problem(f"/{name}", "not_filled"))
    if posted.discharge_way is None:
        gaps.append(Problem("/discharge_way", "not_filled"))
    elif posted.discharge_way not in DISCHARGE_WAYS:
        gaps.append(Problem("/discharge_way", "code_unknown"))
    if posted.admitted_at is None or posted.discharged_at is None:
        return
    if posted.discharged_at < posted.admitted_at:
        gaps.append(Problem("/discharged_at", "ended_before_started"))
        return
    _length(posted, posted.admitted_at, posted.discharged_at, gaps)


def _length(posted: PostedList, admitted_at: datetime, discharged_at: datetime, gaps: list[Problem]) -> None:
    days = (_day(discharged_at) - _day(admitted_at)).days
    if posted.stay_days is not None and posted.stay_days not in {days, days + 1}:
        # Institutions count the day of discharge or leave it out; both are in use.
        gaps.append(Problem("/stay_days", "stay_days_differ"))
    nursing = (
        posted.special_nursing_days,
        posted.nursing_days_1,
        posted.nursing_days_2,
        posted.nursing_days_3,
    )
    if sum(part or 0 for part in nursing) > days + 1:
        gaps.append(Problem("/nursing_days_1", "nursing_exceeds_stay"))
    stayed = discharged_at - admitted_at + _TOLERANCE
    if posted.ventilator_minutes is not None and timedelta(minutes=posted.ventilator_minutes) > stayed:
        gaps.append(Problem("/ventilator_minutes", "longer_than_stay"))


def _diagnoses(posted: PostedList, gaps: list[Problem]) -> None:
    if not posted.diagnoses:
        if _is_inpatient(posted):
            gaps.append(Problem("/diagnoses", "not_filled"))
        return
    mains = [one for one in posted.diagnoses if one.main]
    # A patient of Chinese medicine has a main disease and a main syndrome beside the western main diagnosis.
    if not mains:
        gaps.append(Problem("/diagnoses", "main_diagnosis_missing"))
    elif len({one.kind for one in mains}) < len(mains):
        gaps.append(Problem("/diagnoses", "main_diagnosis_twice"))
    seen: set[str] = set()
    for index, one in enumerate(posted.diagnoses):
        if not codes.is_diagnosis(one.code):
            gaps.append(Problem(f"/diagnoses/{index}/code", "diagnosis_form"))
        if one.code in seen:
            gaps.append(Problem(f"/diagnoses/{index}/code", "listed_twice"))
        seen.add(one.code)
        if one.admission_condition is None and _is_inpatient(posted):
            gaps.append(Problem(f"/diagnoses/{index}/admission_condition", "not_filled"))


def _operations(posted: PostedList, gaps: list[Problem]) -> None:
    if posted.operations and not any(one.main for one in posted.operations):
        gaps.append(Problem("/operations", "main_operation_missing"))
    for index, one in enumerate(posted.operations):
        at = f"/operations/{index}"
        if _OPERATION.fullmatch(one.code) is None:
            gaps.append(Problem(f"{at}/code", "operation_form"))
        day = one.performed_on or (None if one.started_at is None else _day(one.started_at))
        if day is None:
            gaps.append(Problem(f"{at}/performed_on", "not_filled"))
        elif _outside(day, posted):
            gaps.append(Problem(f"{at}/performed_on", "outside_stay"))
        if one.started_at is not None and one.ended_at is not None and one.ended_at < one.started_at:
            gaps.append(Problem(f"{at}/ended_at", "ended_before_started"))
        if one.surgeon_code is None:
            gaps.append(Problem(f"{at}/surgeon_code", "not_filled"))
        elif not codes.is_practitioner(one.surgeon_code):
            gaps.append(Problem(f"{at}/surgeon_code", "practitioner_form"))


def _care(posted: PostedList, gaps: list[Problem]) -> None:
    for index, one in enumerate(posted.intensive_care):
        at = f"/intensive_care/{index}"
        if one.left_at is None:
            gaps.append(Problem(f"{at}/left_at", "not_filled"))
        elif one.left_at < one.entered_at:
            gaps.append(Problem(f"{at}/left_at", "ended_before_started"))
        elif _outside(_day(one.left_at), posted):
            gaps.append(Problem(f"{at}/left_at", "outside_stay"))
        if _outside(_day(one.entered_at), posted):
            gaps.append(Problem(f"{at}/entered_at", "outside_stay"))


def _newborn(posted: PostedList, gaps: list[Problem]) -> None:
    if posted.newborn_age_days is not None and posted.newborn_age_days <= NEWBORN_DAYS:
        for name, weights in (
            ("newborn_birth_weights_g", posted.newborn_birth_weights_g),
            ("newborn_admission_weights_g", posted.newborn_admission_weights_g),
        ):
            if not weights:
                gaps.append(Problem(f"/{name}", "not_filled"))
    for name, weights in (
        ("newborn_birth_weights_g", posted.newborn_birth_weights_g),
        ("newborn_admission_weights_g", posted.newborn_admission_weights_g),
    ):
        for index, weight in enumerate(weights):
            if not LIGHTEST_NEWBORN_G <= weight <= HEAVIEST_NEWBORN_G:
                gaps.append(Problem(f"/{name}/{index}", "weight_range"))


def _fees(fees: Sequence[Fee], gaps: list[Problem]) -> None:
    for index, fee in enumerate(fees):
        if fee.class_a_fen + fee.class_b_fen + fee.own_expense_fen + fee.other_fen != fee.amount_fen:
            gaps.append(Problem(f"/fees/{index}/amount_fen", "fee_parts_sum"))


def _day(instant: datetime) -> date:
    return instant.astimezone(_ZONE).date()


def _outside(day: date, posted: PostedList) -> bool:
    """Tell whether a day lies outside of the stay; a day of difference is not judged."""
    before = posted.admitted_at is not None and day < _day(posted.admitted_at) - _TOLERANCE
    after = posted.discharged_at is not None and day > _day(posted.discharged_at) + _TOLERANCE
    return before or after
