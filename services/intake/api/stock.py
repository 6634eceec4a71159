"""Routes of the stock (进销存): post movements, read them and the ledger that follows from them."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from services.intake import wiring
from services.intake.api.answers import LineAnswer, in_language, malformed
from services.intake.api.movement_body import MOVEMENT, MovementBody
from services.intake.api.ndjson import Line
from services.intake.api.pacing import caller_of
from services.intake.api.stock_views import LedgerDayView, LedgerView, MovementTaken, MovementView, quantity
from services.intake.api.stream import MOST_STREAM_BYTES, STREAM_BODY, STREAM_RESPONSES, Lines, stream
from services.intake.domain.codes import INSTITUTION
from services.intake.domain.problem import Problem
from services.intake.domain.stock import LONGEST_ITEM_CODE, MOVEMENT_ID, MovementKind
from services.intake.storage.stock import Wanted
from services.intake.use_cases.take_movements import Beside, MovementAnswer, PostedOrNot
from services.intake.wiring import Resources
from services.kit.auth import Principal, require
from services.kit.errors import Conflict, Forbidden, Malformed, ServiceError
from services.kit.http import language
from services.kit.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor

router = APIRouter(prefix="/intake/v1", tags=["stock"])

Writer = Annotated[Principal, Depends(require("settlements:write"))]
Reader = Annotated[Principal, Depends(require("settlements:read"))]
InstitutionPath = Annotated[str, Path(pattern=f"^{INSTITUTION}$")]
MovementPath = Annotated[str, Path(pattern=f"^{MOVEMENT_ID}$")]
ItemQuery = Annotated[
    str, Query(min_length=1, max_length=LONGEST_ITEM_CODE, pattern=r"^[!-~]+$", description="医保目录编码 / item code")
]

_Decoded = tuple[bytes | None, MovementBody | None, list[Problem]]
"""The text of a line that was refused, or its movement; and what is wrong."""

_BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": MOVEMENT.schema()}}}}


@router.post(
    "/stock-movements",
    status_code=201,
    summary="提交一条进销存 / Post a stock movement",
    description="盘点、变更、采购、销售及其退货、删除。"
    "新收答 201，重发答 200，同一编号内容不同答 409；存疑者照收并标注。"
    " / 201 when taken, 200 for a resend, 409 for other content under the same id;"
    " what is doubtful is taken and marked.",
    responses={200: {"model": MovementTaken}},
    openapi_extra=_BODY,
)
async def post_movement(request: Request, response: Response, principal: Writer) -> MovementTaken:
    """Take one movement; a resend gets the same answer."""
    resources: Resources = request.app.state.resources
    await resources.watch_backlog()
    resources.quotas.require(caller_of(principal))
    movement, problems = MOVEMENT.decode(await request.body())
    if movement is None:
        raise malformed(problems)
    take = wiring.build_take_movements(resources)
    (answer,) = await take([PostedOrNot(movement)], only_institution=principal.institution)
    if answer.status not in {"created", "same"}:
        raise _refusal(answer)
    response.status_code = 201 if answer.status == "created" else 200
    return MovementTaken.of(movement.movement_id, answer, language(request))


@router.post(
    "/stock-movements/batch",
    summary="提交多条进销存（NDJSON）/ Post stock movements as NDJSON",
    description="每行一条，逐行作答；已答的行均已落库，未答的行请重发。"
    " / One movement a line, one answer a line. What is answered is stored; send again what is not.",
    response_class=Response,
    responses=STREAM_RESPONSES,
    openapi_extra=STREAM_BODY,
    max_body_size=MOST_STREAM_BYTES,
)
async def post_movements(request: Request, principal: Writer) -> Response:
    """Take movements as they stream in, chunk by chunk."""
    resources: Resources = request.app.state.resources
    await resources.watch_backlog()
    resources.quotas.require(caller_of(principal), 0)
    spoken = language(request)
    take = wiring.build_take_movements(resources)

    def decode(text: bytes | None) -> _Decoded:
        movement, problems = MOVEMENT.decode(text)
        # The text of what was taken is let go; of the rest its answer may still want the id.
        return (text if movement is None else None), movement, problems

    async def taken(decoded: Sequence[_Decoded], beside: Beside | None) -> Sequence[MovementAnswer]:
        posted = [PostedOrNot(movement, problems) for _, movement, problems in decoded]
        return await take(posted, only_institution=principal.institution, beside=beside)

    def answered(
        lines: Sequence[Line], decoded: Sequence[_Decoded], answers: Sequence[MovementAnswer]
    ) -> list[LineAnswer]:
        return [
            LineAnswer(
                line.number,
                answer.status,
                code=answer.code,
                fields=in_language(answer.problems, spoken),
                doubts=in_language(answer.doubts, spoken),
                movement_id=MOVEMENT.named(text, "movement_id") if movement is None else movement.movement_id,
                movement_ref=answer.movement_ref,
            )
            for line, (text, movement, _), answer in zip(lines, decoded, answers, strict=True)
        ]

    return stream(request, Lines("movement", decode, taken, answered), principal=principal)


def _refusal(answer: MovementAnswer) -> ServiceError:
    if answer.status == "conflict":
        return Conflict(
            "movement_differs",
            zh="同一单据编号已有内容不同的单据，请先删除。",
            en="Another movement with other content stands under this id; delete it first.",
        )
    if answer.code == "other_institution":
        problem = answer.problems[0]
        return Forbidden("other_institution", zh=problem.zh, en=problem.en)
    return malformed(answer.problems, code=answer.code or "malformed")


@router.get("/stock-movements", summary="查询进销存单据 / List stock movements")
async def list_movements(
    request: Request,
    principal: Reader,
    institution_code: Annotated[str | None, Query(pattern=f"^{INSTITUTION}$")] = None,
    item: ItemQuery | None = None,
    settlement_id: Annotated[str | None, Query(pattern=f"^{MOVEMENT_ID}$")] = None,
    kind: MovementKind | None = None,
    moved_from: date | None = None,
    moved_until: date | None = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[MovementView]:
    """In the order in which they were taken; an institution sees its own."""
    wanted_institution = institution_code or principal.institution
    if wanted_institution is not None:
        principal.must_be_institution(wanted_institution)
    read = wiring.build_read_stock(request.app.state.resources)
    wanted = Wanted(wanted_institution, item, settlement_id, kind, _day(moved_from), _day(moved_until))
    found = await read.some(wanted, after=_ref(cursor), limit=limit + 1)
    last = str(found[limit - 1].movement_ref) if len(found) > limit else None
    items = [MovementView.of(one, language(request)) for one in found[:limit]]
    return Page(items=items, next_cursor=encode_cursor(last) if last else None)


@router.get("/stock-movements/{institution_code}/{movement_id}", summary="查询一条进销存 / Read a stock movement")
async def get_movement(
    request: Request, principal: Reader, institution_code: InstitutionPath, movement_id: MovementPath
) -> MovementView:
    """Read the newest revision of a movement."""
    principal.must_be_institution(institution_code)
    read = wiring.build_read_stock(request.app.state.resources)
    return MovementView.of(await read.one((institution_code, movement_id)), language(request))


@router.get("/institutions/{code}/stock", summary="进销存台账 / The stock ledger of an item")
async def get_ledger(
    request: Request,
    principal: Reader,
    code: InstitutionPath,
    item: ItemQuery,
    first: Annotated[date | None, Query(alias="from", description="起始日期 / first day")] = None,
    last: Annotated[date | None, Query(alias="until", description="截止日期 / last day")] = None,
) -> LedgerView:
    """What came in, what went out and what was left, on each day on which something moved."""
    principal.must_be_institution(code)
    read = wiring.build_read_stock(request.app.state.resources)
    days, balance = await read.ledger(code, item, first=_day(first), last=_day(last))
    shown = [LedgerDayView.of(day) for day in days]
    return LedgerView.model_validate(
        {"institution_code": code, "item_code": item, "balance": quantity(balance), "days": shown}
    )


FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 1, 1)


def _day(asked: date | None) -> date | None:
    """Return a day that the database can count on from; nothing lies beyond these bounds."""
    return None if asked is None else min(max(asked, FIRST_DAY), LAST_DAY)


def _ref(cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    try:
        return UUID(decode_cursor(cursor, 1)[0])
    except ValueError:
        raise Malformed("cursor_malformed", zh="游标无效。", en="The cursor is not valid.") from None
