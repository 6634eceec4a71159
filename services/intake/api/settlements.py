"""Routes of settlements: post one or many, read, reverse."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from services.intake import wiring
from services.intake.api.answers import LineAnswer, in_language, ndjson, refusal
from services.intake.api.models import Accepted, SettlementView
from services.intake.api.ndjson import MEDIA_TYPE, Bounds, Line, NdjsonExchange, StopExchange
from services.intake.api.settlement_body import decode, settlement_schema
from services.intake.domain.codes import INSTITUTION, SETTLEMENT_ID, is_settlement_id
from services.intake.domain.problem import Problem
from services.intake.use_cases.accept_settlements import Answer, Candidate, Prepared
from services.intake.wiring import Resources
from services.kit.auth import Principal, require
from services.kit.errors import Malformed
from services.kit.http import language
from services.kit.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from services.kit.transient import is_transient

router = APIRouter(prefix="/intake/v1/settlements", tags=["settlements"])

MOST_BATCH_BYTES = 8 * 1024**3
"""A batch is read as a stream and never gathered; the bound only ends what has no end."""
ROOM_PATIENCE_SECONDS = 60.0
"""How long a batch in hand waits for room in the outbox before it ends."""
ROOM_PAUSE_SECONDS = 0.5
DECODED_AT_ONCE = 50
"""Lines that are decoded before other requests get their turn."""

Writer = Annotated[Principal, Depends(require("settlements:write"))]
Reader = Annotated[Principal, Depends(require("settlements:read"))]
InstitutionPath = Annotated[str, Path(pattern=f"^{INSTITUTION}$")]
SettlementPath = Annotated[str, Path(pattern=f"^{SETTLEMENT_ID}$")]

_BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": settlement_schema()}}}}
_LINES = {
    "requestBody": {
        "required": True,
        "content": {MEDIA_TYPE: {"schema": {"type": "string", "description": "每行一笔结算 / one settlement a line"}}},
    }
}


@router.post(
    "",
    status_code=201,
    summary="提交一笔结算 / Post a settlement",
    description="新收答 201，内容相同的重发答 200，同一编号内容不同答 409。"
    " / 201 when taken, 200 for a resend, 409 for other content under the same id.",
    responses={200: {"model": Accepted}},
    openapi_extra=_BODY,
)
async def post_settlement(request: Request, response: Response, principal: Writer) -> Accepted:
    """Take one settlement; a resend gets the same answer."""
    resources: Resources = request.app.state.resources
    await resources.watch_backlog()
    candidate = decode(await request.body())
    accept = wiring.build_accept_settlements(resources)
    (answer,) = await accept([candidate], only_institution=principal.institution)
    if answer.status not in {"created", "same"}:
        raise refusal(answer)
    response.status_code = 201 if answer.status == "created" else 200
    return Accepted.of(candidate.settlement.settlement_id, answer, language(request))


@router.post(
    "/batch",
    summary="提交多笔结算（NDJSON）/ Post settlements as NDJSON",
    description="每行一笔，逐行作答；已答的行均已落库，未答的行请重发。"
    " / One settlement a line, one answer a line. What is answered is stored; send again what is not.",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}},
    openapi_extra=_LINES,
    max_body_size=MOST_BATCH_BYTES,
)
async def post_settlements(request: Request, principal: Writer) -> Response:
    """Take settlements as they stream in, chunk by chunk."""
    resources: Resources = request.app.state.resources
    await resources.watch_backlog()
    settings = resources.settings
    bounds = Bounds(settings.intake_chunk_lines, settings.intake_chunk_bytes, settings.intake_line_bytes)
    return NdjsonExchange(request, _Batch(request, resources, principal), bounds)


class _Chunk(NamedTuple):
    lines: Sequence[Line]
    candidates: Sequence[Candidate]
    prepared: Prepared


class _Batch:
    """One batch in hand."""

    def __init__(self, request: Request, resources: Resources, principal: Principal) -> None:
        self._language = language(request)
        self._resources = resources
        self._institution = principal.institution
        self._accept = wiring.build_accept_settlements(resources)
        self._answered = False

    async def prepare(self, lines: Sequence[Line]) -> _Chunk:
        """Decode and examine a chunk; raises StopExchange when there is no room for it."""
        if not await self._room():
            raise _stop(lines, "backlog")
        candidates: list[Candidate] = []
        for position, line in enumerate(lines):
            candidates.append(decode(line.text) if line.text is not None else _TOO_LONG)
            if position % DECODED_AT_ONCE == DECODED_AT_ONCE - 1:
                await asyncio.sleep(0)
        with self._in_good_order(lines):
            return _Chunk(lines, candidates, await self._accept.prepare(candidates, only_institution=self._institution))

    async def finish(self, prepared: _Chunk) -> bytes:
        """Store a chunk and answer its lines; raises StopExchange when it cannot be stored now."""
        with self._in_good_order(prepared.lines):
            answers = await self._accept.store(prepared.prepared)
        self._answered = True
        return ndjson([self._answer(*each) for each in zip(prepared.lines, prepared.candidates, answers, strict=True)])

    @contextmanager
    def _in_good_order(self, lines: Sequence[Line]) -> Iterator[None]:
        """Turn a passing failure into a last answer where answers are on their way: no status is left to tell it by."""
        try:
            yield
        except Exception as error:
            if not self._answered or not is_transient(error):
                raise
            raise _stop(lines, "unavailable") from error

    async def _room(self) -> bool:
        """Wait while the relay is behind; the caller, unread, waits with us."""
        patience = time.monotonic() + ROOM_PATIENCE_SECONDS
        while await self._resources.watch_backlog.is_full():
            if time.monotonic() > patience:
                return False
            await asyncio.sleep(ROOM_PAUSE_SECONDS)
        return True

    def _answer(self, line: Line, candidate: Candidate, answer: Answer) -> LineAnswer:
        settlement_id = candidate.settlement.settlement_id
        known = "settlement_id" not in candidate.broken.fields and is_settlement_id(settlement_id)
        return LineAnswer(
            line.number,
            answer.status,
            settlement_id if known else None,
            answer.settlement_ref,
            answer.code,
            in_language(answer.problems, self._language),
            in_language(answer.doubts, self._language),
        )


def _stop(lines: Sequence[Line], code: str) -> StopExchange:
    return StopExchange(ndjson([LineAnswer(lines[0].number, "stopped", code=code)]))


_TOO_LONG = decode(b"{")._replace(problems=[Problem("", "line_too_long")])


@router.get("", summary="查询结算列表 / List settlements")
async def list_settlements(
    request: Request,
    principal: Reader,
    institution_code: Annotated[str | None, Query(pattern=f"^{INSTITUTION}$")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[SettlementView]:
    """Of one institution in the order of its ids, of all in the order in which they were accepted."""
    wanted = institution_code or principal.institution
    read = wiring.build_read_settlements(request.app.state.resources)
    if wanted is not None:
        principal.must_be_institution(wanted)
        after = decode_cursor(cursor, 1)[0] if cursor else None
        found = await read.of_institution(wanted, after=after, limit=limit + 1)
        last = found[limit - 1].settlement_id if len(found) > limit else None
    else:
        found = await read.of_all(after=_ref(cursor), limit=limit + 1)
        last = str(found[limit - 1].settlement_ref) if len(found) > limit else None
    items = [SettlementView.of(one, language(request)) for one in found[:limit]]
    return Page(items=items, next_cursor=encode_cursor(last) if last else None)


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
    return SettlementView.of(await read.one((institution_code, settlement_id)), language(request))


@router.post("/{institution_code}/{settlement_id}/reversal", summary="退费 / Reverse a settlement")
async def reverse_settlement(
    request: Request, principal: Writer, institution_code: InstitutionPath, settlement_id: SettlementPath
) -> SettlementView:
    """Take a settlement back whole; asked again, it answers the same."""
    principal.must_be_institution(institution_code)
    reverse = wiring.build_reverse_settlement(request.app.state.resources)
    return SettlementView.of(await reverse((institution_code, settlement_id)), language(request))
