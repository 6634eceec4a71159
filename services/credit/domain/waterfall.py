"""Waterfall of a score: named changes from where it began to where it stands, with nothing left over."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.credit.domain.override import Standing
from services.credit.domain.rating import Rated
from services.credit.domain.rating_policy import RatingPolicy
from services.credit.domain.text import Text

MOST_CHANGES = 9
"""Changes that are shown each by itself; the smallest beyond them are shown as one."""

_LIMITED = Text("分数上下限", "Floor or ceiling of the score")
_OVERRIDDEN = Text("人工调整", "Override")
_OTHER = Text("其他", "Others")


@dataclass(frozen=True, slots=True)
class NamedChange:
    """One change of a score, times 100."""

    text: Text
    change_e2: int


@dataclass(frozen=True, slots=True)
class Waterfall:
    """A score's way; start and changes add up to the end."""

    start_e2: int
    changes: tuple[NamedChange, ...]
    end_e2: int


def waterfall(start_e2: int, changes: Sequence[NamedChange], standing: Standing) -> Waterfall:
    """Lead from a start over named changes to a score; what limits and overrides did are changes of their own.

    Changes of nothing are left out, the many small ones joined, the order kept.
    """
    moving = [one for one in changes if one.change_e2]
    largest = sorted(range(len(moving)), key=lambda place: (-abs(moving[place].change_e2), place))[:MOST_CHANGES]
    shown = [moving[place] for place in sorted(largest)]
    rest = sum(one.change_e2 for one in moving) - sum(one.change_e2 for one in shown)
    limited = standing.computed_score_e2 - start_e2 - sum(one.change_e2 for one in moving)
    overridden = standing.score_e2 - standing.computed_score_e2
    shown += [
        NamedChange(text, change)
        for text, change in ((_OTHER, rest), (_LIMITED, limited), (_OVERRIDDEN, overridden))
        if change
    ]
    return Waterfall(start_e2, tuple(shown), standing.score_e2)


def rating_changes(policy: RatingPolicy, rated: Rated) -> list[NamedChange]:
    """Name what every indicator of a yearly rating did, and what the limits of each dimension took back."""
    texts = {indicator.code: indicator.text for indicator in policy.indicators}
    changes = [NamedChange(texts[line.indicator], line.change_e2) for line in rated.lines]
    for code, moved in rated.dimensions_e2.items():
        summed = sum(line.change_e2 for line in rated.lines if line.dimension == code)
        name = policy.dimensions[code].text
        changes.append(NamedChange(Text(f"{name.zh}上下限", f"Limits of {name.en}"), moved - summed))
    return changes
