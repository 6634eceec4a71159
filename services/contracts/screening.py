"""Facts that screening states: settlements screened, findings through their life, rulebooks activated."""

from typing import ClassVar, Literal
from uuid import UUID

from services.contracts.fact import Fact, Instant

Verdict = Literal["pass", "review", "refuse"]
"""Outcome for the whole settlement: nothing found, suspicion for a person, clear violation."""

Severity = Literal["violation", "suspicion"]
"""明确违规 or 可疑."""


class SettlementScreened(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A settlement was screened against a rulebook."""

    TYPE: ClassVar[str] = "screening.settlement.screened.v1"
    TOPIC: ClassVar[str] = "screening.settlement"
    KEY: ClassVar[str] = "institution_code"

    settlement_ref: UUID
    settlement_id: str
    institution_code: str
    rulebook_version: str
    verdict: Verdict
    screened_at: Instant
    finding_ids: tuple[UUID, ...] = ()
    amount_at_issue_fen: int = 0


class FindingRaised(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A rule found something in a settlement; a person has not looked at it yet."""

    TYPE: ClassVar[str] = "screening.finding.raised.v1"
    TOPIC: ClassVar[str] = "screening.finding"
    KEY: ClassVar[str] = "institution_code"

    finding_id: UUID
    settlement_ref: UUID
    institution_code: str
    practitioner_codes: tuple[str, ...]
    """Practitioners who ordered the lines at issue."""
    rule_code: str
    knowledge_point: str | None
    severity: Severity
    amount_at_issue_fen: int
    rulebook_version: str
    raised_at: Instant


class FindingConfirmed(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A reviewer upheld the finding."""

    TYPE: ClassVar[str] = "screening.finding.confirmed.v1"
    TOPIC: ClassVar[str] = "screening.finding"
    KEY: ClassVar[str] = "institution_code"

    finding_id: UUID
    settlement_ref: UUID
    institution_code: str
    practitioner_codes: tuple[str, ...]
    rule_code: str
    severity: Severity
    amount_fen: int
    """Amount upheld, in fen."""
    confirmed_at: Instant


class FindingDismissed(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A reviewer found no violation."""

    TYPE: ClassVar[str] = "screening.finding.dismissed.v1"
    TOPIC: ClassVar[str] = "screening.finding"
    KEY: ClassVar[str] = "institution_code"

    finding_id: UUID
    settlement_ref: UUID
    institution_code: str
    dismissed_at: Instant


class FindingWithdrawn(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The finding's ground is gone (its settlement was reversed); consequences drawn from it fall."""

    TYPE: ClassVar[str] = "screening.finding.withdrawn.v1"
    TOPIC: ClassVar[str] = "screening.finding"
    KEY: ClassVar[str] = "institution_code"

    finding_id: UUID
    settlement_ref: UUID
    institution_code: str
    withdrawn_at: Instant


class FindingOverturned(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A confirmed finding was set aside; every service takes back what it drew from it, once."""

    TYPE: ClassVar[str] = "screening.finding.overturned.v1"
    TOPIC: ClassVar[str] = "screening.finding"
    KEY: ClassVar[str] = "institution_code"

    finding_id: UUID
    settlement_ref: UUID
    institution_code: str
    amount_fen: int
    """Amount that had been upheld and is given back, in fen."""
    overturned_at: Instant


class RulebookActivated(Fact, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """From now on screening judges by this rulebook."""

    TYPE: ClassVar[str] = "screening.rulebook.activated.v1"
    TOPIC: ClassVar[str] = "screening.rulebook"
    KEY: ClassVar[str] = "rulebook_version"

    rulebook_version: str
    activated_at: Instant
