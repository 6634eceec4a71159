"""Findings over HTTP: read, listed, decided."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.kit.auth import Principal, require
from services.kit.errors import Malformed
from services.kit.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from services.screening.api.models import (
    ConfirmationBody,
    DecisionsAnswer,
    DecisionsBody,
    FindingDetailView,
    FindingView,
    ReasonBody,
)
from services.screening.api.resources import Opened, Spoken
from services.screening.api.views import decision_answer, finding_detail_view, finding_view
from services.screening.domain.review import Decision, Status
from services.screening.storage.findings import FindingFilter
from services.screening.use_cases.decide_findings import DecisionRequest
from services.screening.wiring import build_decide_findings, build_read_findings

router = APIRouter(prefix="/screening/v1/findings", tags=["疑点 findings"])

Reader = Annotated[Principal, Depends(require("findings:read"))]
Reviewer = Annotated[Principal, Depends(require("findings:review"))]
Overturner = Annotated[Principal, Depends(require("findings:overturn"))]


@router.get("", summary="疑点列表 / List findings")
async def list_findings(
    reader: Reader,
    resources: Opened,
    language: Spoken,
    institution: Annotated[str | None, Query(description="机构编码 / Institution code")] = None,
    rule: Annotated[str | None, Query(description="规则编码 / Rule code")] = None,
    status: Annotated[Status | None, Query(description="状态 / Status")] = None,
    practitioner: Annotated[str | None, Query(description="人员编码 / Practitioner code")] = None,
    settlement: Annotated[UUID | None, Query(description="结算 settlement_ref")] = None,
    under_tip: Annotated[
        bool | None, Query(description="机构是否有已受理的举报 / Whether an accepted tip points to the institution")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[FindingView]:
    """新的在前；机构只见本机构的 / Newest first; an institution sees only its own."""
    wanted = FindingFilter(institution, rule, status, practitioner, settlement, under_tip)
    before = _finding_id(decode_cursor(cursor, 1)[0]) if cursor else None
    found = await build_read_findings(resources).page(wanted, reader, before=before, limit=limit + 1)
    shown = found[:limit]
    return Page(
        items=[finding_view(finding, language) for finding in shown],
        next_cursor=encode_cursor(str(shown[-1].id)) if len(found) > limit else None,
    )


@router.post("/decisions", summary="批量确认或驳回 / Confirm or dismiss several findings")
async def decide_several(
    body: DecisionsBody, reviewer: Reviewer, resources: Opened, language: Spoken
) -> DecisionsAnswer:
    """逐条作答，次序同请求 / Every decision is answered for itself, in the order sent."""
    requests = [DecisionRequest(one.finding_id, one.decision, one.reason, one.amount_fen) for one in body.decisions]
    outcomes = await build_decide_findings(resources)(requests, by=reviewer)
    return DecisionsAnswer(items=[decision_answer(outcome, language) for outcome in outcomes])


@router.get("/{finding_id}", summary="疑点及证据 / One finding with its evidence")
async def get_finding(finding_id: UUID, reader: Reader, resources: Opened, language: Spoken) -> FindingDetailView:
    """含证据和经历；说明的语言随 Accept-Language / With evidence and life, in the language asked for."""
    finding, life = await build_read_findings(resources).one(finding_id, reader)
    return finding_detail_view(finding, life, language)


@router.post("/{finding_id}/confirmation", summary="确认疑点 / Uphold a finding")
async def confirm_finding(
    finding_id: UUID, body: ConfirmationBody, reviewer: Reviewer, resources: Opened, language: Spoken
) -> FindingView:
    """同一人重复同一决定，答复不变；不同决定为 409 / Repeated: the same answer. Another decision: 409."""
    request = DecisionRequest(finding_id, Decision.CONFIRM, body.reason, body.amount_fen)
    return finding_view(await build_decide_findings(resources).one(request, by=reviewer), language)


@router.post("/{finding_id}/dismissal", summary="驳回疑点 / Dismiss a finding")
async def dismiss_finding(
    finding_id: UUID, body: ReasonBody, reviewer: Reviewer, resources: Opened, language: Spoken
) -> FindingView:
    """同一人重复同一决定，答复不变；不同决定为 409 / Repeated: the same answer. Another decision: 409."""
    request = DecisionRequest(finding_id, Decision.DISMISS, body.reason)
    return finding_view(await build_decide_findings(resources).one(request, by=reviewer), language)


@router.post("/{finding_id}/overturning", summary="撤销已确认的疑点 / Set a confirmed finding aside")
async def overturn_finding(
    finding_id: UUID, body: ReasonBody, overturner: Overturner, resources: Opened, language: Spoken
) -> FindingView:
    """由确认人以外的人撤销，各服务收回其后果 / By another than who confirmed; every consequence is taken back."""
    request = DecisionRequest(finding_id, Decision.OVERTURN, body.reason)
    return finding_view(await build_decide_findings(resources).one(request, by=overturner), language)


def _finding_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Malformed("cursor_malformed", zh="游标无效。", en="The cursor is not valid.") from None
