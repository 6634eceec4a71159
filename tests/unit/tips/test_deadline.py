"""Deadlines in working days and months."""

from datetime import date

import pytest

from services.kit.workdays import is_working_day
from services.tips.domain.deadline import add_months, add_working_days


def test_fifteen_working_days_skip_weekends():
    assert add_working_days(date(2026, 3, 10), 15, is_working_day) == date(2026, 3, 31)


def test_fifteen_working_days_jump_over_the_spring_festival_and_count_worked_saturdays():
    # 15 to 23 February 2026 are off, Saturdays 14 and 28 are worked.
    assert add_working_days(date(2026, 2, 10), 5, is_working_day) == date(2026, 2, 24)
    assert add_working_days(date(2026, 2, 10), 9, is_working_day) == date(2026, 2, 28)


def test_a_deadline_from_a_day_off_starts_with_the_next_working_day():
    assert add_working_days(date(2026, 3, 14), 1, is_working_day) == date(2026, 3, 16)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (date(2026, 3, 10), date(2026, 5, 10)),
        (date(2025, 12, 31), date(2026, 2, 28)),
        (date(2023, 12, 31), date(2024, 2, 29)),
        (date(2026, 11, 30), date(2027, 1, 30)),
    ],
)
def test_two_months_end_on_the_same_day_or_the_last(start: date, end: date):
    assert add_months(start, 2) == end
