"""From what is stored to what callers read."""

from dataclasses import asdict

from services.kit.http import Language
from services.screening.api.models import (
    DecisionAnswer,
    FindingDetailView,
    FindingView,
    LifeView,
    RulebookView,
    RulingView,
)
from services.screening.domain.review import RaisedFinding, Ruling
from services.screening.storage.findings import Life
from services.screening.storage.rulebooks import StoredRulebook
from services.screening.use_cases.decide_findings import Outcome

_OK = 200


def finding_view(finding: RaisedFinding, language: Language) -> FindingView:
    """Show a finding in one language."""
    return FindingView.model_validate(_fields(finding, language))


def finding_detail_view(finding: RaisedFinding, life: list[Life], language: Language) -> FindingDetailView:
    """Show a finding with its evidence and its life."""
    steps = [LifeView.model_validate(asdict(step)) for step in life]
    return FindingDetailView.model_validate({**_fields(finding, language), "evidence": finding.evidence, "life": steps})


def decision_answer(outcome: Outcome, language: Language) -> DecisionAnswer:
    """Show what came of one decision among several."""
    error, finding = outcome.error, outcome.finding
    return DecisionAnswer(
        finding_id=outcome.finding_id,
        http_status=error.status if error else _OK,
        status=finding.review.status if finding else None,
        code=error.code if error else None,
        detail=getattr(error, language) if error else None,
    )


def rulebook_view(rulebook: StoredRulebook) -> RulebookView:
    """Show a rulebook's life."""
    return RulebookView.model_validate(asdict(rulebook))


def _fields(finding: RaisedFinding, language: Language) -> dict[str, object]:
    review = finding.review
    return {
        "finding_id": finding.id,
        "settlement_ref": finding.settlement_ref,
        "settlement_id": finding.settlement_id,
        "institution_code": finding.institution_code,
        "practitioner_codes": list(finding.practitioner_codes),
        "rule_code": finding.rule_code,
        "knowledge_point": finding.knowledge_point,
        "severity": finding.severity,
        "line_numbers": list(finding.line_numbers),
        "amount_at_issue_fen": review.amount_at_issue_fen,
        "amount_upheld_fen": review.amount_upheld_fen,
        "text": finding.text_en if language == "en" else finding.text_zh,
        "rulebook_version": finding.rulebook_version,
        "status": review.status,
        "raised_at": finding.raised_at,
        "decided": _ruling(review.decided),
        "overturned": _ruling(review.overturned),
        "withdrawn_at": review.withdrawn_at,
    }


def _ruling(ruling: Ruling | None) -> RulingView | None:
    return None if ruling is None else RulingView(by=ruling.by, at=ruling.at, reason=ruling.reason)
