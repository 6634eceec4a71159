"""Public statistics of tips: closed periods, each published once, with small numbers hidden and the others rounded.

Periods never overlap, and nothing is added up over periods, so that two publications cannot be set off against each
other. What a period's publication says is never changed afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from services.tips.domain.deadline import add_months
from services.tips.domain.disclosure import Line, hidden_cells
from services.tips.domain.tip import Kind

FORMAT = "fundwarden-tips-statistics/1"

AMOUNT_ROUNDING_FEN = 100_000
"""Published amounts are rounded to 1,000 yuan."""

FEWEST_FOR_TAIL = 20
"""Answers a 95th percentile needs; of fewer it would be the time of the slowest one."""

_DOMINANT_TENTHS = 9
"""An amount of which one payment makes up more than nine tenths tells that payment, and is hidden."""

TOTAL = "total"


class Measure(StrEnum):
    """What is counted, each by what happened within the period."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    SUBSTANTIATED = "substantiated"
    PAID = "paid"


@dataclass(frozen=True, slots=True)
class Period:
    """A month or a quarter."""

    first: date
    last: date

    @property
    def label(self) -> str:
        """Name such as ``2026-03`` or ``2026-Q1``."""
        if self.first.month == self.last.month:
            return f"{self.first.year}-{self.first.month:02d}"
        return f"{self.first.year}-Q{(self.first.month + 2) // 3}"


@dataclass(frozen=True, slots=True)
class Paid:
    """Rewards paid in one region, or paid back."""

    amount_fen: int = 0
    largest_fen: int = 0


@dataclass(frozen=True, slots=True)
class Answers:
    """How long tips took that were decided in the period, in days from their receipt."""

    number: int
    median_days: float
    tail_days: float
    """95th percentile."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What a period holds, before anything is hidden."""

    regions: Sequence[str]
    counts: Mapping[tuple[Measure, str, Kind], int]
    paid: Mapping[str, Paid]
    answers: Mapping[str, Answers]
    """By region, and of all under ``TOTAL``."""
    repaid: Mapping[str, Paid] = field(default_factory=dict)
    """What was paid back up to the end of the period and is not deducted in an earlier one, by region."""


def period_of(day: date, months: int) -> Period:
    """Return the period of 1 or 3 months that a day lies in."""
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    return Period(first, add_months(first, months) - timedelta(days=1))


def next_period(after: date | None, since: date, months: int) -> Period:
    """Return the first whole period that begins after the last published day, or the one with the first tip."""
    if after is None:
        return period_of(since, months)
    period = period_of(after + timedelta(days=1), months)
    # After a change from months to quarters: what is left of a quarter is never published by itself.
    return period if period.first > after else period_of(period.last + timedelta(days=1), months)


def publication(counted: Counted, period: Period, *, smallest: int, rounding: int) -> dict[str, object]:
    """Return what is published of a period; None stands for what is hidden."""
    tables = {measure.value: _table(counted, measure, smallest, rounding) for measure in Measure}
    return {
        "format": FORMAT,
        "period": period.label,
        "first_day": period.first.isoformat(),
        "last_day": period.last.isoformat(),
        "smallest": smallest,
        "rounding": rounding,
        "regions": [*counted.regions, TOTAL],
        "kinds": [*(kind.value for kind in Kind), TOTAL],
        "counts": tables,
        "paid_fen": _amounts(counted, smallest),
        "answers": {place: _answers(counted.answers.get(place), smallest) for place in (*counted.regions, TOTAL)},
    }


def _table(counted: Counted, measure: Measure, smallest: int, rounding: int) -> list[list[int | None]]:
    """Return the rows of a measure by region, its columns by kind, totals last."""
    rows, columns = [*counted.regions, TOTAL], [*(kind.value for kind in Kind), TOTAL]
    counts = {(row, column): 0 for row in rows for column in columns}
    for (which, region, kind), number in counted.counts.items():
        if which is measure:
            for cell in ((region, kind.value), (region, TOTAL), (TOTAL, kind.value), (TOTAL, TOTAL)):
                counts[cell] += number
    lines = [Line((row, TOTAL), tuple((row, column) for column in columns[:-1])) for row in rows]
    lines += [Line((TOTAL, column), tuple((row, column) for row in rows[:-1])) for column in columns]
    hidden = hidden_cells(counts, lines, smallest=smallest)
    return [
        [None if (row, column) in hidden else rounded(counts[row, column], rounding) for column in columns]
        for row in rows
    ]


def deductible(counted: Counted, smallest: int) -> frozenset[str]:
    """Return the regions of which what was paid back is deducted in this period.

    Elsewhere it waits for a later one: an amount that is hidden, negative or below what few payments leave would tell
    that somebody there had to pay back, and how much.
    """
    numbers = _paid_numbers(counted)
    return frozenset(
        region
        for region, back in counted.repaid.items()
        if numbers.get(region, 0) >= smallest and not _dominated(_net(counted.paid.get(region, Paid()), back))
    )


def _net(paid: Paid, back: Paid) -> Paid:
    return Paid(paid.amount_fen - back.amount_fen, max(paid.largest_fen, back.largest_fen))


def _dominated(paid: Paid) -> bool:
    return paid.largest_fen * 10 > paid.amount_fen * _DOMINANT_TENTHS


def _paid_numbers(counted: Counted) -> dict[str, int]:
    numbers = dict.fromkeys(counted.regions, 0)
    for (measure, region, _), number in counted.counts.items():
        if measure is Measure.PAID:
            numbers[region] += number
    return numbers


def _amounts(counted: Counted, smallest: int) -> list[int | None]:
    """Return paid amounts by region, net of what was paid back, the total last, in fen.

    Hidden where few were paid, or one got nearly all.
    """
    regions = list(counted.regions)
    numbers = _paid_numbers(counted)
    numbers[TOTAL] = sum(numbers.values())
    deducted = deductible(counted, smallest)
    paid = {
        region: _net(each, counted.repaid[region]) if region in deducted else each
        for region, each in counted.paid.items()
    }
    paid[TOTAL] = Paid(
        sum(each.amount_fen for each in paid.values()), max((each.largest_fen for each in paid.values()), default=0)
    )
    dominated = [place for place, each in paid.items() if _dominated(each)]
    column = {(place, TOTAL): number for place, number in numbers.items()}
    line = Line((TOTAL, TOTAL), tuple((region, TOTAL) for region in regions))
    hidden = hidden_cells(column, [line], smallest=smallest, also=[(place, TOTAL) for place in dominated])
    return [
        None if (place, TOTAL) in hidden else rounded(paid.get(place, Paid()).amount_fen, AMOUNT_ROUNDING_FEN)
        for place in (*regions, TOTAL)
    ]


def _answers(answers: Answers | None, smallest: int) -> dict[str, int | None]:
    number = 0 if answers is None else answers.number
    return {
        "median_days": round(answers.median_days) if answers and number >= smallest else None,
        "tail_days": round(answers.tail_days) if answers and number >= max(smallest, FEWEST_FOR_TAIL) else None,
    }


def rounded(number: int, unit: int) -> int:
    """Round to the nearest multiple of a unit, half upwards."""
    return (number + unit // 2) // unit * unit if unit > 1 else number
