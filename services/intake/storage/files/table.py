"""What a reader of one format offers, and how a value becomes the text that a cell is read as."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Protocol

from services.intake.domain.imports.cells import LONGEST_CELL, TOO_LONG

Cells = Sequence[str | None]

MOST_EXACT_DIGITS = 15
"""Digits of a number that a spreadsheet keeps; of a longer one the rest is lost."""
_MOST_EXACT = 10**MOST_EXACT_DIGITS
_TWO_TO_53 = 2**53


class TableFile(Protocol):
    """One opened file."""

    @property
    def sheets(self) -> Sequence[str | None]:
        """Names of its sheets; one without a name where the format has none."""
        ...

    def top(self, sheet: int, rows: int) -> list[Cells]:
        """Return the first rows of a sheet."""
        ...

    def rows(self, sheet: int, header_row: int, positions: Sequence[int]) -> Iterator[tuple[int, Cells]]:
        """Yield what is below the headers: the number of each row, from 1 at the top, and the cells asked for.

        Rows without any cell are left out. Raises Refused where the file turns out to be broken.
        """
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...


def bounded(text: str) -> str | None:
    """Return a text of at most so many characters, a mark in place of a longer one, None for nothing."""
    if len(text) > LONGEST_CELL:
        return TOO_LONG
    return text or None


def as_text(value: object, *, exact: int = _MOST_EXACT) -> str | None:  # noqa: PLR0911 - one answer for each type
    """Return the text of a typed cell; numbers of ``exact`` and more come as what shows that digits are lost."""
    if value is None or isinstance(value, str):
        return None if value is None else bounded(value)
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int):
        return str(value) if abs(value) < exact else f"{value:.16e}"
    if isinstance(value, float):
        if value.is_integer() and abs(value) < exact:
            return str(int(value))
        return f"{value:.15g}" if abs(value) < exact else f"{value:.16e}"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, list):
        return bounded(";".join(text for text in (as_text(one) for one in value) if text))
    return bounded(str(value))


def as_exact_text(value: object) -> str | None:
    """Return the text of a cell whose integers are exact, however many digits they have."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return as_text(value, exact=_TWO_TO_53)
