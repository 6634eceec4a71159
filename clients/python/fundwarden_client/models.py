"""What the service answers; fields it adds later are passed over."""

from datetime import date, datetime
from typing import Any, Generic, Literal, TypeVar
from uuid import UUID

import msgspec

T = TypeVar("T")

Status = Literal["eligible", "suspended", "terminated"]


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list."""

    items: tuple[T, ...]
    next_cursor: str | None = None


class Eligibility(msgspec.Struct, frozen=True):
    """Payment eligibility (医保支付资格) at an instant."""

    practitioner_code: str
    at: datetime
    eligible: bool
    status: Literal["eligible", "suspended", "terminated", "unknown"]
    status_text: str
    until: datetime | None
    measure_id: UUID | None
    measure_kind: str | None
    exception: str
    emergency_excepted: bool
    """Emergency and rescue are paid for all the same."""


class Eligibilities(msgspec.Struct, frozen=True):
    """Answers in the order asked."""

    items: tuple[Eligibility, ...]


class Practitioner(msgspec.Struct, frozen=True, kw_only=True):
    """Points of the year and status."""

    practitioner_code: str
    category: str
    institution_codes: tuple[str, ...]
    at: datetime
    year: int
    points: int
    status: Status
    status_text: str
    until: datetime | None


class PointsEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the points ledger."""

    entry_id: UUID
    practitioner_code: str
    sanction_id: UUID
    violation_number: int
    institution_code: str
    decided_on: date
    recorded_at: datetime
    year: int
    points: int
    """Negative on a counter-entry and on a repair."""
    band: int
    band_cause: str
    reason: str
    article: str
    degree: str
    modifier: str
    finding_ids: tuple[UUID, ...]
    policy_version: str
    counters_entry_id: UUID | None
    repairs_entry_id: UUID | None
    cause_kind: str | None
    cause_id: UUID | None
    countered: bool


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """A suspension or termination."""

    measure_id: UUID
    kind: Literal["suspension", "termination"]
    kind_text: str
    sanction_id: UUID
    year: int
    points: int
    effective_from: datetime
    effective_until: datetime
    registered_again_at: datetime | None
    undone_at: datetime | None
    policy_version: str


class PractitionerFile(Practitioner, frozen=True, kw_only=True):
    """The file of one person (一医一档)."""

    known_at: datetime | None
    entries: tuple[PointsEntry, ...]
    measures: tuple[Measure, ...]
    matters: tuple[dict[str, Any], ...]
    """Matters of the procedure, as the interface describes them."""


class Sanction(msgspec.Struct, frozen=True, kw_only=True):
    """A sanction against an institution, and the points that came of it."""

    sanction_id: UUID
    institution_code: str
    kind: str
    kind_text: str
    deciding_authority: str
    document_number: str
    decided_on: date
    policy_version: str
    recorded_at: datetime
    recorded_by: str
    entries: tuple[PointsEntry, ...]
    annulled_on: date | None
    annulled_by: str | None


class AnnualRating(msgspec.Struct, frozen=True, kw_only=True):
    """The yearly rating of an institution."""

    institution_code: str
    year: int
    region: str
    state: Literal["not_rated", "preview", "publicity", "objection", "final"]
    state_text: str
    score_e2: int | None
    """Score times 100."""
    grade: str | None
    grade_text: str | None
    policy_version: str | None
    due_on: date | None
    acted_at: datetime


class AnnualRatingFile(AnnualRating, frozen=True, kw_only=True):
    """A yearly rating with every reason for it."""

    explained: dict[str, Any] | None
    reproduced: bool | None
    grade_before: str | None
    excluded_evidence_ids: tuple[str, ...]
    recommendations: tuple[dict[str, Any], ...]
    acts: tuple[dict[str, Any], ...]


class Change(msgspec.Struct, frozen=True):
    """One event of the feed; the same words come by webhook."""

    id: UUID
    type: str
    time: datetime
    cursor: str | None
    """Stands behind this event; None only in a test message."""
    data: dict[str, Any]


class Changes(msgspec.Struct, frozen=True):
    """A part of the feed."""

    items: tuple[Change, ...]
    next_since: str
    more: bool


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription."""

    webhook_id: UUID
    url: str
    description: str
    kinds: tuple[str, ...]
    region: str | None
    institution_code: str | None
    bound_region: str | None
    state: Literal["active", "paused", "ended"]
    state_reason: Literal["requested", "unreachable", "gone"] | None
    state_at: datetime
    cursor: str
    failures: int
    failing_since: datetime | None
    next_attempt_at: datetime
    secret_before_until: datetime | None
    created_at: datetime


class WebhookWithSecret(Webhook, frozen=True, kw_only=True):
    """A subscription and its secret, which is shown once."""

    secret: str


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to deliver."""

    event_id: UUID
    type: str
    number: int
    attempted_at: datetime
    outcome: str
    status: int | None
    duration_ms: int


class Ping(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a test message."""

    event_id: UUID
    outcome: str
    status: int | None
    duration_ms: int


class PublicRating(msgspec.Struct, frozen=True, kw_only=True):
    """A final yearly grade as the public reads it."""

    institution_code: str
    region: str
    year: int
    grade: str
    grade_text: str
    final_since: date
    article: str


class PublicPenalty(msgspec.Struct, frozen=True, kw_only=True):
    """An administrative penalty as the public reads it."""

    institution_code: str
    region: str
    kind: str
    kind_text: str
    deciding_authority: str
    document_number: str
    decided_on: date
    article: str


class PublicList(msgspec.Struct, Generic[T], frozen=True):
    """One page of the public list."""

    article: str
    items: tuple[T, ...]
    next_cursor: str | None
