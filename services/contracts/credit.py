"""Facts that credit states: points, eligibility of practitioners, ratings of institutions."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from services.contracts.fact import Fact, Instant


class PointsRecorded(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The points ledger of a practitioner (驾照式记分) has a new entry."""

    TYPE: ClassVar[str] = "credit.practitioner.points_recorded.v1"
    TOPIC: ClassVar[str] = "credit.standing"
    KEY: ClassVar[str] = "practitioner_code"

    entry_id: UUID
    practitioner_code: str
    year: int
    """Calendar year the points count in."""
    points: int
    """Points of this entry; negative for a repair and for the counter-entry of points."""
    total_points: int
    """Points of the year after this entry."""
    sanction_id: UUID
    counters_entry_id: UUID | None = None
    """The entry that this counter-entry takes back."""
    recorded_at: Instant


class PractitionerSuspended(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Payment eligibility (医保支付资格) of a practitioner is suspended (暂停)."""

    TYPE: ClassVar[str] = "credit.practitioner.suspended.v1"
    TOPIC: ClassVar[str] = "credit.standing"
    KEY: ClassVar[str] = "practitioner_code"

    measure_id: UUID
    practitioner_code: str
    effective_from: Instant
    effective_until: Instant
    """First instant at which the practitioner is eligible again."""
    policy_version: str


class PractitionerTerminated(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Payment eligibility of a practitioner is terminated (终止)."""

    TYPE: ClassVar[str] = "credit.practitioner.terminated.v1"
    TOPIC: ClassVar[str] = "credit.standing"
    KEY: ClassVar[str] = "practitioner_code"

    measure_id: UUID
    practitioner_code: str
    effective_from: Instant
    no_registration_until: Instant
    """First instant at which the practitioner may register again; until then and without it nothing is paid."""
    policy_version: str


class PractitionerReinstated(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A suspension or termination no longer stands: its cause fell, it was shortened, or a new registration came."""

    TYPE: ClassVar[str] = "credit.practitioner.reinstated.v1"
    TOPIC: ClassVar[str] = "credit.standing"
    KEY: ClassVar[str] = "practitioner_code"

    measure_id: UUID
    """The measure that ends."""
    practitioner_code: str
    effective_from: Instant
    """From this instant; equal to the measure's own start when it is undone from the beginning."""


class InstitutionRated(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The credit score (信用评价) of an institution changed."""

    TYPE: ClassVar[str] = "credit.institution.rated.v1"
    TOPIC: ClassVar[str] = "credit.standing"
    KEY: ClassVar[str] = "institution_code"

    institution_code: str
    score_e2: int
    """Score times 100."""
    tier: str
    """Tier name of the policy, such as excellent, good, qualified, substandard (优秀/良好/合格/不达标)."""
    policy_version: str
    rated_at: Instant


class RatingConcluded(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The yearly rating (年度信用评价) of an institution is final, or was corrected after it was."""

    TYPE: ClassVar[str] = "credit.rating.concluded.v1"
    TOPIC: ClassVar[str] = "credit.standing"
    KEY: ClassVar[str] = "institution_code"

    rating_id: UUID
    revision: int
    """Grows with every fact about the same rating; one that is lower came late and is out of date."""
    institution_code: str
    region: str
    """Region of the institution when it was first rated."""
    year: int
    """Calendar year that is rated."""
    grade: str
    """Name of the grade in the policy, such as excellent, A+ or A."""
    grade_place: int
    """Place of the grade in the policy, 0 the best."""
    grades: int
    """Number of grades of the policy."""
    score_e2: int
    """Score times 100, on the scale of the policy."""
    policy_version: str
    previous_grade: str | None = None
    """On a correction the grade before it, otherwise the final grade of the year before; none when there was none."""
    corrected: bool = False
    """Whether what it rested on fell after it was final."""
    consequences: tuple[str, ...] = ()
    """Codes of what the grade recommends; an authority decides."""
    concluded_at: Instant


class InstitutionOverridden(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A score or grade of an institution is overridden (人工调整) for a bounded time, or the override was revoked."""

    TYPE: ClassVar[str] = "credit.institution.overridden.v1"
    TOPIC: ClassVar[str] = "credit.standing"
    KEY: ClassVar[str] = "institution_code"

    override_id: UUID
    institution_code: str
    target: str
    """What is overridden: the running score, or the yearly rating (running, annual)."""
    rated_year: int | None = None
    """Rated year of a yearly rating."""
    how: str
    """Sets the score, holds it above or below, or names the grade (score, floor, ceiling, grade)."""
    score_e2: int | None = None
    grade: str | None = None
    first_day: str
    """First day on which it holds, ISO 8601, Asia/Shanghai."""
    last_day: str
    """Last day on which it holds; nothing is stated when it ends."""
    approved_at: Instant
    """Of several that hold, the one approved last counts."""
    revoked_at: Instant | None = None
    """From this instant on it holds no more."""


class SanctionRecorded(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A sanction (处理决定) against an institution was recorded; points that follow from it are facts of their own."""

    TYPE: ClassVar[str] = "credit.sanction.recorded.v1"
    TOPIC: ClassVar[str] = "credit.standing"
    KEY: ClassVar[str] = "institution_code"

    sanction_id: UUID
    institution_code: str
    sanction_kind: str
    """Code of the kind in the policy, such as penalty_article_40."""
    decided_on: date
    """Day of the decision, from which points count."""
    policy_version: str
    recorded_at: Instant


class SanctionAnnulled(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A sanction was set aside; what followed from it is taken back by facts of its own."""

    TYPE: ClassVar[str] = "credit.sanction.annulled.v1"
    TOPIC: ClassVar[str] = "credit.standing"
    KEY: ClassVar[str] = "institution_code"

    sanction_id: UUID
    institution_code: str
    annulled_on: date
    recorded_at: Instant
