"""Accept settlements: examine each, store those that stand, state the fact, all of a chunk in one transaction."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.contracts.intake import InstitutionAtService
from services.intake import events, telemetry
from services.intake.domain.examination import Examination, examine
from services.intake.domain.problem import Problem
from services.intake.domain.pseudonym import pseudonym
from services.intake.domain.settlement import NOTHING_BROKEN, Broken, PostedSettlement
from services.intake.storage import settlements
from services.intake.storage.settlements import Key, NewSettlement, Stored
from services.intake.use_cases.known_institutions import KnownInstitutions
from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.ids import new_id
from services.kit.outbox import OutgoingEvent, outgoing
from services.kit.telemetry import current_traceparent, span

Status = Literal["created", "same", "conflict", "rejected"]

EXAMINED_AT_ONCE = 25
"""Settlements that are examined before others get their turn: about a millisecond."""

_encode = msgspec.json.Encoder().encode


class Candidate(NamedTuple):
    """A settlement as it was posted, with what could not be decoded of it."""

    settlement: PostedSettlement
    problems: Sequence[Problem] = ()
    broken: Broken = NOTHING_BROKEN


class Answer(NamedTuple):
    """What became of one posted settlement."""

    status: Status
    settlement_ref: UUID | None = None
    """Ours; None when it was rejected. For a conflict that of the settlement which stands."""
    code: str | None = None
    problems: Sequence[Problem] = ()
    doubts: Sequence[Problem] = ()


@dataclass(slots=True)
class _Draft:
    """A settlement on its way into the tables."""

    position: int
    key: Key
    row: NewSettlement
    event: OutgoingEvent
    doubts: list[Problem]
    span: telemetry.AcceptSpan | None


@dataclass(slots=True)
class Prepared:
    """A chunk that is examined and needs only to be stored."""

    answers: list[Answer | None]
    drafts: list[_Draft]
    now: datetime
    seconds: float
    """Time that the preparation took."""


class AcceptSettlements:
    """Takes settlements; one that stands already is answered and not stated again.

    In two steps, so that a batch can prepare a chunk while the one before it is being stored.
    """

    def __init__(
        self, database: Database, clock: Clock, known_institutions: KnownInstitutions, *, pseudonym_key: bytes
    ) -> None:
        self._database = database
        self._clock = clock
        self._known_institutions = known_institutions
        self._pseudonym_key = pseudonym_key

    async def __call__(self, posted: Sequence[Candidate], *, only_institution: str | None = None) -> list[Answer]:
        """Return an answer for each, in order; ``only_institution`` is the one whose settlements may be posted."""
        return await self.store(await self.prepare(posted, only_institution=only_institution))

    async def prepare(self, posted: Sequence[Candidate], *, only_institution: str | None = None) -> Prepared:
        """Examine a chunk and draft what is to be stored of it."""
        started = time.perf_counter()
        now = self._clock.now()
        answers: list[Answer | None] = [None] * len(posted)
        sound: list[tuple[int, PostedSettlement, Examination]] = []
        for position, candidate in enumerate(posted):
            if only_institution is not None and _belongs_elsewhere(candidate, only_institution):
                answers[position] = _rejected("other_institution")
                continue
            examined = examine(candidate.settlement, now=now, broken=candidate.broken)
            if candidate.problems or examined.problems:
                problems = [*candidate.problems, *examined.problems]
                answers[position] = Answer("rejected", code="malformed", problems=problems)
            else:
                sound.append((position, candidate.settlement, examined))
            await _give_way(position)
        known = await self._known_institutions({settlement.institution_code for _, settlement, _ in sound})
        at_service = {code: events.institution_at_service(institution) for code, institution in known.items()}
        traceparent = current_traceparent()
        drafts = []
        for position, settlement, examined in sound:
            institution = known.get(settlement.institution_code)
            if institution is None:
                answers[position] = _rejected("institution_unknown")
                continue
            if not institution.holds_agreement_on(examined.service_date):
                examined.doubts.append(Problem("/institution_code", "institution_inactive"))
            drafts.append(self._draft(position, settlement, examined, at_service[institution.code], now, traceparent))
            await _give_way(position)
        return Prepared(answers, drafts, now, time.perf_counter() - started)

    async def store(self, prepared: Prepared) -> list[Answer]:
        """Store what was prepared, in one transaction; return an answer for each settlement of the chunk."""
        started = time.perf_counter()
        answers, drafts = prepared.answers, prepared.drafts
        if drafts:
            try:
                with span(telemetry.STORE_SPAN, attributes={"settlement.count": len(drafts)}):
                    async with self._database.transaction() as session:
                        await _store(session, drafts, answers, prepared.now)
            finally:
                _end_spans(drafts, answers)
        complete = [answer for answer in answers if answer is not None]
        lines = sum(draft.row.line_count for draft in drafts if complete[draft.position].status == "created")
        telemetry.count_settlements([answer.status for answer in complete], lines=lines)
        telemetry.ACCEPT_DURATION.record(prepared.seconds + time.perf_counter() - started, {"service": "intake"})
        return complete

    def _draft(
        self,
        position: int,
        settlement: PostedSettlement,
        examined: Examination,
        institution: InstitutionAtService,
        now: datetime,
        traceparent: str | None,
    ) -> _Draft:
        settlement_ref = new_id()
        insured_ref = pseudonym(settlement.insured_person.number, self._pseudonym_key)
        opened = telemetry.open_accept_span(settlement_ref, settlement.settlement_id, settlement.institution_code)
        if opened is not None:
            traceparent = opened.traceparent
        fact = events.settlement_accepted(
            settlement, examined, institution, settlement_ref=settlement_ref, insured_ref=insured_ref
        )
        body = _encode(fact)
        row = NewSettlement(
            settlement_ref,
            settlement.institution_code,
            settlement.settlement_id,
            events.content_digest(body),
            insured_ref,
            examined.settled_at,
            settlement.total_fen,
            len(settlement.lines),
            traceparent,
            _encode(examined.doubts).decode() if examined.doubts else None,
            body,
        )
        event = outgoing(fact, now=now, traceparent=traceparent, payload=body)
        return _Draft(position, (row.institution_code, row.settlement_id), row, event, examined.doubts, opened)


async def _store(session: AsyncSession, drafts: Sequence[_Draft], answers: list[Answer | None], now: datetime) -> None:
    # The same settlement twice in one chunk: the first is stored and the second meets it.
    first: dict[Key, _Draft] = {}
    for draft in drafts:
        first.setdefault(draft.key, draft)
    written = await settlements.add(session, [draft.row for draft in first.values()], now=now)
    standing: dict[Key, Stored] = {}
    events_of_created = []
    for draft in first.values():
        if draft.row.settlement_ref in written:
            standing[draft.key] = Stored(draft.row.settlement_ref, draft.row.digest)
            events_of_created.append(draft.event)
            answers[draft.position] = Answer("created", draft.row.settlement_ref, doubts=draft.doubts)
    if len(standing) < len(first):
        standing |= await settlements.existing(session, [key for key in first if key not in standing])
    for draft in drafts:
        if answers[draft.position] is None:
            answers[draft.position] = _met(draft, standing[draft.key])
    await outbox.add(session, events_of_created)


def _met(draft: _Draft, stored: Stored) -> Answer:
    """Answer a settlement whose key was taken: the same again, or another."""
    if stored.digest == draft.row.digest:
        return Answer("same", stored.settlement_ref, doubts=draft.doubts)
    return Answer("conflict", stored.settlement_ref, code="settlement_differs")


async def _give_way(position: int) -> None:
    if position % EXAMINED_AT_ONCE == EXAMINED_AT_ONCE - 1:
        await asyncio.sleep(0)


def _belongs_elsewhere(candidate: Candidate, institution: str) -> bool:
    return "institution_code" not in candidate.broken.fields and candidate.settlement.institution_code != institution


def _rejected(code: str) -> Answer:
    return Answer("rejected", code=code, problems=(Problem("/institution_code", code),))


def _end_spans(drafts: Sequence[_Draft], answers: Sequence[Answer | None]) -> None:
    """Close the settlements' spans once their transaction has ended, either way."""
    for draft in drafts:
        if draft.span is not None:
            answer = answers[draft.position]
            draft.span.end(None if answer is None else answer.status)
