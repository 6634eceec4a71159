"""Forms in which the national interface writes a field: text, numbers and dates, each as clients really send them.

JSON arrives decoded with every decimal as the text it was written in, so no float is ever on the way. What is absent,
null, empty or blank is None; what has no form of its kind raises ``FieldForm`` with the code of the problem.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

from services.intake.domain.scaled import LONGEST_TEXT, scaled

FEN_PLACES = 2
"""Decimals of an amount in yuan (16,2)."""
BUSINESS_OFFSET = timezone(timedelta(hours=8))
"""Of Asia/Shanghai; instants of the interface carry no offset and are meant there."""

_SEPARATED = re.compile(
    r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})"
    r"(?:[T ]*([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?)?"
    r" ?(Z|[+-][0-9]{2}:?[0-9]{2})?",
    re.ASCII,
)
"""yyyy-MM-dd, yyyy/M/d H:mm:ss, yyyy-MM-ddTHH:mm:ss.SSS+08:00 and what lies between, the blank left out as well."""

_EPOCH_SECONDS_DIGITS = 10
_EPOCH_MILLISECONDS_DIGITS = 13
_COMPACT = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
"""Dates of digits alone, by their length; 17 digits are 14 and milliseconds, 10 and 13 are seconds of the epoch."""
_COMPACT_MILLISECONDS_DIGITS = 17
_NOTHING = ("0001-01-01", "0001/01/01", "0001/1/1", "0000-00-00", "00010101", "00000000")
"""How clients write a date that they do not have."""

Value = object
"""A decoded JSON value."""


class FieldForm(ValueError):  # noqa: N818 - names what is wrong
    """A value that has no form of its kind; ``code`` names the problem."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def as_text(value: Value) -> str | None:
    """Return a text without blanks around it; a number counts as the text it is written as."""
    if isinstance(value, str):
        text = value.strip()
        if not text.isprintable():
            # PostgreSQL keeps no NUL; line breaks and tabs stand in free text only, as one blank each.
            text = " ".join(text.split())
            if not text.isprintable():
                raise FieldForm("type")
        return text or None
    if value is None:
        return None
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int):
        return str(value)
    raise FieldForm("type")


def as_scaled(value: Value, places: int) -> int | None:
    """Return a number times ``10 ** places``; raises FieldForm where it has more decimals or is none."""
    if type(value) is str and (number := _scaled(value, places)) is not None:
        return number
    text = as_text(value)
    if text is None:
        return None
    number = scaled(text.encode(), places) if len(text) <= LONGEST_TEXT and text[:1] != '"' else None
    if number is None:
        raise FieldForm("number_form")
    return number


@lru_cache(maxsize=65_536)
def _scaled(text: str, places: int) -> int | None:
    """Return a number that is written as most are; None for anything that needs a closer look."""
    usual = len(text) <= LONGEST_TEXT and text.isascii() and text.replace(".", "", 1).removeprefix("-").isdigit()
    return scaled(text.encode(), places) if usual else None


def as_fen(value: Value) -> int | None:
    """Return an amount in yuan as fen."""
    return as_scaled(value, FEN_PLACES)


def as_instant(value: Value) -> datetime | None:
    """Return an instant in UTC; a bare date is the beginning of that day in Shanghai."""
    if type(value) is str and (found := _instant(value)) is not None:
        return found
    text = as_text(value)
    if text is None:
        return None
    found = _instant(text)
    if found is None:
        if text.startswith(_NOTHING):
            return None
        raise FieldForm("instant_form")
    return found


def as_day(value: Value) -> date | None:
    """Return the day in Shanghai of whatever an instant may be written as."""
    instant = as_instant(value)
    return None if instant is None else instant.astimezone(BUSINESS_OFFSET).date()


def is_bare_date(value: Value) -> bool:
    """Tell whether a date came without a time of day."""
    text = as_text(value) or ""
    return ":" not in text and len(text) <= len("yyyy-MM-dd") and not (text.isdigit() and len(text) != len("yyyyMMdd"))


@lru_cache(maxsize=16_384)
def _instant(text: str) -> datetime | None:
    if text.startswith(_NOTHING):
        return None
    try:
        if text.isascii() and text.isdigit():
            return _of_digits(text)
        return _of_parts(text)
    except (ValueError, OverflowError):
        return None


def _of_digits(text: str) -> datetime | None:
    digits = len(text)
    if digits == _EPOCH_SECONDS_DIGITS:
        return datetime.fromtimestamp(int(text), UTC)
    if digits == _EPOCH_MILLISECONDS_DIGITS:
        return datetime.fromtimestamp(int(text[:-3]), UTC) + timedelta(milliseconds=int(text[-3:]))
    if digits == _COMPACT_MILLISECONDS_DIGITS:
        found = _of_digits(text[:-3])
        return None if found is None else found + timedelta(milliseconds=int(text[-3:]))
    form = _COMPACT.get(digits)
    if form is None:
        return None
    return datetime.strptime(text, form).replace(tzinfo=BUSINESS_OFFSET).astimezone(UTC)


def _of_parts(text: str) -> datetime | None:
    match = _SEPARATED.fullmatch(text)
    if match is None:
        return None
    year, _, month, day, hour, minute, second, fraction, offset = match.groups()
    if hour is None and offset is not None:
        return None
    microsecond = int((fraction or "0").ljust(6, "0")[:6])
    written = datetime(
        int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), microsecond, _zone(offset)
    )
    return written.astimezone(UTC)


def _zone(offset: str | None) -> timezone:
    if offset is None:
        return BUSINESS_OFFSET
    if offset == "Z":
        return UTC
    distance = timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:]))
    return timezone(-distance if offset[0] == "-" else distance)
