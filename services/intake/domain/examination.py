"""Examines a posted settlement: all its problems at once, and the numbers and instants in their inner form.

Problems refuse a settlement, doubts only mark it: refusing doubtful content would hide fraud.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from services.intake.domain import codes
from services.intake.domain.codes import ItemKind
from services.intake.domain.doubtful import doubts_about
from services.intake.domain.problem import MOST_PROBLEMS, Problem
from services.intake.domain.scaled import LONGEST_TEXT, QUANTITY_PLACES, UNIT_PRICE_PLACES, scaled, scaled_decimal
from services.intake.domain.settlement import NOTHING_BROKEN, Broken, PostedLine, PostedSettlement

MOST_LINES = 2000
MOST_LINE_NUMBER = 999_999
MOST_DIAGNOSES = 100
MOST_TRACEABILITY_CODES = 500
DAYS_PLACES = 2
"""Decimals of the days of supply (``prd_days`` 4,2)."""
MOST_FEN = 10**16 - 1
"""Amounts of the interface have 16 digits, two of them decimals."""
EARLIEST_YEAR = 2000
LATEST_YEAR = 2100
TOLERANCE = timedelta(days=1)
"""Clocks of a hospital differ, and fees are entered late: up to this the order of instants is not judged."""

_BUSINESS_OFFSET = timedelta(hours=8)
"""Of Asia/Shanghai, which has kept it since 1991; cheaper than the zone, and no earlier date is taken."""
_PRODUCT_SCALE = 10**8
"""Quantity and unit price, each times 10,000, and yuan turned to fen."""


class LineDetails(NamedTuple):
    """What a line may say beside what it must, in its inner form; few lines do."""

    days_of_supply_e2: int | None
    dose_e4: int | None
    doses_per_day_e4: int | None


CheckedLine = tuple[ItemKind, int, int, LineDetails | None, datetime]
"""What examination made of a line: kind, quantity times 10,000, unit price in 1/10,000 fen, details, instant in UTC.

A bare tuple, for one is made of every line there is; details are None when none was sent.
"""


class Examination:
    """Result of examining one settlement; lines, instants and age are whole only when there are no problems."""

    __slots__ = ("age_days", "doubts", "ended_at", "lines", "problems", "service_date", "settled_at", "started_at")

    def __init__(self, started_at: datetime, ended_at: datetime, settled_at: datetime) -> None:
        self.problems: list[Problem] = []
        self.doubts: list[Problem] = []
        self.lines: list[CheckedLine] = []
        self.started_at = started_at
        self.ended_at = ended_at
        self.settled_at = settled_at
        self.service_date: date = (started_at + _BUSINESS_OFFSET).date()
        self.age_days: int | None = None
        """Age on the first day of service, in whole days."""


def examine(settlement: PostedSettlement, *, now: datetime, broken: Broken = NOTHING_BROKEN) -> Examination:
    """Examine a settlement; ``broken`` names what could not be decoded and so is passed over."""
    early = _out_of_range(settlement)
    if early:
        result = Examination(now, now, now)
        result.problems += early
    else:
        result = Examination(
            settlement.started_at.astimezone(UTC),
            settlement.ended_at.astimezone(UTC),
            settlement.settled_at.astimezone(UTC),
        )
    _codes(settlement, result.problems)
    if not early:
        _dates(settlement, result, now, broken.fields)
    _payments(settlement, result.problems, broken.fields)
    _lines(settlement, result, broken, judge_charging=not early)
    if not result.problems and broken == NOTHING_BROKEN:
        result.doubts += doubts_about(settlement, result.lines, age_days=result.age_days)
    del result.problems[MOST_PROBLEMS:], result.doubts[MOST_PROBLEMS:]
    return result


def _out_of_range(settlement: PostedSettlement) -> list[Problem]:
    return [
        Problem(pointer, "instant_range")
        for pointer, instant in (
            ("/started_at", settlement.started_at),
            ("/ended_at", settlement.ended_at),
            ("/settled_at", settlement.settled_at),
        )
        if not EARLIEST_YEAR <= instant.year <= LATEST_YEAR
    ]


def _codes(settlement: PostedSettlement, problems: list[Problem]) -> None:
    if not codes.is_settlement_id(settlement.settlement_id):
        problems.append(Problem("/settlement_id", "settlement_id_form"))
    if not codes.is_institution(settlement.institution_code):
        problems.append(Problem("/institution_code", "institution_form"))
    if not codes.is_insured_number(settlement.insured_person.number):
        problems.append(Problem("/insured_person/number", "insured_number_form"))
    if not codes.is_insurance_type(settlement.insurance_type):
        problems.append(Problem("/insurance_type", "insurance_type_form"))
    if not codes.is_region(settlement.insured_region):
        problems.append(Problem("/insured_region", "region_form"))
    if not codes.is_medical_type(settlement.medical_type):
        problems.append(Problem("/medical_type", "medical_type_form"))
    if settlement.practitioner_code is not None and not codes.is_practitioner(settlement.practitioner_code):
        problems.append(Problem("/practitioner_code", "practitioner_form"))
    if settlement.department_code is not None and not codes.is_department(settlement.department_code):
        problems.append(Problem("/department_code", "department_form"))
    if len(settlement.diagnosis_codes) > MOST_DIAGNOSES:
        problems.append(Problem("/diagnosis_codes", "too_many_items"))
        return
    for index, code in enumerate(settlement.diagnosis_codes):
        if not codes.is_diagnosis(code):
            problems.append(Problem(f"/diagnosis_codes/{index}", "diagnosis_form"))


def _dates(settlement: PostedSettlement, result: Examination, now: datetime, broken: frozenset[str]) -> None:
    if result.ended_at < result.started_at and not broken & {"started_at", "ended_at"}:
        result.problems.append(Problem("/ended_at", "ended_before_started"))
    if result.settled_at < result.ended_at - TOLERANCE and not broken & {"ended_at", "settled_at"}:
        result.problems.append(Problem("/settled_at", "settled_before_ended"))
    if result.settled_at > now + TOLERANCE and "settled_at" not in broken:
        result.problems.append(Problem("/settled_at", "in_future"))
    born = settlement.insured_person.birth_date
    if born is not None:
        result.age_days = (result.service_date - born).days
        if result.age_days < 0 and not broken & {"started_at", "insured_person"}:
            result.problems.append(Problem("/insured_person/birth_date", "born_after_service"))


def _payments(settlement: PostedSettlement, problems: list[Problem], broken: frozenset[str]) -> None:
    total, fund = settlement.total_fen, settlement.fund_paid_fen
    account, cash = settlement.account_paid_fen, settlement.cash_paid_fen
    if total <= MOST_FEN and fund >= 0 and account >= 0 and cash >= 0 and fund + account + cash == total:
        return
    for name, amount in (
        ("total_fen", total),
        ("fund_paid_fen", fund),
        ("account_paid_fen", account),
        ("cash_paid_fen", cash),
    ):
        if not 0 <= amount <= MOST_FEN:
            problems.append(Problem(f"/{name}", "amount_range"))
    money = {"total_fen", "fund_paid_fen", "account_paid_fen", "cash_paid_fen"}
    if fund + account + cash != total and not broken & money:
        problems.append(Problem("/total_fen", "payments_sum"))


def _lines(settlement: PostedSettlement, result: Examination, broken: Broken, *, judge_charging: bool) -> None:
    lines, problems = settlement.lines, result.problems
    if not 1 <= len(lines) <= MOST_LINES:
        if "lines" not in broken.fields:
            problems.append(Problem("/lines", "line_count"))
        return
    started, started_utc = settlement.started_at, result.started_at
    earliest, latest = result.started_at - TOLERANCE, result.ended_at + TOLERANCE
    numbers: set[int] = set()
    total = 0
    for index, line in enumerate(lines):
        if index in broken.lines:
            continue
        checked = _line(line, index, problems)
        if checked is not None:
            # The distance to an instant that is already in UTC: a fifth of the cost of turning each one.
            charged_at = started_utc + (line.charged_at - started) if judge_charging else started_utc
            result.lines.append((*checked, charged_at))
            if not earliest <= charged_at <= latest:
                result.doubts.append(Problem(f"/lines/{index}/charged_at", "charged_outside_visit"))
        if line.number in numbers:
            problems.append(Problem(f"/lines/{index}/number", "line_number_twice"))
        numbers.add(line.number)
        total += line.amount_fen
    if total != settlement.total_fen and not broken.lines and not broken.fields & {"lines", "total_fen"}:
        problems.append(Problem("/total_fen", "lines_sum"))


def _line(
    line: PostedLine, index: int, problems: list[Problem]
) -> tuple[ItemKind, int, int, LineDetails | None] | None:
    """Examine one line; None when it has a problem. The fast path runs for every line there is, so it is flat."""
    kind = codes.item_kind(line.item_code)
    text = bytes(line.quantity)
    quantity = scaled(text, QUANTITY_PLACES) if len(text) <= LONGEST_TEXT else None
    text = bytes(line.unit_price)
    price = scaled(text, UNIT_PRICE_PLACES) if len(text) <= LONGEST_TEXT else None
    amount = line.amount_fen
    if (
        kind is not None
        and quantity is not None
        and price is not None
        and price >= 0
        and -_PRODUCT_SCALE <= quantity * price - amount * _PRODUCT_SCALE <= _PRODUCT_SCALE
        and -MOST_FEN <= amount <= MOST_FEN
        and 1 <= line.number <= MOST_LINE_NUMBER
        and EARLIEST_YEAR <= line.charged_at.year <= LATEST_YEAR
        and (line.practitioner_code is None or codes.is_practitioner(line.practitioner_code))
        and (line.department_code is None or codes.is_department(line.department_code))
        and (not line.traceability_codes or _traceable(line.traceability_codes))
    ):
        if (
            line.fund_scope_fen is None
            and line.prescription_number is None
            and line.hospital_item_code is None
            and line.refund_of is None
            and line.days_of_supply is None
            and line.dose is None
            and line.doses_per_day is None
        ):
            return line.item_kind or kind, quantity, price, None
        details = LineDetails(
            _detail(line.days_of_supply, DAYS_PLACES), _detail(line.dose), _detail(line.doses_per_day)
        )
        found = _detail_problems(line, f"/lines/{index}", details)
        if not found:
            return line.item_kind or kind, quantity, price, details
        problems += found
        return None
    problems += _line_problems(line, f"/lines/{index}", quantity, price)
    return None


def _detail(posted: Decimal | None, places: int = QUANTITY_PLACES) -> int | None:
    return None if posted is None else scaled_decimal(posted, places)


def _detail_problems(line: PostedLine, at: str, details: LineDetails) -> list[Problem]:
    """Name what is wrong with the fields that a line need not have."""
    found = [
        Problem(f"{at}/{name}", "usage_form")
        for name, posted, number in (
            ("days_of_supply", line.days_of_supply, details.days_of_supply_e2),
            ("dose", line.dose, details.dose_e4),
            ("doses_per_day", line.doses_per_day, details.doses_per_day_e4),
        )
        if posted is not None and (number is None or number < 0)
    ]
    if line.fund_scope_fen is not None and not -MOST_FEN <= line.fund_scope_fen <= MOST_FEN:
        found.append(Problem(f"{at}/fund_scope_fen", "amount_range"))
    if line.refund_of is not None and not 1 <= line.refund_of <= MOST_LINE_NUMBER:
        found.append(Problem(f"{at}/refund_of", "line_number_range"))
    for name, text in (
        ("prescription_number", line.prescription_number),
        ("hospital_item_code", line.hospital_item_code),
    ):
        if text is not None and not codes.is_reference(text):
            found.append(Problem(f"{at}/{name}", "reference_form"))
    return found


def _traceable(traceability_codes: tuple[str, ...]) -> bool:
    if len(traceability_codes) > MOST_TRACEABILITY_CODES:
        return False
    return all(map(codes.is_traceability, traceability_codes))


def _line_problems(line: PostedLine, at: str, quantity: int | None, price: int | None) -> list[Problem]:
    """Name what the fast path found wanting."""
    found: list[Problem] = []

    def note(unless: bool, field: str, code: str) -> None:
        if not unless:
            found.append(Problem(f"{at}/{field}", code))

    note(codes.item_kind(line.item_code) is not None, "item_code", "item_form")
    note(quantity is not None, "quantity", "quantity_form")
    note(price is not None and price >= 0, "unit_price", "unit_price_form")
    note(1 <= line.number <= MOST_LINE_NUMBER, "number", "line_number_range")
    note(EARLIEST_YEAR <= line.charged_at.year <= LATEST_YEAR, "charged_at", "instant_range")
    if not -MOST_FEN <= line.amount_fen <= MOST_FEN:
        note(False, "amount_fen", "amount_range")
    elif quantity is not None and price is not None and price >= 0:
        difference = abs(quantity * price - line.amount_fen * _PRODUCT_SCALE)
        note(difference <= _PRODUCT_SCALE, "amount_fen", "amount_product")
    note(
        line.practitioner_code is None or codes.is_practitioner(line.practitioner_code),
        "practitioner_code",
        "practitioner_form",
    )
    note(
        line.department_code is None or codes.is_department(line.department_code), "department_code", "department_form"
    )
    if len(line.traceability_codes) > MOST_TRACEABILITY_CODES:
        note(False, "traceability_codes", "too_many_items")
    else:
        for position, code in enumerate(line.traceability_codes):
            note(codes.is_traceability(code), f"traceability_codes/{position}", "traceability_form")
    return found
