"""Routes for handlers (经办人): queue, one tip, and every step of its handling."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.kit.clock import business_date
from services.kit.errors import Malformed
from services.kit.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from services.tips import wiring
from services.tips.api.desk_access import Handler, Reader, Resources, agency_only, may_see_tip, viewer_of
from services.tips.api.models import (
    Acceptance,
    HandlerMessageRequest,
    Refusal,
    Substantiated,
    Substantiation,
    TipPage,
    TipSummary,
)
from services.tips.domain.tip import Kind, Status
from services.tips.storage.queue import Wanted

router = APIRouter(
    prefix="/tips/v1",
    tags=["举报办理 / handling"],
    dependencies=[Depends(agency_only), Depends(may_see_tip)],
    max_body_size=64 * 1024,
)


def _today(resources: wiring.Resources) -> date:
    return business_date(resources.clock.now())


@router.get("/queue", summary="举报队列 / The queue of tips")
async def read_queue(
    reader: Reader,
    resources: Resources,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
    status: Annotated[Status | None, Query(description="状态 / Status")] = None,
    kind: Annotated[Kind | None, Query(description="类型 / Kind")] = None,
    institution: Annotated[str | None, Query(description="机构编码 / Institution code")] = None,
    overdue: Annotated[bool, Query(description="仅超期 / Only those with something overdue")] = False,
    escalated: Annotated[bool, Query(description="仅已上报 / Only those taken to a supervisor")] = False,
    unassigned: Annotated[bool, Query(description="仅地区未定 / Only those whose region is not known")] = False,
) -> Page[TipSummary]:
    """List the tips of the reader's region and desk in the order of their arrival, with deadlines."""
    wanted = Wanted(status=status, kind=kind, institution_code=institution, escalated=escalated, unassigned=unassigned)
    found, today = await wiring.build_read_queue(resources).by_arrival(
        viewer_of(reader), wanted, overdue=overdue, after=_tip_of(cursor), limit=limit + 1
    )
    items = [TipSummary.of(tip, today) for tip in found[:limit]]
    more = len(found) > limit
    return Page(items=items, next_cursor=encode_cursor(str(items[-1].tip_id)) if more else None)


@router.get("/tips/{tip_id}", summary="一条举报 / One tip")
async def read_tip(tip_id: UUID, reader: Reader, resources: Resources) -> TipPage:
    """Show one tip; its words only to those who handle tips."""
    with_content = "tips:handle" in reader.scopes
    handled, today = await wiring.build_read_tip(resources)(tip_id, with_content=with_content)
    return TipPage.of_handled(handled, today)


@router.post("/tips/{tip_id}/acceptance", summary="受理 / Accept")
async def accept(tip_id: UUID, body: Acceptance, handler: Handler, resources: Resources) -> TipSummary:
    """Accept the tip against an institution, which starts the time to verify."""
    tip = await wiring.build_accept_tip(resources)(tip_id, body.institution_code, by=handler.subject)
    return TipSummary.of(tip, _today(resources))


@router.post("/tips/{tip_id}/refusal", summary="不予受理 / Refuse")
async def refuse(tip_id: UUID, body: Refusal, handler: Handler, resources: Resources) -> TipSummary:
    """Refuse the tip for a reason of the list."""
    tip = await wiring.build_refuse_tip(resources)(tip_id, body.reason_code, by=handler.subject)
    return TipSummary.of(tip, _today(resources))


@router.post("/tips/{tip_id}/messages", status_code=204, summary="回复举报人 / Write to the reporter")
async def write_message(tip_id: UUID, body: HandlerMessageRequest, handler: Handler, resources: Resources) -> None:
    """Write to the reporter, who reads it with the receipt."""
    await wiring.build_write_message(resources).as_handler(tip_id, body.text, body.message_id, by=handler.subject)


@router.post("/tips/{tip_id}/substantiation", summary="查证属实 / Substantiate")
async def substantiate(tip_id: UUID, body: Substantiation, handler: Handler, resources: Resources) -> Substantiated:
    """Decide that the tip is true, with the findings it led to and what the fund lost."""
    tip, value = await wiring.build_substantiate_tip(resources)(
        tip_id, body.finding_ids, body.case_value_fen, by=handler.subject, without_loss=body.without_loss
    )
    return Substantiated(**TipSummary.of(tip, _today(resources)).model_dump(), case_value_fen=value)


@router.post("/tips/{tip_id}/unsubstantiation", summary="查无实据 / Find unsubstantiated")
async def dismiss(tip_id: UUID, handler: Handler, resources: Resources) -> TipSummary:
    """Decide that the verification did not bear the tip out."""
    tip = await wiring.build_dismiss_tip(resources)(tip_id, by=handler.subject)
    return TipSummary.of(tip, _today(resources))


@router.post("/tips/{tip_id}/closing", summary="结案 / Close")
async def close(tip_id: UUID, handler: Handler, resources: Resources) -> TipSummary:
    """Close the decided tip; not by the person who decided it."""
    tip = await wiring.build_close_tip(resources)(tip_id, by=handler.subject)
    return TipSummary.of(tip, _today(resources))


def _tip_of(cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    (text,) = decode_cursor(cursor, 1)
    try:
        return UUID(text)
    except ValueError:
        raise Malformed("cursor_malformed", zh="游标无效。", en="The cursor is not valid.") from None
