"""Reconciliation (对账): what an institution says it settled on a day, against what is held of that day.

A settlement belongs to the day, in Shanghai, on which it was settled. One that was taken back whole within the same
days belongs to none; one that is taken back later stays in its day, for the statement of that day had it. With
``refunds`` the settlements are those that were taken back on these days.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Literal, NamedTuple

from services.intake.domain.medical_type import CareSetting
from services.intake.domain.problem import Problem

Kind = Literal["missing_here", "missing_there", "amount_differs", "totals_differ"]
State = Literal["matched", "open", "explained"]

EARLIEST_YEAR = 2000
LATEST_YEAR = 2100
MOST_DAYS = 31
"""Days that one statement may cover."""
MOST_STATED = 200_000
"""Settlements that one statement may list."""
CLEARING_TYPES: Mapping[CareSetting, str] = {
    "outpatient": "11",
    "emergency": "11",
    "inpatient": "21",
    "pharmacy": "41",
}
"""``clr_type`` (清算类别) of each kind of visit; 99 stands for others and so for none of these."""

_OFFSET = timezone(timedelta(hours=8))


class Scope(NamedTuple):
    """What a statement is about; an empty text stands for all."""

    institution_code: str
    first_day: date
    last_day: date
    insurance_type: str = ""
    clearing_type: str = ""
    medical_type: str = ""
    refunds: bool = False


class Amounts(NamedTuple):
    """Amounts of one settlement in fen; None where they were not stated, and then not compared."""

    total_fen: int
    fund_fen: int | None = None
    account_fen: int | None = None
    cash_fen: int | None = None


class Totals(NamedTuple):
    """Count and sums; a sum that was not stated is not compared."""

    settlements: int
    total_fen: int | None = None
    fund_fen: int | None = None
    account_fen: int | None = None
    cash_fen: int | None = None


class Difference(NamedTuple):
    """One difference between what is stated and what is held."""

    kind: Kind
    settlement_id: str
    """Empty for the totals."""
    stated: Amounts | Totals | None
    held: Amounts | Totals | None


def bounds(first_day: date, last_day: date) -> tuple[datetime, datetime]:
    """Return the instants between which days lie in Shanghai, the second exclusive."""
    begin = datetime(first_day.year, first_day.month, first_day.day, tzinfo=_OFFSET)
    end = datetime(last_day.year, last_day.month, last_day.day, tzinfo=_OFFSET) + timedelta(days=1)
    return begin, end


def totals_of(settlements: Mapping[str, Amounts]) -> Totals:
    """Return count and sums of settlements; a sum that not all of them state is not stated either."""
    sums: list[int | None] = []
    for place in range(4):
        amounts = [one[place] for one in settlements.values()]
        known = [amount for amount in amounts if amount is not None]
        sums.append(sum(known) if len(known) == len(amounts) else None)
    return Totals(len(settlements), *sums)


def agree(stated: Sequence[int | None], held: Sequence[int | None]) -> bool:
    """Tell whether amounts agree wherever something was stated, to the fen."""
    return all(one is None or one == other for one, other in zip(stated, held, strict=True))


def compare(totals: Totals, stated: Mapping[str, Amounts] | None, held: Mapping[str, Amounts]) -> list[Difference]:
    """Return every difference; the totals' own comes last, and only where no single settlement accounts for it."""
    found: list[Difference] = []
    if stated is not None:
        for settlement_id in sorted(stated.keys() | held.keys()):
            ours, theirs = held.get(settlement_id), stated.get(settlement_id)
            if ours is None:
                found.append(Difference("missing_here", settlement_id, theirs, None))
            elif theirs is None:
                found.append(Difference("missing_there", settlement_id, None, ours))
            elif not agree(theirs, ours):
                found.append(Difference("amount_differs", settlement_id, theirs, ours))
    whole = totals_of(held)
    # With every settlement listed, totals that differ from the list itself are the institution's own contradiction.
    against = totals_of(stated) if found and stated is not None else whole
    if not agree(totals, against):
        found.append(Difference("totals_differ", "", totals, whole))
    return found


def period_problems(
    first_day: date, last_day: date, *, today: date, names: tuple[str, str] = ("/first_day", "/last_day")
) -> list[Problem]:
    """Return what speaks against the days of a statement."""
    if last_day < first_day:
        return [Problem(names[1], "period_order")]
    if (last_day - first_day).days >= MOST_DAYS:
        return [Problem(names[1], "period_range")]
    if first_day > today:
        return [Problem(names[0], "period_future")]
    if not EARLIEST_YEAR <= first_day.year <= last_day.year <= LATEST_YEAR:
        return [Problem(names[0], "period_range")]
    return []
