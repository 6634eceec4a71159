"""Reverse settlements (退费), whole or in part: once for each reversal id, and never more than is left."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.contracts.intake import SettlementReversed
from services.intake import events, telemetry
from services.intake.domain import reversal
from services.intake.domain.problem import Problem
from services.intake.domain.reversal import ChargedLine, Left, Taken, Wanted
from services.intake.storage import cross_region, reversals, settlements
from services.intake.storage.reversals import StoredReversal
from services.intake.storage.settlements import Key, Reversible, StoredSettlement
from services.intake.use_cases.read_settlements import settlement_unknown
from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.outbox import OutgoingEvent, outgoing
from services.kit.telemetry import current_traceparent, span

UNNAMED = "-"
"""Id of the reversal that has none: the whole settlement, asked for without an id. No caller's id has this form."""

_encode = msgspec.json.Encoder().encode
_TAKEN = msgspec.json.Decoder(list[Taken])


class _Line(msgspec.Struct):
    number: int
    item_code: str
    quantity_e4: int
    unit_price_e4: int
    amount_fen: int


class _Lines(msgspec.Struct):
    lines: list[_Line]


_BODY = msgspec.json.Decoder(_Lines)

Status = Literal["created", "same", "conflict", "rejected", "unknown"]


class Request(NamedTuple):
    """A reversal as it was asked for."""

    key: Key
    reversal_id: str
    lines: Sequence[Wanted] | None
    """None for all that is left."""


class Reversed(NamedTuple):
    """What became of a request."""

    status: Status
    code: str | None = None
    problems: Sequence[Problem] = ()
    settlement_ref: UUID | None = None
    reversal: StoredReversal | None = None
    """The reversal as it stands, for ``created`` and ``same``."""


Beside = Callable[[AsyncSession, Sequence[Reversed]], Awaitable[None]]
"""What is done with the answers of a chunk in the transaction that takes it."""


@dataclass(slots=True)
class _Course:
    """A settlement and its reversals, in the transaction that locks it."""

    settlement: Reversible
    left: dict[int, Left]
    known: dict[str, StoredReversal]
    reversed_at: datetime | None


class ReverseSettlements:
    """Takes settlements back; of two that want the same at once, one waits and then meets what the other left."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, requests: Sequence[Request], *, beside: Beside | None = None) -> list[Reversed]:
        """Return what became of each request, in order; all in one transaction, with what is done ``beside``."""
        async with self._database.transaction() as session:
            answers = await self.within(session, requests)
            if beside is not None:
                await beside(session, answers)
        created = sum(answer.status == "created" for answer in answers)
        telemetry.REVERSALS.add(created, {"service": "intake"})
        return answers

    async def within(self, session: AsyncSession, requests: Sequence[Request]) -> list[Reversed]:
        """Reverse in a transaction of another use case."""
        now = self._clock.now()
        answers: list[Reversed] = []
        added: list[StoredReversal] = []
        facts: list[OutgoingEvent] = []
        # The other region reverses by the id of its own report.
        standing = await cross_region.first_keys(session, {request.key for request in requests})
        requests = [request._replace(key=standing.get(request.key, request.key)) for request in requests]
        locked = await settlements.lock(session, {request.key for request in requests})
        earlier = await reversals.of(session, [one.settlement_ref for one in locked.values()])
        courses = {key: _course(one, earlier) for key, one in locked.items()}
        for request in requests:
            course = courses.get(request.key)
            answer = Reversed("unknown", "settlement_unknown") if course is None else _judge(course, request)
            if answer.status == "created" and course is not None:
                answer = self._take(course, request, now, facts)
                assert answer.reversal is not None  # noqa: S101 - it was just made
                added.append(answer.reversal)
            answers.append(answer)
        if added:
            await reversals.add(session, added)
            touched = {one.settlement_ref for one in added}
            await settlements.mark(
                session,
                [
                    (course.settlement.settlement_ref, reversal.total(course.left), course.reversed_at)
                    for course in courses.values()
                    if course.settlement.settlement_ref in touched
                ],
            )
            await outbox.add(session, facts)
        return answers

    def _take(self, course: _Course, request: Request, now: datetime, facts: list[OutgoingEvent]) -> Reversed:
        """Apply a request that was found sound, and state it."""
        taken = _wanted(course.left, request)[0]
        course.left = reversal.after(course.left, taken)
        whole = all(one.nothing for one in course.left.values())
        course.reversed_at = now if whole else None
        settlement = course.settlement
        attributes = {
            "settlement.ref": str(settlement.settlement_ref),
            "settlement.id": settlement.settlement_id,
            "institution.code": settlement.institution_code,
        }
        # In the settlement's own trace, so that one trace holds all that became of it.
        with span(telemetry.REVERSE_SPAN, parent=settlement.traceparent, attributes=attributes):
            traceparent = current_traceparent() or settlement.traceparent
            fact = _reversed(settlement, now)
            if request.lines is not None:
                part = events.settlement_partly_reversed(fact, request.reversal_id, taken, course.left)
                facts.append(outgoing(part, now=now, traceparent=traceparent))
            if whole:
                facts.append(outgoing(fact, now=now, traceparent=traceparent))
        stored = StoredReversal(
            settlement.settlement_ref,
            request.reversal_id,
            _digest(request),
            whole,
            sum(one.amount_fen for one in taken),
            _encode(taken).decode(),
            reversal.total(course.left),
            now,
        )
        course.known[request.reversal_id] = stored
        return Reversed("created", settlement_ref=settlement.settlement_ref, reversal=stored)


class ReverseSettlement:
    """Takes a settlement back whole, without an id: asked again, it answers the same."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._reverse = ReverseSettlements(database, clock)

    async def __call__(self, key: Key) -> StoredSettlement:
        """Return the settlement as it now stands; raises NotFound (``settlement_unknown``)."""
        await self._reverse([Request(key, UNNAMED, None)])
        async with self._database.reading() as session:
            standing = await cross_region.first_keys(session, {key})
            stored = await settlements.get(session, standing.get(key, key))
        if stored is None:
            raise settlement_unknown()
        return stored


def _course(settlement: Reversible, earlier: Sequence[StoredReversal]) -> _Course:
    known = {one.reversal_id: one for one in earlier if one.settlement_ref == settlement.settlement_ref}
    taken = [one for stored in known.values() for one in taken_of(stored)]
    return _Course(settlement, reversal.what_is_left(charged_lines(settlement), taken), known, settlement.reversed_at)


def charged_lines(settlement: Reversible) -> list[ChargedLine]:
    """Return the lines of a settlement as they were charged."""
    return [
        ChargedLine(line.number, line.item_code, line.quantity_e4, line.unit_price_e4, line.amount_fen)
        for line in _BODY.decode(settlement.body).lines
    ]


def taken_of(stored: StoredReversal) -> list[Taken]:
    """Return what a reversal took of each line."""
    return _TAKEN.decode(stored.lines)


def _judge(course: _Course, request: Request) -> Reversed:
    """Tell what a request meets; ``created`` when it may be applied."""
    ref = course.settlement.settlement_ref
    known = course.known.get(request.reversal_id)
    if known is not None:
        if known.digest == _digest(request):
            return Reversed("same", settlement_ref=ref, reversal=known)
        return Reversed("conflict", "reversal_differs", settlement_ref=ref)
    if course.reversed_at is not None:
        return Reversed("conflict", "nothing_left", settlement_ref=ref)
    problems = _wanted(course.left, request)[1]
    if problems:
        return Reversed("rejected", "malformed", problems, settlement_ref=ref)
    return Reversed("created", settlement_ref=ref)


def _wanted(left: Mapping[int, Left], request: Request) -> tuple[list[Taken], list[Problem]]:
    if request.lines is None:
        return reversal.take_all(left), []
    return reversal.take_part(left, request.lines)


def _digest(request: Request) -> bytes:
    return blake2b(_encode(request.lines), digest_size=16).digest()


def _reversed(settlement: Reversible, now: datetime) -> SettlementReversed:
    return events.settlement_reversed(
        settlement_ref=settlement.settlement_ref,
        settlement_id=settlement.settlement_id,
        institution_code=settlement.institution_code,
        insured_ref=settlement.insured_ref,
        now=now,
    )
