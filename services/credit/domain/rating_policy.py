"""Rating policy as data: indicators, how each is measured and judged, grades, procedure; and the book of versions."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from services.credit.domain.errors import NoPolicyInForceError
from services.credit.domain.override import OverrideLimits
from services.credit.domain.text import Text


class Measured(StrEnum):
    """How the evidence of an indicator becomes one number."""

    CASES = "cases"
    """Number of different cases; the same case counts once however often it is hit (同案只扣一次)."""
    AMOUNT = "amount"
    """Sum of what every piece of evidence is about, each piece once."""
    LATEST = "latest"
    """The value recorded last; without any the indicator is silent."""


class Method(StrEnum):
    """How the number becomes a change of the score."""

    STEP = "step"
    """基准分递增(减): so much per unit, or a table of steps."""
    BEST = "best"
    """标杆最优: in proportion to the best of the peers."""
    MIDDLE = "middle"
    """实际值中优: whole around the peers' median, less the further from it."""


class Direction(StrEnum):
    """Which end of an indicator is the good one."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class RatingStep:
    """One step of an indicator's table."""

    start: int
    """Smallest number of the step."""
    change_e2: int
    """Change of the score, times 100."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """One line of the rating: what it looks at and what that is worth."""

    code: str
    dimension: str
    text: Text
    article: str
    metrics: tuple[str, ...]
    """Kinds of evidence it looks at."""
    measured: Measured
    per_volume: int | None
    """Number of settlements the measured number is taken relative to; the number is then times 100."""
    method: Method
    limit_e2: int
    """Most it can change the score in either direction, times 100."""
    change_e2: int = 0
    """STEP without a table: change per unit."""
    steps: tuple[RatingStep, ...] = ()
    full_e2: int = 0
    """BEST and MIDDLE: what the whole is worth; negative when the shortfall is deducted instead."""
    direction: Direction = Direction.HIGHER
    tolerance_e4: int = 0
    """MIDDLE: deviation from the median, times 10,000, up to which the whole is given."""
    nothing_at_e4: int = 10_000
    """MIDDLE: deviation from the median, times 10,000, from which nothing is given."""

    @property
    def compared(self) -> bool:
        """Whether it needs the numbers of the peers."""
        return self.method is not Method.STEP


@dataclass(frozen=True, slots=True)
class Dimension:
    """A group of indicators with a floor and a ceiling of its own."""

    code: str
    text: Text
    least_e2: int
    """Most that its indicators together can take away, zero or negative, times 100."""
    most_e2: int
    """Most that they can add, times 100."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A consequence that a grade recommends; a person decides it."""

    code: str
    text: Text
    article: str


@dataclass(frozen=True, slots=True)
class Grade:
    """One grade, with what it recommends."""

    name: str
    from_e2: int
    """Lowest score of the grade, times 100."""
    text: Text
    recommendations: tuple[Recommendation, ...]


@dataclass(frozen=True, slots=True)
class DirectGrade:
    """Evidence that puts an institution into a grade whatever its score (such as 严重失信)."""

    metric: str
    grade: str
    text: Text
    article: str


@dataclass(frozen=True, slots=True)
class RepeatedLow:
    """What follows when the lowest grades repeat in consecutive years."""

    grades: frozenset[str]
    years: int
    recommendation: Recommendation


@dataclass(frozen=True, slots=True)
class RecordKind:
    """A kind of input that no event brings and an officer records with a document."""

    metric: str
    text: Text
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class RatingProcedure:
    """Time limits of the yearly rating and of repair; days are working days."""

    least_months: int
    """Months under agreement below which an institution is not rated."""
    publicity_days: int
    decide_objection_days: int
    repair_months: int
    """Months without a new violation before a repair can be applied for."""
    decide_repair_days: int
    most_grades_up: int | None
    """Grades an institution can rise over its last final grade; None without a limit."""
    clean_months_to_rise: int | None = None
    """Cool-down: months without violation at the end of the year before a grade may rise at all; None without."""


@dataclass(frozen=True, slots=True)
class RatingPolicy:
    """One version of the rating rules of a region."""

    version: str
    title: Text
    regions: tuple[str, ...]
    """Prefixes of region codes it holds for; the empty prefix holds everywhere."""
    effective_from: date
    effective_until: date | None
    """First day on which it is no longer in force; None while open."""
    base_e2: int
    floor_e2: int
    ceiling_e2: int
    least_volume: int
    """Settlements below which a rate is taken as if there had been so many."""
    dimensions: Mapping[str, Dimension]
    indicators: tuple[Indicator, ...]
    grades: tuple[Grade, ...]
    """Best first."""
    direct_grades: tuple[DirectGrade, ...]
    repeated_low: RepeatedLow | None
    records: Mapping[str, RecordKind]
    procedure: RatingProcedure
    article: str
    overrides: OverrideLimits | None = None
    """None where nobody may override."""
    places: Mapping[str, int] = field(init=False)
    """Grade to its place, 0 the best."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "places", {grade.name: place for place, grade in enumerate(self.grades)})

    @property
    def scale(self) -> tuple[tuple[str, int], ...]:
        """Grades, best first, with their lowest scores times 100."""
        return tuple((grade.name, grade.from_e2) for grade in self.grades)

    def holds_in(self, region: str) -> int:
        """Return the length of the longest prefix that a region falls under, -1 for none."""
        return max((len(prefix) for prefix in self.regions if region.startswith(prefix)), default=-1)

    def in_force(self, day: date) -> bool:
        """Tell whether it is in force on a business date."""
        return self.effective_from <= day and (self.effective_until is None or day < self.effective_until)


class RatingPolicyBook:
    """All installed rating policies: by region and day for new ratings, by version for ratings already made."""

    def __init__(self, policies: Iterable[RatingPolicy]) -> None:
        self._by_version = {policy.version: policy for policy in policies}

    def on(self, region: str, day: date) -> RatingPolicy:
        """Return the policy of a region on a day: the narrowest region, then the latest start.

        Raises NoPolicyInForceError.
        """
        held = [one for one in self._by_version.values() if one.in_force(day) and one.holds_in(region) >= 0]
        if not held:
            raise NoPolicyInForceError(f"no rating policy in force in {region} on {day}")
        return max(held, key=lambda one: (one.holds_in(region), one.effective_from, one.version))

    def version(self, version: str) -> RatingPolicy:
        """Return an installed version; raises NoPolicyInForceError."""
        try:
            return self._by_version[version]
        except KeyError:
            raise NoPolicyInForceError(f"rating policy version {version} is not installed") from None

    def all(self) -> list[RatingPolicy]:
        """Return every installed version by name."""
        return [self._by_version[version] for version in sorted(self._by_version)]


Change = Callable[[int], int]
"""Number of an indicator to its change of the score, times 100."""
