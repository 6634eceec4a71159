"""Accept settlements: examine each, store those that stand, state the fact, all of a chunk in one transaction."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake import events, telemetry
from services.intake.domain.examination import Examination, examine
from services.intake.domain.problem import Problem
from services.intake.domain.settlement import NOTHING_BROKEN, Broken, PostedSettlement
from services.intake.events import HeldAtService
from services.intake.storage import batches, settlements
from services.intake.storage.batches import BatchKey
from services.intake.storage.settlements import Key, NewSettlement, Stored
from services.intake.use_cases import both_regions
from services.intake.use_cases.activity.note_activity import NoteActivity
from services.intake.use_cases.both_regions import Report, report_of
from services.intake.use_cases.registry_at_service import AtService, RegistryAtService
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.ids import new_id
from services.kit.telemetry import current_traceparent, span

Status = Literal["created", "same", "conflict", "rejected"]

EXAMINED_AT_ONCE = 25
"""Settlements that are examined before others get their turn: about a millisecond."""

_encode = msgspec.json.Encoder().encode
_MARKS = msgspec.json.Decoder(list[tuple[str, str]])
"""Doubts as they are kept: pointer and code of each."""


class Candidate(NamedTuple):
    """A settlement as it was posted, with what could not be decoded of it."""

    settlement: PostedSettlement
    problems: Sequence[Problem] = ()
    broken: Broken = NOTHING_BROKEN
    doubts: Sequence[Problem] = ()
    """What marked it before it was examined."""
    received_at: datetime | None = None
    """When it first came, for one that waited with us; None: now."""
    only_institution: str | None = None
    """The one institution whose settlements its caller may post, where several callers share a chunk."""
    traceparent: str | None = None
    """Trace of its caller, where several share a chunk."""


class Answer(NamedTuple):
    """What became of one posted settlement."""

    status: Status
    settlement_ref: UUID | None = None
    """Ours; None when it was rejected. For a conflict that of the settlement which stands."""
    code: str | None = None
    problems: Sequence[Problem] = ()
    doubts: Sequence[Problem] = ()
    stored: Stored | None = None
    """What stands, and what is known of it since; None when it was rejected."""


@dataclass(slots=True)
class _Draft:
    """A settlement on its way into the tables."""

    answers: list[Answer | None]
    """The answers of its chunk; its own goes to its position."""
    position: int
    key: Key
    row: NewSettlement
    doubts: list[Problem]
    span: telemetry.AcceptSpan | None
    report: Report | None
    """What concerns two regions; None for most."""

    @property
    def answer(self) -> Answer:
        """What became of it, once its transaction has ended."""
        answer = self.answers[self.position]
        assert answer is not None  # noqa: S101 - every draft of a transaction is answered in it
        return answer

    @answer.setter
    def answer(self, answer: Answer) -> None:
        self.answers[self.position] = answer


@dataclass(slots=True)
class Prepared:
    """A chunk that is examined and needs only to be stored."""

    answers: list[Answer | None]
    """None until it is stored."""
    drafts: list[_Draft]
    now: datetime
    seconds: float
    """Time that the preparation took."""


Beside = Callable[[AsyncSession, Sequence[Answer]], Awaitable[None]]
"""What is done with the answers of a chunk in the transaction that stores it."""


class Taken(NamedTuple):
    """Lines of a named batch."""

    key: BatchKey
    lines: Sequence[int]
    """Number of each line of the chunk, rising."""


class AcceptSettlements:
    """Takes settlements; one that stands already is answered and not stated again.

    In two steps, so that a batch can prepare a chunk while the one before it is being stored.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        registry_at_service: RegistryAtService,
        *,
        activity: NoteActivity | None = None,
    ) -> None:
        self._activity = activity
        self._database = database
        self._clock = clock
        self._registry_at_service = registry_at_service

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
            bound_to = only_institution or candidate.only_institution
            if bound_to is not None and _belongs_elsewhere(candidate, bound_to):
                answers[position] = _rejected("other_institution")
                continue
            examined = examine(candidate.settlement, now=now, broken=candidate.broken)
            examined.doubts[:0] = candidate.doubts
            if candidate.problems or examined.problems:
                problems = [*candidate.problems, *examined.problems]
                answers[position] = Answer("rejected", code="malformed", problems=problems)
            else:
                sound.append((position, candidate.settlement, examined))
            await _give_way(position)
        # One array query for what the chunk needs of the registry, most of it remembered; pseudonyms are made there.
        known = await self._registry_at_service([(settlement, examined) for _, settlement, examined in sound])
        traceparent = current_traceparent()
        drafts = []
        for (position, settlement, examined), at_service in zip(sound, known, strict=True):
            if at_service.held is None:
                answers[position] = _rejected("institution_unknown")
                continue
            examined.doubts.extend(at_service.doubts)
            drafts.append(
                self._draft(
                    answers,
                    position,
                    settlement,
                    examined,
                    at_service,
                    at_service.held,
                    posted[position].traceparent or traceparent,
                    received_at=posted[position].received_at or now,
                )
            )
            await _give_way(position)
        return Prepared(answers, drafts, now, time.perf_counter() - started)

    async def store(
        self, prepared: Prepared, *, taken: Taken | None = None, beside: Beside | None = None
    ) -> list[Answer]:
        """Store what was prepared, in one transaction; return an answer for each settlement of the chunk.

        ``taken`` names the batch that the chunk belongs to, where it has a name; ``beside`` is done in the same
        transaction, with the answers.
        """
        [answers] = await self.store_together([prepared], taken=taken, beside=beside)
        return answers

    async def store_together(
        self, chunks: Sequence[Prepared], *, taken: Taken | None = None, beside: Beside | None = None
    ) -> list[list[Answer]]:
        """Store what was prepared for several callers in one transaction; return the answers of each chunk.

        ``taken`` and ``beside`` are of the first, which then is the only one.
        """
        started = time.perf_counter()
        drafts = [draft for prepared in chunks for draft in prepared.drafts]
        if drafts or taken is not None or beside is not None:
            try:
                with span(telemetry.STORE_SPAN, attributes={"settlement.count": len(drafts)}):
                    async with self._database.transaction() as session:
                        if drafts:
                            await _store(session, drafts, chunks[0].now)
                        if taken is not None:
                            statuses = [answer.status for answer in chunks[0].answers if answer is not None]
                            await batches.record(session, taken.key, taken.lines, statuses, now=chunks[0].now)
                        if beside is not None:
                            await beside(session, [answer for answer in chunks[0].answers if answer is not None])
            except BaseException:
                _end_spans(drafts, failed=True)
                for draft in drafts:
                    # Nothing of it stands, so it may be stored anew.
                    draft.answers[draft.position] = None
                raise
            _end_spans(drafts)
        complete = [[answer for answer in prepared.answers if answer is not None] for prepared in chunks]
        lines = sum(draft.row.line_count for draft in drafts if draft.answer.status == "created")
        telemetry.count_settlements([answer.status for answers in complete for answer in answers], lines=lines)
        self._note(drafts)
        seconds = time.perf_counter() - started
        telemetry.ACCEPT_DURATION.record(max(one.seconds for one in chunks) + seconds, {"service": "intake"})
        return complete

    async def store_within(self, session: AsyncSession, prepared: Prepared) -> list[Answer]:
        """Store what was prepared in a transaction of another use case; `ended` is due when that is over."""
        [answers] = await self.store_all_within(session, [prepared])
        return answers

    async def store_all_within(self, session: AsyncSession, chunks: Sequence[Prepared]) -> list[list[Answer]]:
        """Store what was prepared in several chunks together, as `store_within` does one of them."""
        drafts = [draft for prepared in chunks for draft in prepared.drafts]
        if drafts:
            with span(telemetry.STORE_SPAN, attributes={"settlement.count": len(drafts)}):
                await _store(session, drafts, chunks[0].now)
        return [[answer for answer in prepared.answers if answer is not None] for prepared in chunks]

    def ended(self, prepared: Prepared, *, committed: bool) -> None:
        """Close the spans of what was stored within another transaction, and count it if that was committed."""
        _end_spans(prepared.drafts, failed=not committed)
        if committed:
            answers = [answer for answer in prepared.answers if answer is not None]
            lines = sum(draft.row.line_count for draft in prepared.drafts if draft.answer.status == "created")
            telemetry.count_settlements([answer.status for answer in answers], lines=lines)
            self._note(prepared.drafts)
            telemetry.ACCEPT_DURATION.record(prepared.seconds, {"service": "intake"})

    def _note(self, drafts: Sequence[_Draft]) -> None:
        """Note which institutions sent something new, for those that fall silent."""
        if self._activity is not None:
            created = Counter(draft.key[0] for draft in drafts if draft.answer.status == "created")
            for institution_code, number in created.items():
                self._activity.settlements(institution_code, number)

    def _draft(
        self,
        answers: list[Answer | None],
        position: int,
        settlement: PostedSettlement,
        examined: Examination,
        at_service: AtService,
        held: HeldAtService,
        traceparent: str | None,
        *,
        received_at: datetime,
    ) -> _Draft:
        settlement_ref = new_id()
        insured_ref = at_service.insured_ref
        opened = telemetry.open_accept_span(settlement_ref, settlement.settlement_id, settlement.institution_code)
        if opened is not None:
            traceparent = opened.traceparent
        fact = events.settlement_accepted(
            settlement,
            examined,
            held,
            settlement_ref=settlement_ref,
            insured_ref=insured_ref,
            received_at=received_at,
        )
        body = _encode(fact)
        digest = events.content_digest(body)
        if at_service.sex is not None or at_service.age_days is not None:
            # Only now: the digest is of what was posted, whatever the registry knows beside it at that time.
            fact = events.with_person(fact, sex=at_service.sex, age_days=at_service.age_days)
            body = _encode(fact)
        row = NewSettlement(
            settlement_ref,
            settlement.institution_code,
            settlement.settlement_id,
            digest,
            insured_ref,
            examined.settled_at,
            settlement.total_fen,
            len(settlement.lines),
            traceparent,
            _encode(examined.doubts).decode() if examined.doubts else None,
            body,
        )
        report = report_of(settlement, held.institution.region)
        key = (row.institution_code, row.settlement_id)
        return _Draft(answers, position, key, row, examined.doubts, opened, report)


async def _store(session: AsyncSession, drafts: Sequence[_Draft], now: datetime) -> None:
    reports = [draft.report for draft in drafts if draft.report is not None]
    second = await both_regions.second_reports(session, reports) if reports else {}
    await _store_first(session, [draft for draft in drafts if draft.key not in second] if second else drafts, now)
    if reports:
        created = [draft for draft in drafts if draft.report is not None and draft.answers[draft.position] is not None]
        taken = [(draft.row.settlement_ref, draft.report) for draft in created if draft.answer.status == "created"]
        await both_regions.note_abroad(session, [(ref, report) for ref, report in taken if report is not None])
    if second:
        marks = await both_regions.link(session, reports, second, now=now)
        standing = await settlements.existing(session, set(second.values()))
        for draft in drafts:
            if draft.key in second:
                stored = standing[second[draft.key]]
                draft.answer = Answer("same", stored.settlement_ref, doubts=marks[draft.key], stored=stored)


async def _store_first(session: AsyncSession, drafts: Sequence[_Draft], now: datetime) -> None:
    # The same settlement twice in one transaction: the first is stored and the second meets it.
    first: dict[Key, _Draft] = {}
    for draft in drafts:
        first.setdefault(draft.key, draft)
    written = await settlements.take(session, [draft.row for draft in first.values()], now=now)
    standing: dict[Key, Stored] = {}
    for draft in first.values():
        if draft.row.settlement_ref in written:
            standing[draft.key] = Stored(draft.row.settlement_ref, draft.row.digest, now, draft.row.doubts)
            draft.answer = Answer("created", draft.row.settlement_ref, doubts=draft.doubts, stored=standing[draft.key])
    if len(standing) < len(first):
        standing |= await settlements.existing(session, [key for key in first if key not in standing])
    for draft in drafts:
        if draft.answers[draft.position] is None:
            draft.answer = _met(draft, standing[draft.key])


def _met(draft: _Draft, stored: Stored) -> Answer:
    """Answer a settlement whose key was taken: the same again, or another."""
    if stored.digest == draft.row.digest:
        doubts = [Problem(*mark) for mark in _MARKS.decode(stored.doubts)] if stored.doubts else []
        return Answer("same", stored.settlement_ref, doubts=doubts, stored=stored)
    return Answer("conflict", stored.settlement_ref, code="settlement_differs")


async def _give_way(position: int) -> None:
    if position % EXAMINED_AT_ONCE == EXAMINED_AT_ONCE - 1:
        await asyncio.sleep(0)


def _belongs_elsewhere(candidate: Candidate, institution: str) -> bool:
    return "institution_code" not in candidate.broken.fields and candidate.settlement.institution_code != institution


def _rejected(code: str) -> Answer:
    return Answer("rejected", code=code, problems=(Problem("/institution_code", code),))


def _end_spans(drafts: Sequence[_Draft], *, failed: bool = False) -> None:
    """Close the settlements' spans once their transaction has ended, either way."""
    for draft in drafts:
        if draft.span is not None:
            draft.span.end(None if failed else draft.answer.status)
