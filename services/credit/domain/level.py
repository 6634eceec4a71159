"""Level of an institution: the one grade that others make a condition of something, wherever it comes from."""

from dataclasses import dataclass
from enum import StrEnum

from services.credit.domain.override import Standing
from services.credit.domain.text import Text

LEVEL_YEARS = 2
"""Years back that a final yearly grade still says something: in January of year three, year one is the last rated."""


class LevelSource(StrEnum):
    """Where a level comes from."""

    ANNUAL = "annual"
    """The final yearly rating (年度评价)."""
    RUNNING = "running"
    """The tier of the running score (信用分), where there is no final rating."""


@dataclass(frozen=True, slots=True)
class Level:
    """A grade with its place, so that levels of different policies can be compared by share."""

    source: LevelSource
    year: int
    place: int
    """Place of the grade in its policy, 0 the best."""
    places: int
    """Number of grades of the policy."""
    text: Text
    policy_version: str
    standing: Standing
