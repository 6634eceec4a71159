"""Lines of NDJSON through a use case: decoded one by one, taken chunk by chunk, answered line by line."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

from fastapi import Request, Response

from services.intake.api.answers import LineAnswer, ndjson
from services.intake.api.ndjson import MEDIA_TYPE, Bounds, Line, NdjsonExchange, StopExchange
from services.intake.api.refusals import refusal
from services.intake.domain.problem import Problem
from services.intake.domain.quarantine import Kind, Refusal
from services.intake.wiring import Resources
from services.kit.auth import Principal
from services.kit.transient import is_transient

MOST_STREAM_BYTES = 8 * 1024**3
"""A stream is never gathered; the bound only ends what has no end."""
PATIENCE_SECONDS = 60.0
"""How long a stream in hand waits for room in the outbox before it ends."""
PAUSE_SECONDS = 0.5
DECODED_AT_ONCE = 50
"""Lines that are decoded before other requests get their turn."""

STREAM_RESPONSES: dict[int | str, dict[str, Any]] = {200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}}
STREAM_BODY = {
    "requestBody": {
        "required": True,
        "content": {MEDIA_TYPE: {"schema": {"type": "string", "description": "每行一条 / one entry a line"}}},
    }
}

D = TypeVar("D")


class _Stream(Generic[D]):
    """One stream in hand."""

    def __init__(
        self,
        resources: Resources,
        decode: Callable[[bytes | None], D],
        take: Callable[[Sequence[Line], Sequence[D]], Awaitable[list[LineAnswer]]],
        kind: Kind | None,
        principal: Principal,
    ) -> None:
        self._kind = kind
        self._principal = principal
        self._resources = resources
        self._decode = decode
        self._take = take
        self._answered = False

    async def prepare(self, lines: Sequence[Line]) -> tuple[Sequence[Line], list[D]]:
        """Decode a chunk; raises StopExchange when there is no room for it."""
        if not await self._room():
            raise _stop(lines, "backlog")
        decoded = []
        for position, line in enumerate(lines):
            decoded.append(self._decode(line.text))
            if position % DECODED_AT_ONCE == DECODED_AT_ONCE - 1:
                await asyncio.sleep(0)
        return lines, decoded

    async def finish(self, prepared: tuple[Sequence[Line], list[D]]) -> bytes:
        """Take a chunk and answer its lines; raises StopExchange when it cannot be stored now."""
        lines, decoded = prepared
        try:
            answers = await self._take(lines, decoded)
            refusals = self._refusals(lines, answers)
            await self._resources.quarantine.keep(refusals, received_from=self._principal.subject)
        except Exception as error:
            # Where answers are on their way, no status is left to tell a passing failure by.
            if not self._answered or not is_transient(error):
                raise
            raise _stop(lines, "unavailable") from error
        self._answered = True
        return ndjson(answers)

    def _refusals(self, lines: Sequence[Line], answers: Sequence[LineAnswer]) -> list[Refusal]:
        """Return what of a chunk goes into the quarantine; written after the chunk, and again with a resend."""
        found: list[Refusal | None] = []
        for line, answer in zip(lines, answers, strict=True):
            if self._kind is not None and answer.status in {"rejected", "conflict"}:
                problems = [Problem(field.pointer, field.code) for field in answer.fields]
                code = answer.code or (problems[0].code if problems else "malformed")
                code = problems[0].code if problems and code == "malformed" else code
                found.append(
                    refusal(
                        line.text,
                        self._kind,
                        problems or [Problem("", code)],
                        code=code,
                        source="batch",
                        reference=f"batch:{line.number}",
                        caller=self._principal.institution,
                    )
                )
        return [one for one in found if one is not None]

    async def _room(self) -> bool:
        """Wait while the relay is behind; the caller, unread, waits with us."""
        patience = time.monotonic() + PATIENCE_SECONDS
        while await self._resources.watch_backlog.is_full():
            if time.monotonic() > patience:
                return False
            await asyncio.sleep(PAUSE_SECONDS)
        return True


def _stop(lines: Sequence[Line], code: str) -> StopExchange:
    return StopExchange(ndjson([LineAnswer(lines[0].number, "stopped", code=code)]))


def stream(
    request: Request,
    decode: Callable[[bytes | None], D],
    take: Callable[[Sequence[Line], Sequence[D]], Awaitable[list[LineAnswer]]],
    *,
    kind: Kind | None,
    principal: Principal,
) -> Response:
    """Return the response that runs a stream; ``decode`` is given None for a line beyond its bound.

    ``kind`` is what the lines are, for those that go into the quarantine; None where none does.
    """
    resources: Resources = request.app.state.resources
    settings = resources.settings
    bounds = Bounds(settings.intake_chunk_lines, settings.intake_chunk_bytes, settings.intake_line_bytes)
    return NdjsonExchange(request, _Stream(resources, decode, take, kind, principal), bounds)
