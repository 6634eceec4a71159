"""Time as a value that is passed in: the clock, and the business date in Asia/Shanghai."""

from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

BUSINESS_ZONE = ZoneInfo("Asia/Shanghai")
"""Zone of every business date; instants stay in UTC."""


class Clock(Protocol):
    """Tells the present instant."""

    def now(self) -> datetime:
        """Return the present instant, time-zone aware, in UTC."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """Return the present instant in UTC."""
        return datetime.now(UTC)


def business_date(instant: datetime) -> date:
    """Return the calendar date of an instant in Asia/Shanghai."""
    return instant.astimezone(BUSINESS_ZONE).date()
