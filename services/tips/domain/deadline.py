"""Deadlines counted in working days (工作日) and in calendar months."""

from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

_MONTHS_IN_YEAR = 12


def add_working_days(start: date, days: int, is_working_day: Callable[[date], bool]) -> date:
    """Return the last day of a period of working days; the day it starts on is not counted."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        if is_working_day(day):
            days -= 1
    return day


def add_months(start: date, months: int) -> date:
    """Return the same day some months later, or that month's last day where it has no such day."""
    index = start.year * _MONTHS_IN_YEAR + start.month - 1 + months
    year, month = divmod(index, _MONTHS_IN_YEAR)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
