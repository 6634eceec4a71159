"""Decimal numbers of the interface as scaled integers, exactly; no float on the way.

A number arrives as the bytes of its JSON text: ``12.5``, ``"12.50"`` or ``1.25e1`` are the same number.
"""

import re
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation, Overflow
from functools import lru_cache
from json import loads

QUANTITY_PLACES = 4
"""Decimals of a quantity (``cnt`` 16,4)."""
UNIT_PRICE_PLACES = 6
"""Decimals of a unit price in yuan (``pric`` 16,6); scaled, it is in 1/10,000 fen."""
MOST_DIGITS = 16
"""Digits of either number, decimals included."""

LONGEST_TEXT = 64
"""Bytes of a number's text; callers refuse what is longer, so that it is not remembered."""
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_LIMIT = 10**MOST_DIGITS
_EXACT = Context(prec=80, Emax=200, Emin=-200, traps=[Inexact, InvalidOperation, Overflow])


@lru_cache(maxsize=65_536)
def scaled(text: bytes, places: int) -> int | None:
    """Return the number times ``10 ** places``; None when it is no number, has more decimals or too many digits."""
    bare = text[1:-1] if text[:1] == b'"' else text
    whole, point, part = bare.partition(b".")
    digits = whole[1:] if whole[:1] == b"-" else whole
    # bytes.isdigit knows ASCII digits only, so int() below can meet nothing unusual.
    if digits.isdigit() and len(part) <= places and (part.isdigit() or not point):
        number = int(whole + part) * 10 ** (places - len(part))
        return number if -_LIMIT < number < _LIMIT else None
    return _unusual(text, places)


def _unusual(text: bytes, places: int) -> int | None:
    """Read what the short way does not: exponents, trailing zeros beyond the places, escaped strings."""
    try:
        value = loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse)
        if isinstance(value, str):
            value = Decimal(value.strip()) if _NUMBER.fullmatch(value.strip()) else None
    except (ValueError, DecimalException):
        return None
    return scaled_decimal(value, places) if isinstance(value, Decimal) else None


def scaled_decimal(value: Decimal, places: int) -> int | None:
    """Return the number times ``10 ** places``; None when it has more decimals or too many digits."""
    try:
        number = _EXACT.scaleb(value, places)
    except DecimalException:
        return None
    if not number.is_finite():
        return None
    whole = int(number)
    return whole if whole == number and -_LIMIT < whole < _LIMIT else None


def _refuse(_text: str) -> None:
    raise ValueError
