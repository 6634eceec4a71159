"""Working days (工作日) by the State Council's calendar, with a rule for years it has not announced."""

from datetime import date

import chinese_calendar

_SATURDAY = 5

FIXED_HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
"""Statutory holidays on the same day every year, as month and day (State Council Order 795, from 2025)."""

HOLIDAYS: frozenset[date] = frozenset()
"""Days off that were announced after the calendar library was released; entered here until it is updated."""

WORKDAYS: frozenset[date] = frozenset()
"""Weekend days that were announced as working days after the calendar library was released."""


def is_working_day(day: date) -> bool:
    """Tell whether offices work on a day.

    For a year that neither the library nor the tables know, weekends and the holidays of fixed date are free, and the
    holidays of the lunar calendar, not announced yet, count as ordinary days.
    """
    if day in HOLIDAYS or day in WORKDAYS:
        return day in WORKDAYS
    try:
        known: bool = chinese_calendar.is_workday(day)
    except NotImplementedError:
        return day.weekday() < _SATURDAY and (day.month, day.day) not in FIXED_HOLIDAYS
    return known
