"""Accept settlements: examine each, store those that stand, state the fact, all of a chunk in one transaction."""

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
from services.intake.domain.registry import Institution
from services.intake.domain.settlement import NOTHING_BROKEN, Broken, PostedSettlement
from services.intake.storage import institutions, settlements
from services.intake.storage.settlements import Key, NewSettlement, Stored
from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.ids import new_id
from services.kit.outbox import OutgoingEvent, outgoing
from services.kit.telemetry import current_traceparent, span

Status = Literal["created", "same", "conflict", "rejected"]

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


class AcceptSettlements:
    """Takes a chunk of settlements; a settlement that stands already is answered and not stated again."""

    def __init__(self, database: Database, clock: Clock, *, pseudonym_key: bytes) -> None:
        self._database = database
        self._clock = clock
        self._pseudonym_key = pseudonym_key

    async def __call__(self, posted: Sequence[Candidate], *, only_institution: str | None = None) -> list[Answer]:
        """Return an answer for each, in order; ``only_institution`` is the one whose settlements may be posted."""
        started = time.perf_counter()
        now = self._clock.now()
        answers: list[Answer | None] = [None] * len(posted)
        sound: list[tuple[int, PostedSettlement, Examination]] = []
        for position, candidate in enumerate(posted):
            settlement = candidate.settlement
            if only_institution is not None and _belongs_elsewhere(candidate, only_institution):
                answers[position] = _rejected("other_institution", "/institution_code")
                continue
            examined = examine(settlement, now=now, broken=candidate.broken)
            if candidate.problems or examined.problems:
                found = _merged(candidate.problems, examined.problems)
                answers[position] = Answer("rejected", code="malformed", problems=found)
            else:
                sound.append((position, settlement, examined))
        if sound:
            with span(telemetry.STORE_SPAN, attributes={"settlement.count": len(sound)}):
                spans: list[tuple[int, telemetry.AcceptSpan]] = []
                try:
                    async with self._database.transaction() as session:
                        await self._store(session, sound, answers, now, spans)
                finally:
                    _end(spans, answers)
        complete = [answer for answer in answers if answer is not None]
        _count(posted, complete, time.perf_counter() - started)
        return complete

    async def _store(
        self,
        session: AsyncSession,
        sound: Sequence[tuple[int, PostedSettlement, Examination]],
        answers: list[Answer | None],
        now: datetime,
        spans: list[tuple[int, telemetry.AcceptSpan]],
    ) -> None:
        known = await institutions.find(session, {settlement.institution_code for _, settlement, _ in sound})
        at_service = {code: events.institution_at_service(institution) for code, institution in known.items()}
        traceparent = current_traceparent()
        first: dict[Key, _Draft] = {}
        again: list[_Draft] = []
        for position, settlement, examined in sound:
            institution = known.get(settlement.institution_code)
            if institution is None:
                answers[position] = _rejected("institution_unknown", "/institution_code")
                continue
            _doubt_agreement(institution, examined)
            draft = self._draft(position, settlement, examined, at_service[institution.code], now, traceparent)
            if draft.span is not None:
                spans.append((position, draft.span))
            # The same settlement twice in one chunk: the first is stored and the second meets it.
            if first.setdefault(draft.key, draft) is not draft:
                again.append(draft)
        drafts = list(first.values())
        if not drafts:
            return
        written = await settlements.add(session, [draft.row for draft in drafts], now=now)
        created = [draft for draft in drafts if draft.row.settlement_ref in written]
        standing = {draft.key: Stored(draft.row.settlement_ref, draft.row.digest) for draft in created}
        met = [draft for draft in drafts if draft.key not in standing] + again
        free = [draft.key for draft in met if draft.key not in standing]
        if free:
            standing |= await settlements.existing(session, free)
        for draft in created:
            answers[draft.position] = Answer("created", draft.row.settlement_ref, doubts=draft.doubts)
        for draft in met:
            stored = standing[draft.key]
            same = stored.digest == draft.row.digest
            answers[draft.position] = (
                Answer("same", stored.settlement_ref, doubts=draft.doubts)
                if same
                else Answer("conflict", stored.settlement_ref, code="settlement_differs")
            )
        await outbox.add(session, [draft.event for draft in created])

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


def _belongs_elsewhere(candidate: Candidate, institution: str) -> bool:
    return "institution_code" not in candidate.broken.fields and candidate.settlement.institution_code != institution


def _doubt_agreement(institution: Institution, examined: Examination) -> None:
    if not institution.holds_agreement_on(examined.service_date):
        examined.doubts.append(Problem("/institution_code", "institution_inactive"))


def _rejected(code: str, pointer: str) -> Answer:
    return Answer("rejected", code=code, problems=(Problem(pointer, code),))


def _merged(undecoded: Sequence[Problem], examined: Sequence[Problem]) -> list[Problem]:
    """Join both kinds of problems; a stand-in is well-formed, so no place is named twice."""
    return [*undecoded, *examined]


def _end(spans: Sequence[tuple[int, telemetry.AcceptSpan]], answers: Sequence[Answer | None]) -> None:
    """Close the settlements' spans once their transaction has ended, either way."""
    for position, opened in spans:
        answer = answers[position]
        opened.end(None if answer is None else answer.status)


def _count(posted: Sequence[Candidate], answers: Sequence[Answer], seconds: float) -> None:
    lines = 0
    outcomes: dict[str, int] = {}
    for candidate, answer in zip(posted, answers, strict=True):
        outcomes[answer.status] = outcomes.get(answer.status, 0) + 1
        if answer.status == "created":
            lines += len(candidate.settlement.lines)
    for outcome, number in outcomes.items():
        telemetry.SETTLEMENTS.add(number, {"service": "intake", "outcome": outcome})
    telemetry.LINES.add(lines, {"service": "intake"})
    telemetry.ACCEPT_DURATION.record(seconds, {"service": "intake"})
