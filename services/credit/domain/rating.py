"""Rates an institution by a policy, fast from aggregated numbers or explained from evidence; both agree always.

Fast form, a pure function without evidence, for recomputing many institution-months::

    calculate = calculator(policy, benchmarks)          # once per policy and group of peers
    score_e2, grade_place = calculate(settlements, quantities)

``quantities`` holds one number per ``policy.indicators``, in that order: distinct cases, summed amounts or the latest
value, ABSENT (-1) where nothing is known; ``settlements`` is the volume; ``grade_place`` indexes ``policy.grades``.
``benchmarks`` maps the code of an indicator to its Benchmark; one that is missing leaves its indicator silent.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.credit.domain.rating_policy import (
    Change,
    Direction,
    Grade,
    Indicator,
    Measured,
    Method,
    RatingPolicy,
)
from services.credit.domain.rating_procedure import months_later, period_end

ABSENT = -1
"""Quantity of an indicator of which nothing is known; it then changes nothing."""

_E2 = 100
_E4 = 10_000


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What the peers of an institution reached in one indicator."""

    best: int
    middle: int
    """The lower median."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing a rating rests on."""

    evidence_id: str
    metric: str
    quantity: int
    case: str
    """What it belongs to: inspection, decision or settlement."""
    on: date


@dataclass(frozen=True, slots=True)
class RatedLine:
    """What one indicator did, and why."""

    indicator: str
    dimension: str
    number: int | None
    """Measured number; times 100 when relative to the volume; None when nothing is known."""
    change_e2: int
    evidence_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rated:
    """A score with everything it is made of."""

    policy_version: str
    base_e2: int
    score_e2: int
    grade: str
    lines: tuple[RatedLine, ...]
    """One per indicator of the policy, in its order."""
    dimensions_e2: Mapping[str, int]
    """Change by dimension, inside its floor and ceiling."""
    direct: tuple[str, ...]
    """Evidence that put it into its grade whatever the score."""


def calculator(
    policy: RatingPolicy, benchmarks: Mapping[str, Benchmark] | None = None
) -> Callable[[int, Sequence[int]], tuple[int, int]]:
    """Compile a policy into the function that rates one institution's aggregated numbers; see the module."""
    known = benchmarks or {}
    groups = [
        (
            dimension.least_e2,
            dimension.most_e2,
            [
                (place, indicator.per_volume, _change(indicator, known.get(indicator.code)))
                for place, indicator in enumerate(policy.indicators)
                if indicator.dimension == dimension.code
            ],
        )
        for dimension in policy.dimensions.values()
    ]
    base, floor, ceiling, least_volume = policy.base_e2, policy.floor_e2, policy.ceiling_e2, policy.least_volume
    starts = [grade.from_e2 for grade in policy.grades]
    lowest = len(starts) - 1

    def calculate(settlements: int, quantities: Sequence[int]) -> tuple[int, int]:
        volume = max(settlements, least_volume)
        score = base
        for least, most, indicators in groups:
            moved = 0
            for place, per_volume, change in indicators:
                quantity = quantities[place]
                if quantity < 0:
                    continue
                moved += change(quantity if per_volume is None else quantity * per_volume * _E2 // volume)
            score += least if moved < least else min(moved, most)
        score = floor if score < floor else min(score, ceiling)
        for place, start in enumerate(starts):
            if score >= start:
                return score, place
        return score, lowest

    return calculate


def quantity_of(indicator: Indicator, evidence: Iterable[Evidence]) -> int:
    """Aggregate the evidence of one indicator into its quantity, whatever the order it comes in."""
    match indicator.measured:
        case Measured.CASES:
            return len({one.case for one in evidence})
        case Measured.AMOUNT:
            return sum({one.evidence_id: one.quantity for one in evidence}.values())
        case Measured.LATEST:
            latest = max(evidence, key=lambda one: (one.on, one.evidence_id), default=None)
            return ABSENT if latest is None else latest.quantity


def quantities_of(policy: RatingPolicy, evidence: Iterable[Evidence]) -> list[int]:
    """Aggregate evidence into one quantity per indicator of a policy."""
    by_indicator = _by_indicator(policy, evidence)
    return [quantity_of(indicator, found) for indicator, found in zip(policy.indicators, by_indicator, strict=True)]


def rate(
    policy: RatingPolicy,
    evidence: Iterable[Evidence],
    settlements: int,
    *,
    benchmarks: Mapping[str, Benchmark] | None = None,
    grade_before: str | None = None,
) -> Rated:
    """Rate an institution and explain every change; the same arguments always give the same result.

    ``grade_before`` is the last final grade, over which the policy may limit the rise.
    """
    known = benchmarks or {}
    found = list(evidence)
    volume = max(settlements, policy.least_volume)
    lines = []
    sums = dict.fromkeys(policy.dimensions, 0)
    for indicator, own in zip(policy.indicators, _by_indicator(policy, found), strict=True):
        number = number_of(indicator, quantity_of(indicator, own), volume)
        change = 0 if number is None else _change(indicator, known.get(indicator.code))(number)
        sums[indicator.dimension] += change
        ids = tuple(sorted(one.evidence_id for one in own))
        lines.append(RatedLine(indicator.code, indicator.dimension, number, change, ids))
    moved = {
        code: min(max(sums[code], dimension.least_e2), dimension.most_e2)
        for code, dimension in policy.dimensions.items()
    }
    score = min(max(policy.base_e2 + sum(moved.values()), policy.floor_e2), policy.ceiling_e2)
    grade, direct = _grade(policy, score, found, grade_before)
    return Rated(policy.version, policy.base_e2, score, grade, tuple(lines), moved, direct)


def number_of(indicator: Indicator, quantity: int, volume: int) -> int | None:
    """Return the number that is judged, None when nothing is known; ``volume`` is at least one."""
    if quantity < 0:
        return None
    return quantity if indicator.per_volume is None else quantity * indicator.per_volume * _E2 // volume


def benchmarks_of(policy: RatingPolicy, peers: Iterable[tuple[int, Sequence[int]]]) -> dict[str, Benchmark]:
    """Find the best and the middle of peers, each given by settlements and quantities; order does not matter."""
    compared = [(place, one) for place, one in enumerate(policy.indicators) if one.compared]
    numbers: dict[str, list[int]] = {indicator.code: [] for _, indicator in compared}
    for settlements, quantities in peers:
        for place, indicator in compared:
            number = number_of(indicator, quantities[place], max(settlements, policy.least_volume))
            if number is not None:
                numbers[indicator.code].append(number)
    found = {}
    for _, indicator in compared:
        ordered = sorted(numbers[indicator.code])
        if ordered:
            best = ordered[-1] if indicator.direction is Direction.HIGHER else ordered[0]
            found[indicator.code] = Benchmark(best, ordered[(len(ordered) - 1) // 2])
    return found


def without_fallen(frozen: Iterable[Evidence], standing: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Return what is left of a final rating's evidence: what no longer stands goes, what shrank shrinks, none joins."""
    still = {(one.evidence_id, one.metric): one.quantity for one in standing}
    return tuple(
        replace(one, quantity=min(one.quantity, still[one.evidence_id, one.metric]))
        for one in frozen
        if (one.evidence_id, one.metric) in still
    )


def grade_of(policy: RatingPolicy, score_e2: int) -> Grade:
    """Return the best grade whose lowest score is reached."""
    return next((grade for grade in policy.grades if score_e2 >= grade.from_e2), policy.grades[-1])


def _grade(
    policy: RatingPolicy, score_e2: int, evidence: Sequence[Evidence], grade_before: str | None
) -> tuple[str, tuple[str, ...]]:
    place = policy.places[grade_of(policy, score_e2).name]
    limit = policy.procedure.most_grades_up
    # A grade that this policy does not know came from another one and limits nothing.
    if limit is not None and grade_before is not None and grade_before in policy.places:
        place = max(place, policy.places[grade_before] - limit)
    if grade_before is not None and grade_before in policy.places and _cools_down(policy, evidence):
        place = max(place, policy.places[grade_before])
    direct = []
    for rule in policy.direct_grades:
        ids = [one.evidence_id for one in evidence if one.metric == rule.metric]
        if ids:
            place = max(place, policy.places[rule.grade])
            direct.extend(ids)
    return policy.grades[place].name, tuple(sorted(set(direct)))


def _cools_down(policy: RatingPolicy, evidence: Sequence[Evidence]) -> bool:
    """Tell whether the last violation lies too near the end of its year for the grade to rise."""
    months = policy.procedure.clean_months_to_rise
    days = [one.on for one in evidence if one.metric == "finding:violation" or one.metric.startswith("sanction:")]
    return months is not None and bool(days) and months_later(max(days), months) > period_end(max(days).year)


def _by_indicator(policy: RatingPolicy, evidence: Iterable[Evidence]) -> list[list[Evidence]]:
    by_metric: dict[str, list[Evidence]] = {}
    for one in evidence:
        by_metric.setdefault(one.metric, []).append(one)
    return [
        [one for metric in indicator.metrics for one in by_metric.get(metric, ())] for indicator in policy.indicators
    ]


def _change(indicator: Indicator, benchmark: Benchmark | None) -> Change:
    """Compile how an indicator's number changes the score."""
    limit = indicator.limit_e2
    match indicator.method:
        case Method.STEP if indicator.steps:
            steps = tuple((step.start, step.change_e2) for step in reversed(indicator.steps))

            def by_table(number: int) -> int:
                for start, change in steps:
                    if number >= start:
                        return change
                return 0

            return by_table
        case Method.STEP:
            unit = indicator.change_e2

            def per_unit(number: int) -> int:
                change = unit * number
                return -limit if change < -limit else min(change, limit)

            return per_unit
        case Method.BEST | Method.MIDDLE if benchmark is None:
            return _nothing
        case Method.BEST:
            return _against_best(indicator, benchmark)
        case Method.MIDDLE:
            return _against_middle(indicator, benchmark)


def _nothing(_number: int) -> int:
    return 0


def _worth(full_e2: int, share_e4: int) -> int:
    """Return what a reached share is worth: of an award the share, of a deduction the shortfall; half rounds up."""
    if full_e2 >= 0:
        return (full_e2 * share_e4 + _E4 // 2) // _E4
    return -((-full_e2 * (_E4 - share_e4) + _E4 // 2) // _E4)


def _against_best(indicator: Indicator, benchmark: Benchmark) -> Change:
    best, full, higher = benchmark.best, indicator.full_e2, indicator.direction is Direction.HIGHER

    def against_best(number: int) -> int:
        if higher:
            share = _E4 if number >= best else number * _E4 // best
        else:
            share = _E4 if number <= best else best * _E4 // number
        return _worth(full, share)

    return against_best


def _against_middle(indicator: Indicator, benchmark: Benchmark) -> Change:
    middle, full = benchmark.middle, indicator.full_e2
    tolerance, nothing_at = indicator.tolerance_e4, indicator.nothing_at_e4

    def against_middle(number: int) -> int:
        if number == middle:
            return _worth(full, _E4)
        # Without a middle to compare with, every deviation is the largest.
        deviation = abs(number - middle) * _E4 // middle if middle else nothing_at
        if deviation <= tolerance:
            share = _E4
        elif deviation >= nothing_at:
            share = 0
        else:
            share = (nothing_at - deviation) * _E4 // (nothing_at - tolerance)
        return _worth(full, share)

    return against_middle
