"""Business days in China as plain integers, so that windows are subtraction.

Asia/Shanghai has been UTC+8 without summer time since 15 September 1991, so a fixed offset gives the same day as the
zone database for every claim there can be, at a tenth of the cost.
"""

from datetime import UTC, date, datetime, timedelta

_ORIGIN = datetime(1970, 1, 1, tzinfo=UTC) - timedelta(hours=8)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


def day_of(instant: datetime) -> int:
    """Days from 1970-01-01 to the business day of an aware instant."""
    return (instant - _ORIGIN).days


def day_number(day: date) -> int:
    """The same number for a calendar date."""
    return day.toordinal() - _EPOCH_ORDINAL


def date_of(number: int) -> date:
    """The calendar date of a day number."""
    return date.fromordinal(number + _EPOCH_ORDINAL)


def start_of(number: int) -> datetime:
    """The instant (UTC) at which the business day begins."""
    return _ORIGIN + timedelta(days=number)
