"""Working days: the announced calendar, and the rule for years nobody has announced."""

from datetime import date

import pytest

from services.kit.workdays import is_working_day


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 3, 10), True),
        (date(2026, 3, 14), False),
        (date(2026, 2, 17), False),  # spring festival
        (date(2026, 2, 14), True),  # a Saturday worked for it
        (date(2025, 10, 8), False),
    ],
)
def test_announced_years_follow_the_state_council(day: date, works: bool):
    assert is_working_day(day) is works


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2031, 1, 1), False),
        (date(2031, 1, 2), True),
        (date(2031, 1, 4), False),
        (date(2031, 5, 2), False),
        (date(2031, 10, 3), False),
        (date(2031, 10, 6), True),
    ],
)
def test_years_not_announced_have_weekends_and_holidays_of_fixed_date(day: date, works: bool):
    assert is_working_day(day) is works


def test_the_tables_come_before_the_library(monkeypatch):
    monkeypatch.setattr("services.kit.workdays.HOLIDAYS", frozenset({date(2031, 2, 3)}))
    monkeypatch.setattr("services.kit.workdays.WORKDAYS", frozenset({date(2031, 2, 1)}))
    assert not is_working_day(date(2031, 2, 3))
    assert is_working_day(date(2031, 2, 1))
