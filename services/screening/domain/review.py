"""Review of a finding: which decision is allowed in which state, by whom, and what it leads to."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.screening.domain.finding import Severity


class Status(StrEnum):
    """Where a finding stands."""

    RAISED = "raised"
    """A rule found it; nobody has looked at it yet."""
    CONFIRMED = "confirmed"
    """A reviewer upheld it."""
    DISMISSED = "dismissed"
    """A reviewer found no violation."""
    WITHDRAWN = "withdrawn"
    """Its settlement was reversed; its ground is gone."""
    OVERTURNED = "overturned"
    """It had been confirmed and was set aside."""


class Decision(StrEnum):
    """What a person may decide about a finding."""

    CONFIRM = "confirm"
    DISMISS = "dismiss"
    OVERTURN = "overturn"


class ReviewError(Exception):
    """A decision that cannot be taken."""


class SamePersonError(ReviewError):
    """Who raised a finding may not decide it, and who confirmed it may not overturn it."""


class StatusConflictError(ReviewError):
    """The finding stands where this decision cannot be taken, or another decision was taken before."""

    def __init__(self, status: Status) -> None:
        super().__init__(status)
        self.status = status


class AmountOutOfRangeError(ReviewError):
    """The amount upheld is negative or exceeds the amount at issue."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision with its person, instant and reason."""

    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Review:
    """The part of a finding that review changes."""

    status: Status
    raised_by: str
    """``system`` for a rule; findings of other origin name their author."""
    amount_at_issue_fen: int
    amount_upheld_fen: int | None = None
    """What the reviewer upheld, in fen; stays readable after the finding was overturned."""
    decided: Ruling | None = None
    """The confirmation or dismissal."""
    overturned: Ruling | None = None
    withdrawn_at: datetime | None = None
    """When the finding was withdrawn."""


@dataclass(frozen=True, slots=True)
class RaisedFinding:
    """A finding as it was raised, with its evidence and the state of its review."""

    id: UUID
    settlement_ref: UUID
    settlement_id: str
    institution_code: str
    practitioner_codes: tuple[str, ...]
    rule_code: str
    knowledge_point: str | None
    severity: Severity
    line_numbers: tuple[int, ...]
    fingerprint: str
    evidence: dict[str, Any]
    """``prior``: earlier lines that count; ``values``: what the check computed."""
    text_zh: str
    text_en: str
    rulebook_version: str
    raised_at: datetime
    traceparent: str | None
    """Context of the span that raised it; decisions continue that trace."""
    review: Review


def decide(review: Review, decision: Decision, ruling: Ruling, amount_fen: int | None = None) -> Review:
    """Apply a person's decision and return the new state; the same decision again returns the same state.

    ``amount_fen`` is what a confirmation upholds, the whole amount at issue when None.

    Raises SamePersonError, StatusConflictError or AmountOutOfRangeError.
    """
    if decision is Decision.OVERTURN:
        return _overturn(review, ruling)
    upheld = _upheld(review, decision, amount_fen)
    target = Status.CONFIRMED if decision is Decision.CONFIRM else Status.DISMISSED
    if ruling.by == review.raised_by:
        raise SamePersonError
    if review.status is target and review.amount_upheld_fen == upheld and _same(review.decided, ruling):
        return review
    if review.status is not Status.RAISED:
        raise StatusConflictError(review.status)
    return replace(review, status=target, amount_upheld_fen=upheld, decided=ruling)


def withdraw(review: Review, at: datetime) -> Review:
    """Take the ground away from a finding whose settlement was reversed.

    Only what is open or confirmed is withdrawn: from a dismissed or overturned finding nothing follows any more, and
    what the person decided stays readable.
    """
    if review.status not in {Status.RAISED, Status.CONFIRMED}:
        return review
    return replace(review, status=Status.WITHDRAWN, withdrawn_at=at)


def _overturn(review: Review, ruling: Ruling) -> Review:
    if review.status is Status.OVERTURNED and _same(review.overturned, ruling):
        return review
    if review.status is not Status.CONFIRMED:
        raise StatusConflictError(review.status)
    if ruling.by == review.raised_by or (review.decided is not None and review.decided.by == ruling.by):
        raise SamePersonError
    return replace(review, status=Status.OVERTURNED, overturned=ruling)


def _upheld(review: Review, decision: Decision, amount_fen: int | None) -> int | None:
    if decision is not Decision.CONFIRM:
        return None
    if amount_fen is None:
        return review.amount_at_issue_fen
    if not 0 <= amount_fen <= review.amount_at_issue_fen:
        raise AmountOutOfRangeError
    return amount_fen


def _same(earlier: Ruling | None, ruling: Ruling) -> bool:
    """Tell whether a ruling repeats an earlier one: the same person with the same reason, whatever the instant."""
    return earlier is not None and (earlier.by, earlier.reason) == (ruling.by, ruling.reason)
