"""Numbers of identity documents (证件号码): what can be told of a typing error without asking anybody."""

import re
from datetime import date

_RESIDENT = re.compile(r"\d{17}[\dX]")
_OTHER = re.compile(r"[A-Z0-9]{6,15}")
_OLD_RESIDENT_DIGITS = 15
"""Numbers of the first cards, which have been void since 2013."""
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_FEWEST_DIGITS = 4


def is_document_number(number: str) -> bool:
    """Whether a number can be one: 18 places with date and check digit (GB 11643), or another document's.

    Resident cards, residence permits and the permanent residence cards of foreigners have 18 places; passports and
    permits have 6 to 15 letters and digits, of which nothing can be checked but that there are digits.
    """
    if _RESIDENT.fullmatch(number):
        return _is_date(number[6:14]) and number[-1] == _check_digit(number)
    if not _OTHER.fullmatch(number) or (number.isdecimal() and len(number) == _OLD_RESIDENT_DIGITS):
        return False
    return sum(letter.isdecimal() for letter in number) >= _FEWEST_DIGITS


def _check_digit(number: str) -> str:
    return _CHECK[sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True)) % 11]


def _is_date(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True
