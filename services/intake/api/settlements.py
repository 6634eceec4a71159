"""Routes of settlements: post one, list, read."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from services.intake import wiring
from services.intake.api.answers import refusal
from services.intake.api.models import Accepted, SettlementView
from services.intake.api.pacing import caller_of
from services.intake.api.refusals import settlement_refusal
from services.intake.api.settlement_answer import settlement_answer
from services.intake.api.settlement_body import decode, settlement_schema
from services.intake.api.timely import timely_body
from services.intake.domain.codes import INSTITUTION, REGION, SETTLEMENT_ID
from services.intake.domain.jurisdiction import covers
from services.intake.wiring import Resources
from services.kit.auth import Principal, require
from services.kit.errors import Forbidden, Malformed
from services.kit.http import language
from services.kit.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor

router = APIRouter(prefix="/intake/v1/settlements", tags=["settlements"])

Writer = Annotated[Principal, Depends(require("settlements:write"))]
Reader = Annotated[Principal, Depends(require("settlements:read"))]
InstitutionPath = Annotated[str, Path(pattern=f"^{INSTITUTION}$")]
SettlementPath = Annotated[str, Path(pattern=f"^{SETTLEMENT_ID}$")]

_BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": settlement_schema()}}}}

_ASKED = {
    "parameters": [
        {
            "name": "quarantine",
            "in": "query",
            "schema": {"type": "boolean", "default": False},
            "description": "不合格（422）时也存入隔离区 / keep it in the quarantine too when it is refused with 422",
        }
    ]
}


@router.post(
    "",
    status_code=201,
    summary="提交一笔结算 / Post a settlement",
    description="新收答 201，内容相同的重发答 200 并附此后的审核情况，同一编号内容不同答 409。"
    " / 201 when taken, 200 for a resend with what is known since, 409 for other content under the same id.",
    response_class=Response,
    responses={200: {"model": Accepted}, 201: {"model": Accepted}, 408: {}},
    openapi_extra=_BODY | _ASKED,
)
async def post_settlement(request: Request, principal: Writer) -> Response:
    """Take one settlement, in a transaction shared with others that come at the same time."""
    resources: Resources = request.app.state.resources
    await resources.watch_backlog()
    resources.quotas.require(caller_of(principal))
    candidate = decode(await timely_body(request))
    answer = await resources.group_commit(candidate, only_institution=principal.institution)
    if answer.status != "created":
        # A conflict is kept, for one of both is wrong; what is malformed is the caller's to mend, unless it asks.
        if answer.status != "rejected" or request.query_params.get("quarantine") == "true":
            refused = settlement_refusal(
                await timely_body(request), answer, source="single", reference="single", caller=principal.institution
            )
            await resources.quarantine.keep([refused] if refused else [], received_from=principal.subject)
        if answer.status != "same":
            raise refusal(answer)
    return settlement_answer(candidate.settlement.settlement_id, answer, language(request))


@router.get("", summary="查询结算列表 / List settlements")
async def list_settlements(
    request: Request,
    principal: Reader,
    institution_code: Annotated[str | None, Query(pattern=f"^{INSTITUTION}$")] = None,
    region: Annotated[
        str | None, Query(pattern=f"^{REGION}$", description="就医地或参保地 / place of treatment or of insurance")
    ] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[SettlementView]:
    """Of one institution in the order of its ids, of all in the order in which they were accepted."""
    wanted = institution_code or principal.institution
    read = wiring.build_read_settlements(request.app.state.resources)
    if wanted is not None:
        principal.must_be_institution(wanted)
        after = decode_cursor(cursor, 1)[0] if cursor else None
        within = region if principal.institution is not None else _within(principal, region)
        found = await read.of_institution(wanted, after=after, limit=limit + 1, of_region=within)
        last = found[limit - 1].settlement_id if len(found) > limit else None
    else:
        found = await read.of_all(after=_ref(cursor), limit=limit + 1, of_region=_within(principal, region))
        last = str(found[limit - 1].settlement_ref) if len(found) > limit else None
    items = [SettlementView.of(one, language(request)) for one in found[:limit]]
    return Page(items=items, next_cursor=encode_cursor(last) if last else None)


def _within(principal: Principal, region: str | None) -> str | None:
    """Return the region to read of: the one asked for, within the caller's own; raises Forbidden otherwise."""
    if principal.region is None or region is None:
        return region or principal.region
    if not covers(principal.region, region):
        raise Forbidden(
            "other_region",
            zh="只能查看本统筹区的数据。",
            en="Only the data of your own region may be seen.",
        )
    return region


def _ref(cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    try:
        return UUID(decode_cursor(cursor, 1)[0])
    except ValueError:
        raise Malformed("cursor_malformed", zh="游标无效。", en="The cursor is not valid.") from None


@router.get("/{institution_code}/{settlement_id}", summary="查询结算状态 / What became of a settlement")
async def get_settlement(
    request: Request, principal: Reader, institution_code: InstitutionPath, settlement_id: SettlementPath
) -> SettlementView:
    """Read what was taken and what screening concluded; never the lines."""
    principal.must_be_institution(institution_code)
    read = wiring.build_read_settlements(request.app.state.resources)
    of_region = None if principal.institution is not None else principal.region
    stored = await read.one((institution_code, settlement_id), of_region=of_region)
    return SettlementView.of(stored, language(request))
