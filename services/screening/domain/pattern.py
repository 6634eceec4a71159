"""A pattern over many claims: what a signal says, and the settlements it names."""

from dataclasses import dataclass

ROWS = 50
"""Settlements a signal names."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """Something that stands out, with the settlements that made it."""

    kind: str
    subject: str
    """Institution, person (pseudonym) or practitioner, by the kind."""
    institution_code: str | None
    day: int | None
    value: int
    limit: int
    rows: tuple[str, ...]
    """Institution and settlement id of each, joined by a stroke."""
    text_zh: str
    text_en: str
