"""Facts that credit states: points, eligibility of practitioners, ratings of institutions."""

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
