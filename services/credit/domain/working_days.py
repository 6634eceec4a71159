"""Terms counted in working days (工作日); which days are working days is the caller's calendar."""

from collections.abc import Callable
from datetime import date, timedelta

IsWorkingDay = Callable[[date], bool]
"""Tells whether offices work on a day."""

_DAY = timedelta(days=1)


def add_working_days(day: date, number: int, is_working_day: IsWorkingDay) -> date:
    """Return the last day of a term of ``number`` working days; the day it starts from does not count."""
    while number > 0:
        day += _DAY
        number -= is_working_day(day)
    return day


def subtract_working_days(day: date, number: int, is_working_day: IsWorkingDay) -> date:
    """Return the day from which ``number`` working days are left before a day that does not count itself."""
    while number > 0:
        day -= _DAY
        number -= is_working_day(day)
    return day


def working_days_between(after: date, until: date, is_working_day: IsWorkingDay) -> int:
    """Count the working days behind ``after`` up to and including ``until``; none when it lies before."""
    days = (until - after).days
    return sum(is_working_day(after + _DAY * number) for number in range(1, days + 1))
