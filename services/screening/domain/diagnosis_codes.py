"""Matching ICD codes: a rulebook names categories, ranges of them, or longer beginnings; claims carry full codes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

CATEGORY = 3
"""Length of an ICD-10 category such as N40, and of the first part of an ICD-9-CM-3 code with its dot (68.)."""


def normalised(code: str) -> str:
    """Upper case without the dagger or asterisk, so that codes with and without the 医保版 suffix match."""
    return code.strip().upper().rstrip("†*+")


def categories(entry: str) -> list[str]:
    """N40-N42 is N40, N41, N42; a single category or longer beginning is itself."""
    first, dash, last = entry.partition("-")
    if not dash:
        return [first]
    return [f"{first[0]}{number:02d}" for number in range(int(first[1:]), int(last[1:]) + 1)]


@dataclass(frozen=True, slots=True)
class CodeSet:
    """A set of codes given by their beginnings."""

    whole: frozenset[str]
    """Beginnings of the length of a category: one look-up each."""
    longer: tuple[str, ...]
    """Beginnings of any other length."""

    @classmethod
    def of(cls, entries: Iterable[str]) -> "CodeSet":
        """Build the set from what a rulebook says."""
        spread = [one for entry in entries for one in categories(entry)]
        return cls(
            frozenset(one for one in spread if len(one) == CATEGORY),
            tuple(one for one in spread if len(one) != CATEGORY),
        )

    def __contains__(self, code: object) -> bool:
        return isinstance(code, str) and (
            code[:CATEGORY] in self.whole or (bool(self.longer) and code.startswith(self.longer))
        )

    def among(self, codes: Sequence[str]) -> list[str]:
        """Those of the codes that are in the set, in order."""
        return [code for code in codes if normalised(code) in self]
