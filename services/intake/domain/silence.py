"""Institutions that usually send at this time of a working day and sent nothing (数据静默)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone

BUSINESS_OFFSET = timezone(timedelta(hours=8))
COMPARED_DAYS = 10
"""Working days before that an institution is compared with."""
USUALLY = 0.6
"""Share of those days on which it sent something in the same hours, from which on it usually does."""
OPENS = 8
CLOSES = 20
"""Hours of Shanghai between which silence is looked for."""


def window(now: datetime, hours: int) -> tuple[datetime, datetime] | None:
    """Return the hours to look at, whole ones, ending with the last that is over; None outside of working hours."""
    local = now.astimezone(BUSINESS_OFFSET)
    end = local.replace(minute=0, second=0, microsecond=0)
    begin = end - timedelta(hours=hours)
    if not begin.hour >= OPENS or not end.hour <= CLOSES or begin.date() != end.date():
        return None
    return begin, end


def days_before(day: date, is_working_day: Callable[[date], bool]) -> list[date]:
    """Return the working days that a day is compared with, the latest first."""
    found: list[date] = []
    while len(found) < COMPARED_DAYS:
        day -= timedelta(days=1)
        if is_working_day(day):
            found.append(day)
    return found


def fewest_days(compared: int = COMPARED_DAYS) -> int:
    """Return on how many of the compared days an institution must have sent something."""
    return -int(-compared * USUALLY // 1)
