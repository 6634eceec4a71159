"""Overrides (人工调整): an officer's own word over a computed score or grade, bounded in time, approved by another."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.credit.domain.calendar import business_date

Scale = Sequence[tuple[str, int]]
"""Grades of a policy, best first, each with its lowest score times 100."""


class OverrideTarget(StrEnum):
    """What is overridden."""

    RUNNING = "running"
    """The running score (信用分) and its tier."""
    ANNUAL = "annual"
    """The yearly rating (年度评价) of one year."""


class OverrideKind(StrEnum):
    """How it is overridden."""

    SCORE = "score"
    FLOOR = "floor"
    """The score is no lower than this."""
    CEILING = "ceiling"
    """The score is no higher than this."""
    GRADE = "grade"


class OverrideAct(StrEnum):
    """What happened to an override; acts are only ever added."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class OverrideLimits:
    """What a rating policy allows of overrides."""

    most_days: int
    """Days from the first to the last one, both counted."""
    article: str


@dataclass(frozen=True, slots=True)
class Override:
    """An override with everything that happened to it."""

    override_id: UUID
    institution_code: str
    target: OverrideTarget
    year: int | None
    """Rated year of an ANNUAL one, None otherwise."""
    kind: OverrideKind
    value_e2: int | None
    """Score times 100; None for a GRADE."""
    grade: str | None
    """Name of the grade; None unless it is a GRADE."""
    holds_from: date
    holds_until: date
    """Last day on which it holds."""
    reason: str
    document_number: str
    author: str
    proposed_at: datetime
    approved_by: str | None = None
    approved_at: datetime | None = None
    refused_by: str | None = None
    refused_at: datetime | None = None
    revoked_by: str | None = None
    revoked_at: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Tell whether it holds at an instant: from its approval, on its days of Asia/Shanghai, until revoked."""
        return (
            self.approved_at is not None
            and self.approved_at <= at
            and self.holds_from <= business_date(at) <= self.holds_until
            and (self.revoked_at is None or at < self.revoked_at)
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """A score and grade as they hold, and as they were computed."""

    score_e2: int
    grade: str
    computed_score_e2: int
    computed_grade: str
    override: Override | None


def in_force(overrides: Iterable[Override], target: OverrideTarget, year: int | None, at: datetime) -> Override | None:
    """Return the one override that holds: of several, the one approved last; ids decide between equals."""
    holding = [one for one in overrides if one.target is target and one.year == year and one.holds(at)]
    return max(holding, key=lambda one: (one.approved_at, one.override_id), default=None)


def standing_of(scale: Scale, score_e2: int, grade: str, override: Override | None) -> Standing:
    """Put an override over a computed score and grade; one that names a grade the scale lacks changes nothing.

    A score that is changed gives its own grade, but a grade that was held below its score (a direct grade, a limited
    rise) is lifted by a GRADE only: that must be said in so many words.
    """
    if override is None:
        return Standing(score_e2, grade, score_e2, grade, None)
    names = [name for name, _ in scale]
    if override.kind is OverrideKind.GRADE:
        named = override.grade if override.grade in names else grade
        return Standing(score_e2, named or grade, score_e2, grade, override)
    value = score_e2 if override.value_e2 is None else override.value_e2
    match override.kind:
        case OverrideKind.FLOOR:
            value = max(score_e2, value)
        case OverrideKind.CEILING:
            value = min(score_e2, value)
        case OverrideKind.SCORE:
            pass
    own, computed = names.index(_grade_at(scale, value)), names.index(grade)
    if computed > names.index(_grade_at(scale, score_e2)):
        own = max(own, computed)
    return Standing(value, names[own], score_e2, grade, override)


def _grade_at(scale: Scale, score_e2: int) -> str:
    return next((name for name, start in scale if score_e2 >= start), scale[-1][0])
