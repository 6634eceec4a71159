"""How alike two tips about one institution are: a fixed sum of points that a person can follow; a person decides.

Kind 40, overlap of the periods up to 30, likeness of the words up to 30. Tips with 50 points or more are suggested as
duplicates (重复举报). A missing period counts half, as it contradicts nothing.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import pairwise

from services.tips.domain.matter import months_overlap

KIND_POINTS = 40
PERIOD_POINTS = 30
WORDS_POINTS = 30
SUGGESTED_FROM = 50

Period = tuple[str, str]
"""First and last month, ``YYYY-MM``."""


@dataclass(frozen=True, slots=True, repr=False)
class Facts:
    """What of a tip is compared; all of one institution."""

    kind: str
    period: Period | None
    words: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """Points of two tips, with what they come from."""

    kind: int
    period: int
    words: int

    @property
    def points(self) -> int:
        """The sum, at most 100."""
        return self.kind + self.period + self.words

    @property
    def suggested(self) -> bool:
        """Whether a person should look at the two side by side."""
        return self.points >= SUGGESTED_FROM


def likeness(first: Facts, second: Facts) -> Likeness:
    """Compare two tips."""
    if first.period is None or second.period is None:
        period = PERIOD_POINTS / 2
    else:
        period = PERIOD_POINTS * months_overlap(first.period, second.period)
    return Likeness(
        kind=KIND_POINTS if first.kind == second.kind else 0,
        period=int(period),
        words=int(WORDS_POINTS * _shared(_pairs(first.words), _pairs(second.words))),
    )


def _pairs(text: str) -> frozenset[str]:
    """Pairs of neighbouring letters, which need no dictionary and serve Chinese as well as English."""
    letters = [letter for letter in text.lower() if letter.isalnum()]
    return frozenset("".join(pair) for pair in pairwise(letters))


def _shared(first: AbstractSet[str], second: AbstractSet[str]) -> float:
    smaller = min(len(first), len(second))
    return len(first & second) / smaller if smaller else 0.0
