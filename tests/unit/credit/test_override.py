"""Overrides: when they hold, which of several, and what they do to a score and a grade."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.credit.domain.override import Override, OverrideKind, OverrideTarget, in_force, standing_of

SCALE = (("A", 9_000), ("B", 8_000), ("C", 6_000), ("D", 0))
APPROVED = datetime(2026, 3, 1, 4, tzinfo=UTC)
ONE = Override(
    override_id=UUID(int=1),
    institution_code="H11010500001",
    target=OverrideTarget.ANNUAL,
    year=2025,
    kind=OverrideKind.SCORE,
    value_e2=7_000,
    grade=None,
    holds_from=date(2026, 3, 1),
    holds_until=date(2026, 3, 31),
    reason="",
    document_number="",
    author="one",
    proposed_at=APPROVED - timedelta(hours=1),
    approved_by="two",
    approved_at=APPROVED,
)


def at(day, hour, minute=0, month=3):
    """An instant in 2026, in UTC; Shanghai is eight hours ahead."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("override", "instant", "holds"),
    [
        (ONE, APPROVED - timedelta(microseconds=1), False),
        (ONE, APPROVED, True),
        (ONE, at(31, 15, 59), True),
        (ONE, at(31, 16), False),
        (replace(ONE, approved_at=None), at(10, 0), False),
        (replace(ONE, holds_from=date(2026, 3, 5)), at(4, 15, 59), False),
        (replace(ONE, holds_from=date(2026, 3, 5)), at(4, 16), True),
        (replace(ONE, revoked_at=at(10, 0)), at(9, 23, 59), True),
        (replace(ONE, revoked_at=at(10, 0)), at(10, 0), False),
    ],
)
def test_it_holds_from_approval_on_its_days_until_revoked(override, instant, holds):
    assert override.holds(instant) is holds


def test_of_several_the_one_approved_last_holds_in_whatever_order_they_are_read():
    later = replace(
        ONE, override_id=UUID(int=2), approved_at=APPROVED + timedelta(hours=1), holds_until=date(2026, 3, 9)
    )
    others = [replace(ONE, override_id=UUID(int=3), year=2024), replace(ONE, target=OverrideTarget.RUNNING, year=None)]
    for order in permutations([ONE, later, *others]):
        assert in_force(order, OverrideTarget.ANNUAL, 2025, at(9, 0)) is later
        assert in_force(order, OverrideTarget.ANNUAL, 2025, at(10, 0)) is ONE


@pytest.mark.parametrize(
    ("kind", "value", "score", "grade", "expected"),
    [
        (OverrideKind.SCORE, 8_000, 9_500, "A", (8_000, "B")),
        (OverrideKind.SCORE, 7_999, 9_500, "A", (7_999, "C")),
        (OverrideKind.FLOOR, 8_000, 5_000, "D", (8_000, "B")),
        (OverrideKind.FLOOR, 4_000, 5_000, "D", (5_000, "D")),
        (OverrideKind.CEILING, 8_000, 9_500, "A", (8_000, "B")),
        (OverrideKind.CEILING, 9_600, 9_500, "A", (9_500, "A")),
        # Held at D whatever its score: no score lifts that.
        (OverrideKind.FLOOR, 9_500, 9_100, "D", (9_500, "D")),
        (OverrideKind.CEILING, 100, 9_100, "B", (100, "D")),
    ],
)
def test_a_changed_score_gives_its_grade(kind, value, score, grade, expected):
    standing = standing_of(SCALE, score, grade, replace(ONE, kind=kind, value_e2=value))
    assert (standing.score_e2, standing.grade) == expected
    assert (standing.computed_score_e2, standing.computed_grade) == (score, grade)


def test_a_grade_that_is_named_counts_and_one_that_there_is_not_does_nothing():
    named = replace(ONE, kind=OverrideKind.GRADE, value_e2=None, grade="A")
    assert standing_of(SCALE, 9_100, "D", named).grade == "A"
    assert standing_of(SCALE, 9_100, "D", replace(named, grade="excellent")).grade == "D"


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.sampled_from(OverrideKind))
def test_floors_lift_ceilings_press_and_neither_does_the_other(score, value, kind):
    grade = next(name for name, start in SCALE if score >= start)
    standing = standing_of(SCALE, score, grade, replace(ONE, kind=kind, value_e2=value, grade="B"))
    if kind is OverrideKind.FLOOR:
        assert standing.score_e2 == max(score, value)
    if kind is OverrideKind.CEILING:
        assert standing.score_e2 == min(score, value)
    if kind is OverrideKind.GRADE:
        assert (standing.score_e2, standing.grade) == (score, "B")
