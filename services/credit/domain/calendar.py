"""Calendar arithmetic of the scoring rules: months, calendar years and business dates in Asia/Shanghai."""

import calendar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

BUSINESS_ZONE = ZoneInfo("Asia/Shanghai")
"""Zone in which days, months and years of the law are counted."""

MONTHS_A_YEAR = 12


def business_date(instant: datetime) -> date:
    """Return the calendar date of an instant in Asia/Shanghai."""
    return instant.astimezone(BUSINESS_ZONE).date()


def business_year(instant: datetime) -> int:
    """Return the calendar year (自然年度) of an instant in Asia/Shanghai."""
    return business_date(instant).year


def add_months(instant: datetime, months: int) -> datetime:
    """Return the same clock time on the corresponding day, ``months`` later in Asia/Shanghai, in UTC.

    A month without the corresponding day ends on its last day (民法典 Art. 202), so 29 February plus twelve months is
    28 February.
    """
    local = instant.astimezone(BUSINESS_ZONE)
    years, month_index = divmod(local.month - 1 + months, MONTHS_A_YEAR)
    year, month = local.year + years, month_index + 1
    day = min(local.day, calendar.monthrange(year, month)[1])
    return local.replace(year=year, month=month, day=day).astimezone(UTC)
