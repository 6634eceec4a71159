"""Routes of batches: settlements as NDJSON, streamed both ways, and what was taken of a batch."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, NamedTuple, Self

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import Receive, Scope, Send

from services.intake import wiring
from services.intake.api.answers import LineAnswer, in_language, ndjson
from services.intake.api.ndjson import MEDIA_TYPE, Bounds, Line, NdjsonExchange, StopExchange
from services.intake.api.pacing import caller_of, wait_for_room
from services.intake.api.refusals import settlement_refusal
from services.intake.api.settlement_body import decode
from services.intake.domain.codes import SETTLEMENT_ID, is_settlement_id
from services.intake.domain.problem import Problem
from services.intake.domain.quarantine import Refusal
from services.intake.storage.batches import BatchKey, StoredBatch
from services.intake.use_cases.accept_settlements import Answer, Candidate, Prepared, Taken
from services.intake.wiring import Resources
from services.kit.auth import Principal, require
from services.kit.http import language
from services.kit.transient import is_transient

router = APIRouter(prefix="/intake/v1", tags=["settlements"])

MOST_BATCH_BYTES = 8 * 1024**3
"""A batch is read as a stream and never gathered; the bound only ends what has no end."""
DECODED_AT_ONCE = 50
"""Lines that are decoded before other requests get their turn."""
MOST_LINE = 10**12

Writer = Annotated[Principal, Depends(require("settlements:write"))]
Reader = Annotated[Principal, Depends(require("settlements:read"))]
BatchId = Annotated[str, Path(pattern=f"^{SETTLEMENT_ID}$")]

_LINES = {
    "requestBody": {
        "required": True,
        "content": {MEDIA_TYPE: {"schema": {"type": "string", "description": "每行一笔结算 / one settlement a line"}}},
    }
}


class BatchView(BaseModel):
    """What was taken of a batch (批次)."""

    batch_id: str
    lines_taken: int = Field(description="已处理至该行 / lines up to this one were taken")
    next_line: int = Field(description="续传起始行 / first line that was not taken; go on from here")
    finished: bool = Field(description="是否收完 / the end of the body was reached")
    created: int
    same: int
    conflict: int
    rejected: int
    begun_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, stored: StoredBatch) -> Self:
        """Return the view of a batch."""
        return cls(lines_taken=stored.next_line - 1, **stored._asdict())


@router.post(
    "/settlements/batch",
    summary="提交多笔结算（NDJSON）/ Post settlements as NDJSON",
    description="每行一笔，逐行作答；已答的行均已落库，未答的行请重发。"
    "带 Batch-Id 时可查询已收到哪一行，并用 from_line 续传。"
    " / One settlement a line, one answer a line. What is answered is stored; send again what is not. With a Batch-Id"
    " one can ask what was taken, and go on with from_line: the first line of the body then has that number.",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}},
    openapi_extra=_LINES,
    max_body_size=MOST_BATCH_BYTES,
)
async def post_settlements(
    request: Request,
    principal: Writer,
    batch_id: Annotated[str | None, Header(pattern=f"^{SETTLEMENT_ID}$")] = None,
    from_line: Annotated[int, Query(ge=1, le=MOST_LINE)] = 1,
) -> Response:
    """Take settlements as they stream in, chunk by chunk."""
    resources: Resources = request.app.state.resources
    await resources.watch_backlog()
    caller = caller_of(principal)
    resources.quotas.require(caller, 0)
    key = None
    if batch_id is not None:
        key = BatchKey(caller, batch_id)
        await wiring.build_follow_batches(resources).take_up(key, from_line=from_line)
    return _BatchExchange(request, _Batch(request, resources, principal, key), key, from_line)


@router.get("/settlement-batches/{batch_id}", summary="查询批次 / What was taken of a batch")
async def get_batch(request: Request, principal: Reader, batch_id: BatchId) -> BatchView:
    """Tell who sent a batch from which line to go on; nobody else knows of it."""
    follow = wiring.build_follow_batches(request.app.state.resources)
    return BatchView.of(await follow.one(BatchKey(caller_of(principal), batch_id)))


class _Chunk(NamedTuple):
    lines: Sequence[Line]
    candidates: Sequence[Candidate]
    prepared: Prepared


class _Batch:
    """One batch in hand."""

    def __init__(self, request: Request, resources: Resources, principal: Principal, key: BatchKey | None) -> None:
        self._language = language(request)
        self._resources = resources
        self._institution = principal.institution
        self.caller = caller_of(principal)
        self._key = key
        self._accept = wiring.build_accept_settlements(resources)
        self._answered = False
        self._keep = resources.quarantine.keep
        self._subject = principal.subject

    async def prepare(self, lines: Sequence[Line]) -> _Chunk:
        """Decode and examine a chunk; raises StopExchange when there is no room for it."""
        if code := await wait_for_room(self._resources, self.caller):
            raise _stop(lines, code)
        self._resources.quotas.spend(self.caller, len(lines))
        candidates: list[Candidate] = []
        for position, line in enumerate(lines):
            candidates.append(decode(line.text) if line.text is not None else _TOO_LONG)
            if position % DECODED_AT_ONCE == DECODED_AT_ONCE - 1:
                await asyncio.sleep(0)
        with self._in_good_order(lines):
            return _Chunk(lines, candidates, await self._accept.prepare(candidates, only_institution=self._institution))

    async def finish(self, prepared: _Chunk) -> bytes:
        """Store a chunk and answer its lines; raises StopExchange when it cannot be stored now."""
        taken = None if self._key is None else Taken(self._key, [line.number for line in prepared.lines])

        async def keep(session: AsyncSession, answers: Sequence[Answer]) -> None:
            refusals = self._refusals(prepared, answers)
            await self._keep.within(session, refusals, now=prepared.prepared.now, received_from=self._subject)

        with self._in_good_order(prepared.lines):
            beside = keep if self._keep.keeps else None
            answers = await self._accept.store(prepared.prepared, taken=taken, beside=beside)
        self._answered = True
        return ndjson([self._answer(*each) for each in zip(prepared.lines, prepared.candidates, answers, strict=True)])

    def _refusals(self, prepared: _Chunk, answers: Sequence[Answer]) -> list[Refusal]:
        """Return what of a chunk goes into the quarantine."""
        batch = "batch" if self._key is None else f"batch:{self._key.batch_id}"
        found = []
        for line, answer in zip(prepared.lines, answers, strict=True):
            if answer.status != "created":
                reference = f"{batch}:{line.number}"
                found.append(
                    settlement_refusal(line.text, answer, source="batch", reference=reference, caller=self._institution)
                )
        return [one for one in found if one is not None]

    @contextmanager
    def _in_good_order(self, lines: Sequence[Line]) -> Iterator[None]:
        """Turn a passing failure into a last answer where answers are on their way: no status is left to tell it by."""
        try:
            yield
        except Exception as error:
            if not self._answered or not is_transient(error):
                raise
            raise _stop(lines, "unavailable") from error

    def _answer(self, line: Line, candidate: Candidate, answer: Answer) -> LineAnswer:
        settlement_id = candidate.settlement.settlement_id
        known = "settlement_id" not in candidate.broken.fields and is_settlement_id(settlement_id)
        return LineAnswer(
            line.number,
            answer.status,
            settlement_id if known else None,
            answer.settlement_ref,
            answer.code,
            in_language(answer.problems, self._language) if answer.problems else [],
            in_language(answer.doubts, self._language) if answer.doubts else [],
        )


class _BatchExchange(NdjsonExchange[_Chunk]):
    """The exchange of a batch; it holds one of its caller's slots while it runs."""

    def __init__(self, request: Request, batch: _Batch, key: BatchKey | None, from_line: int) -> None:
        self._resources: Resources = request.app.state.resources
        settings = self._resources.settings
        bounds = Bounds(settings.intake_chunk_lines, settings.intake_chunk_bytes, settings.intake_line_bytes)
        super().__init__(request, batch, bounds, from_line=from_line, at_end=None if key is None else self._finished)
        self._caller = batch.caller
        self._key = key
        # Taken here, where a refusal is still a status; given back when the exchange has run, however it ends.
        self._resources.batch_slots.take(self._caller)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the exchange."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._resources.batch_slots.give_back(self._caller)

    async def _finished(self) -> None:
        assert self._key is not None  # noqa: S101 - only a named batch has an end to be noted
        try:
            await wiring.build_follow_batches(self._resources).finish(self._key)
        except Exception as error:
            # Every line is stored and answered; only the note is missing, and an empty resend makes up for it.
            if not is_transient(error):
                raise


def _stop(lines: Sequence[Line], code: str) -> StopExchange:
    return StopExchange(ndjson([LineAnswer(lines[0].number, "stopped", code=code)]))


_TOO_LONG = decode(b"{")._replace(problems=[Problem("", "line_too_long")])
