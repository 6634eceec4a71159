"""What screening states, made from its own objects."""

from datetime import datetime
from uuid import UUID

from services.contracts.intake import SettlementAccepted
from services.contracts.screening import (
    FindingConfirmed,
    FindingDismissed,
    FindingOverturned,
    FindingRaised,
    FindingWithdrawn,
    RulebookActivated,
    SettlementScreened,
    Severity,
    Verdict,
)
from services.screening.domain.finding import Finding
from services.screening.domain.review import RaisedFinding, Status


def screened(
    claim: SettlementAccepted,
    *,
    verdict: Verdict,
    rulebook_version: str,
    finding_ids: tuple[UUID, ...],
    amount_at_issue_fen: int,
    at: datetime,
) -> SettlementScreened:
    """State the outcome for a whole settlement."""
    return SettlementScreened(
        settlement_ref=claim.settlement_ref,
        settlement_id=claim.settlement_id,
        institution_code=claim.institution.code,
        rulebook_version=rulebook_version,
        verdict=verdict,
        screened_at=at,
        finding_ids=finding_ids,
        amount_at_issue_fen=amount_at_issue_fen,
    )


def raised(
    claim: SettlementAccepted, finding: Finding, finding_id: UUID, *, rulebook_version: str, at: datetime
) -> FindingRaised:
    """State one finding of a settlement."""
    severity: Severity = finding.severity
    return FindingRaised(
        finding_id=finding_id,
        settlement_ref=claim.settlement_ref,
        institution_code=claim.institution.code,
        practitioner_codes=finding.practitioner_codes,
        rule_code=finding.rule_code,
        knowledge_point=finding.knowledge_point,
        severity=severity,
        amount_at_issue_fen=finding.amount_at_issue_fen,
        rulebook_version=rulebook_version,
        raised_at=at,
    )


def decided(finding: RaisedFinding, at: datetime) -> FindingConfirmed | FindingDismissed | FindingOverturned:
    """State the decision a finding now stands at; raises ValueError when no decision was taken."""
    upheld = finding.review.amount_upheld_fen or 0
    match finding.review.status:
        case Status.CONFIRMED:
            return FindingConfirmed(
                finding_id=finding.id,
                settlement_ref=finding.settlement_ref,
                institution_code=finding.institution_code,
                practitioner_codes=finding.practitioner_codes,
                rule_code=finding.rule_code,
                severity=finding.severity,
                amount_fen=upheld,
                confirmed_at=at,
            )
        case Status.DISMISSED:
            return FindingDismissed(
                finding_id=finding.id,
                settlement_ref=finding.settlement_ref,
                institution_code=finding.institution_code,
                dismissed_at=at,
            )
        case Status.OVERTURNED:
            return FindingOverturned(
                finding_id=finding.id,
                settlement_ref=finding.settlement_ref,
                institution_code=finding.institution_code,
                amount_fen=upheld,
                overturned_at=at,
            )
        case Status.RAISED | Status.WITHDRAWN:
            raise ValueError(finding.review.status)


def withdrawn(finding: RaisedFinding, at: datetime) -> FindingWithdrawn:
    """State that a finding's settlement was reversed."""
    return FindingWithdrawn(
        finding_id=finding.id,
        settlement_ref=finding.settlement_ref,
        institution_code=finding.institution_code,
        withdrawn_at=at,
    )


def activated(version: str, at: datetime) -> RulebookActivated:
    """State by which rulebook screening judges from now on."""
    return RulebookActivated(rulebook_version=version, activated_at=at)
