"""Traceability codes (药品追溯码) in the ways they are sent: one, several, separated in any way, with GS1 brackets.

National drug codes have 20 digits; other makers use their own or GS1's. A code that looks odd is kept as it is and
marked, for a code that nobody can read is a clue, and refusing it would hide the sale.
"""

import re
from collections.abc import Iterable, Sequence

from services.intake.domain import codes

MOST_CODES = 5_000
"""Codes of one movement: a pallet that is purchased has thousands of packs."""

_SEPARATORS = re.compile(r"[\s,;|，；、]+")
_GS1_MARKS = re.compile(r"[()\x1d]")
"""Brackets around application identifiers, and the separator that scanners put between GS1 fields."""


def separated(text: str) -> tuple[str, ...]:
    """Return the codes in a text that holds one or several, without GS1's brackets; blanks are no codes."""
    return tuple(part for part in _SEPARATORS.split(_GS1_MARKS.sub("", text)) if part)


def all_separated(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the codes in several texts, in order; what occurs twice stays twice."""
    return tuple(code for text in texts for code in separated(text))


def is_readable(code: str) -> bool:
    """Tell whether a text can be kept as a code: 1 to 100 visible ASCII signs."""
    return 0 < len(code) <= codes.LONGEST_TRACEABILITY and code.isascii() and code.isprintable() and " " not in code


def has_usual_form(code: str) -> bool:
    """Tell whether a code has the form of one that a maker prints: 7 to 100 letters and digits."""
    return codes.is_traceability(code)


def occurs_twice(scanned: Sequence[str]) -> bool:
    """Tell whether a code was scanned more than once."""
    return len(set(scanned)) < len(scanned)
