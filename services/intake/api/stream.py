"""Lines of NDJSON through a use case: decoded one by one, taken chunk by chunk, answered line by line."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.api.answers import LineAnswer, ndjson
from services.intake.api.ndjson import MEDIA_TYPE, Bounds, Line, NdjsonExchange, StopExchange
from services.intake.api.pacing import caller_of, wait_for_room
from services.intake.api.refusals import refusal
from services.intake.domain.problem import Problem
from services.intake.domain.quarantine import Kind, Refusal
from services.intake.wiring import Resources
from services.kit.auth import Principal
from services.kit.transient import is_transient

MOST_STREAM_BYTES = 8 * 1024**3
"""A stream is never gathered; the bound only ends what has no end."""
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
A = TypeVar("A")
Beside = Callable[[AsyncSession, Sequence[A]], Awaitable[None]]
"""What is done with the answers of a chunk in the transaction that stores it."""


@dataclass(frozen=True, slots=True)
class Lines(Generic[D, A]):
    """What the lines of a stream are and where they go."""

    kind: Kind
    decode: Callable[[bytes | None], D]
    """Is given None for a line beyond its bound."""
    take: Callable[[Sequence[D], Beside[A] | None], Awaitable[Sequence[A]]]
    """Takes a chunk in one transaction; every line has its answer, in order."""
    answer: Callable[[Sequence[Line], Sequence[D], Sequence[A]], list[LineAnswer]]
    waits_for: str | None = None
    """Code of what a refused line may wait for in the quarantine, to be taken of itself; None where none does."""


class _Stream(Generic[D, A]):
    """One stream in hand."""

    def __init__(self, resources: Resources, lines: Lines[D, A], principal: Principal) -> None:
        self._lines = lines
        self._principal = principal
        self._caller = caller_of(principal)
        self._resources = resources
        self._keep = resources.quarantine.keep
        self._answered = False

    async def prepare(self, lines: Sequence[Line]) -> tuple[Sequence[Line], list[D]]:
        """Decode a chunk; raises StopExchange when there is no room for it."""
        if code := await wait_for_room(self._resources, self._caller):
            raise _stop(lines, code)
        self._resources.quotas.spend(self._caller, len(lines))
        decoded = []
        for position, line in enumerate(lines):
            decoded.append(self._lines.decode(line.text))
            if position % DECODED_AT_ONCE == DECODED_AT_ONCE - 1:
                await asyncio.sleep(0)
        return lines, decoded

    async def finish(self, prepared: tuple[Sequence[Line], list[D]]) -> bytes:
        """Take a chunk and answer its lines; raises StopExchange when it cannot be stored now.

        What is refused goes into the quarantine in the transaction of what is taken.
        """
        lines, decoded = prepared
        waiting: set[int] = set()

        async def beside(session: AsyncSession, answers: Sequence[A]) -> None:
            found = self._refusals(lines, self._lines.answer(lines, decoded, answers))
            refusals = [one for _, one in found]
            now = self._resources.clock.now()
            held = await self._keep.within(session, refusals, now=now, received_from=self._principal.subject)
            waiting.update(number for (number, one), kept in zip(found, held, strict=True) if kept and one.waits)

        try:
            taken = await self._lines.take(decoded, beside if self._keep.keeps else None)
        except Exception as error:
            # Where answers are on their way, no status is left to tell a passing failure by.
            if not self._answered or not is_transient(error):
                raise
            raise _stop(lines, "unavailable") from error
        self._answered = True
        answers = self._lines.answer(lines, decoded, taken)
        for answer in answers:
            if answer.line in waiting:
                answer.status, answer.fields = "waiting", []
        return ndjson(answers)

    def _refusals(self, lines: Sequence[Line], answers: Sequence[LineAnswer]) -> list[tuple[int, Refusal]]:
        """Return what of a chunk goes into the quarantine, each with the number of its line."""
        found: list[tuple[int, Refusal]] = []
        for line, answer in zip(lines, answers, strict=True):
            if answer.status not in {"rejected", "conflict"}:
                continue
            problems = [Problem(field.pointer, field.code) for field in answer.fields]
            code = answer.code or (problems[0].code if problems else "malformed")
            code = problems[0].code if problems and code == "malformed" else code
            one = refusal(
                line.text,
                self._lines.kind,
                problems or [Problem("", code)],
                code=code,
                source="batch",
                reference=f"batch:{line.number}",
                caller=self._principal.institution,
            )
            if one is not None:
                found.append((line.number, one._replace(waits=code == self._lines.waits_for)))
        return found


def _stop(lines: Sequence[Line], code: str) -> StopExchange:
    return StopExchange(ndjson([LineAnswer(lines[0].number, "stopped", code=code)]))


def stream(request: Request, lines: Lines[D, A], *, principal: Principal) -> Response:
    """Return the response that runs a stream."""
    resources: Resources = request.app.state.resources
    settings = resources.settings
    bounds = Bounds(settings.intake_chunk_lines, settings.intake_chunk_bytes, settings.intake_line_bytes)
    return NdjsonExchange(request, _Stream(resources, lines, principal), bounds)
