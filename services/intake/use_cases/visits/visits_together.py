"""Messages about different visits that come at the same time share a transaction; what is not usual is left alone."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.intake import telemetry
from services.intake.domain.fsi.assembly import assemble
from services.intake.domain.fsi.visit_parts import VisitKind
from services.intake.domain.fsi.visit_settlement import VisitSettlement
from services.intake.storage import visits_together
from services.intake.storage.visits import Brought, NewPart, StoredPart, StoredVisit
from services.intake.storage.visits_together import CompleteSettlement, NumberKey, OpenedVisit, VisitKey
from services.intake.use_cases.accept_settlements import Answer, Candidate, Prepared
from services.intake.use_cases.shared_transaction import SharedTransaction
from services.intake.use_cases.visits import kept_parts
from services.intake.use_cases.visits.kept_lines import LINE_KINDS
from services.intake.use_cases.visits.visit_book import VisitBook, Work, candidate_of
from services.intake.use_cases.visits.visit_message import VisitMessage, kept_message, new_part
from services.kit.ids import new_id
from services.kit.telemetry.traces import recording

MOST_TOGETHER = 64
"""Messages of one transaction."""
PATIENCE_SECONDS = 0.02
"""Longer than for single settlements: a message costs less than its share of a transaction, so few large ones do."""
LINES_OF_ONE = 100
"""Lines for which a message counts as one more: it may bring two thousand."""


class BroughtParts(NamedTuple):
    """Parts that a message brings to one visit."""

    message: VisitMessage
    visit_id: str
    kind: VisitKind
    person: str
    part: str
    """What the parts are: registration, information, discharge, line, or lines where each is several of them."""
    state: str
    new: Sequence[NewPart]
    in_house_number: str | None = None
    """Of a registration."""
    named_by_us: bool = False
    """The visit id was made up for a registration that came without one."""


class BroughtSettlement(NamedTuple):
    """A settlement that a message brings to its visit."""

    message: VisitMessage
    values: Mapping[str, Any]
    sent: VisitSettlement
    kind: VisitKind


class Settled(NamedTuple):
    """A settlement that is complete and stated."""

    settlement_id: str
    answer: Answer
    settled_at: datetime


class _Drafted(NamedTuple):
    """A settlement that is put together, on its way into the tables."""

    position: int
    visit: StoredVisit
    part: StoredPart
    candidate: Candidate
    lines: Sequence[StoredPart]
    settled_at: datetime
    all_taken: bool
    """No line of the visit is left without a settlement."""


class VisitsTogether:
    """Takes what is usual of messages in shared transactions; one per process.

    Both functions return None for a message of which nothing was kept because it needs a closer look: its visit is not
    open or another's, a part of other content stands, something is missing, or it cannot be accepted.
    """

    def __init__(self, book: VisitBook) -> None:
        self._book = book
        sizes = telemetry.FSI_GROUPED
        self._keeping: SharedTransaction[BroughtParts, str | None] = SharedTransaction(
            self._keep,
            keys=_keys_of_parts,
            weight=_weight,
            most_together=MOST_TOGETHER,
            patience_seconds=PATIENCE_SECONDS,
            sizes=sizes,
        )
        self._settling: SharedTransaction[BroughtSettlement, Settled | None] = SharedTransaction(
            self._settle,
            keys=_keys_of_settlement,
            most_together=MOST_TOGETHER,
            patience_seconds=PATIENCE_SECONDS,
            sizes=sizes,
        )

    async def keep(self, brought: BroughtParts) -> str | None:
        """Keep parts and return the id of their visit, once they are committed."""
        return await self._keeping.share(brought)

    async def settle(self, brought: BroughtSettlement) -> Settled | None:
        """Settle a visit of which everything came, and return what became of it, once that is committed."""
        return await self._settling.share(brought)

    async def close(self) -> None:
        """Store what waits and take nothing more; before the database is closed."""
        await self._keeping.close()
        await self._settling.close()

    async def _keep(self, together: Sequence[BroughtParts]) -> list[str | None]:
        async with self._book.work() as work:
            opened = await self._named(work, together)
            refs = await visits_together.open_locked(work.session, opened.values(), now=work.now)
            messages: dict[UUID, tuple[Brought, Sequence[NewPart]]] = {}
            for position, visit in opened.items():
                one = together[position]
                if (ref := refs.get(visit.key)) is not None:
                    message = one.message
                    brought = Brought(one.part, one.state, message.message_id, work.now, message.traceparent)
                    messages[ref] = brought, one.new
            met = await visits_together.add_parts(work.session, messages) if messages else set()
        kept: list[str | None] = [None] * len(together)
        for position, visit in opened.items():
            if visit.key in refs and refs[visit.key] not in met:
                kept[position] = visit.key[1]
        return kept

    async def _named(self, work: Work, together: Sequence[BroughtParts]) -> dict[int, OpenedVisit]:
        """Return the visit of each message; of a registration the one its own number may stand for already."""
        numbers = {named for one in together if (named := _number_of(one)) is not None}
        known = await visits_together.in_house(work.session, numbers) if numbers else {}
        opened: dict[int, OpenedVisit] = {}
        taken: set[VisitKey] = set()
        for position, one in enumerate(together):
            visit_id, number = one.visit_id, one.in_house_number
            stands = known.get(_number_of(one) or ("", "", ""))
            if stands is not None and one.named_by_us:
                visit_id = stands
            elif stands is not None and stands != visit_id:
                # The number was used for another visit: this one is found by its id alone.
                number = None
            key = (one.message.institution_code, visit_id)
            if key in taken:
                continue
            taken.add(key)
            insured_ref = self._book.insured_ref(one.person)
            expires_at = self._book.expiry(one.kind, work.now)
            opened[position] = OpenedVisit(new_id(), key, one.kind, number, insured_ref, expires_at)
        return opened

    async def _settle(self, together: Sequence[BroughtSettlement]) -> list[Settled | None]:
        settled: list[Settled | None] = [None] * len(together)
        async with self._book.work() as work:
            drafted = await self._drafted(work, together)
            chunks = await self._prepared(drafted)
            work.published.extend(chunks)
            sound = _sound(drafted, chunks)
            await self._book.accept.store_all_within(work.session, chunks)
            complete = []
            for one, chunk, index in sound:
                answer = chunk.answers[index]
                if answer is not None and answer.status in {"created", "same"}:
                    settled[one.position] = Settled(one.part.part_key, answer, one.settled_at)
                    complete.append(self._complete(work, one))
            if complete:
                await visits_together.settle(work.session, complete)
        if complete:
            telemetry.VISITS.add(len(complete), {"service": "intake", "outcome": "complete"})
        return settled

    async def _drafted(self, work: Work, together: Sequence[BroughtSettlement]) -> list[_Drafted]:
        found = await visits_together.lock_open(work.session, [_visit_key(one) for one in together])
        own: dict[int, StoredVisit] = {}
        for position, one in enumerate(together):
            visit = found.get(_visit_key(one))
            if visit is not None and (visit.kind, visit.insured_ref) == (
                one.kind,
                self._book.insured_ref(one.sent.person),
            ):
                own[position] = visit
        parts = await visits_together.parts(work.session, [visit.visit_ref for visit in own.values()]) if own else {}
        drafted = []
        for position, visit in own.items():
            draft = self._draft(work, position, together[position], visit, parts[visit.visit_ref])
            if draft is not None:
                drafted.append(draft)
            # Each may be of thousands of lines; others get their turn.
            await asyncio.sleep(0)
        return drafted

    def _draft(
        self, work: Work, position: int, one: BroughtSettlement, visit: StoredVisit, parts: Sequence[StoredPart]
    ) -> _Drafted | None:
        if any(part.kind == "settlement" for part in parts):
            return None
        message = one.message
        settlement_id = one.sent.settlement_id or kept_parts.made_id(visit.visit_ref, one.sent.slot, [])
        new = new_part(one.values, key=settlement_id, batch=one.sent.slot, sealer=self._book.sealer, message=message)
        part = StoredPart(
            "settlement", *new[:2], "complete", None, *new[2:4], message.message_id, work.now, message.traceparent
        )
        kept = kept_message(one.values, message)
        gathered = kept_parts.gather(visit, parts, part, set(), self._book.sealer, read=(kept, one.sent))
        assembly = assemble(gathered)
        if assembly.settlement is None:
            return None
        candidate = candidate_of(part, assembly.settlement, assembly.doubts)
        lines = kept_parts.lines_of(visit, parts, part, set())
        all_taken = len(lines) == sum(other.kind in LINE_KINDS and other.state == "free" for other in parts)
        settled_at = kept_parts.settled_at(one.sent, kept, work.now)
        return _Drafted(position, visit, part, candidate, lines, settled_at, all_taken)

    async def _prepared(self, drafted: Sequence[_Drafted]) -> list[Prepared]:
        """Examine settlements: all at once, or each in its own trace while traces are recorded."""
        if recording():
            return [await self._book.prepared(one.visit, one.part, one.candidate) for one in drafted]
        return [await self._book.accept.prepare([one.candidate for one in drafted])] if drafted else []

    def _complete(self, work: Work, one: _Drafted) -> CompleteSettlement:
        state = "settled" if one.all_taken else "open"
        expires_at = None if one.all_taken else self._book.expiry(one.visit.kind, work.now)
        return CompleteSettlement(one.visit.visit_ref, one.part, one.lines, state, expires_at)


def _sound(drafted: Sequence[_Drafted], chunks: Sequence[Prepared]) -> list[tuple[_Drafted, Prepared, int]]:
    """Return the settlements that can be stored, each with its chunk and its place there; others are not counted."""
    places = [(chunk, index) for chunk in chunks for index in range(len(chunk.answers))]
    sound = []
    for one, (chunk, index) in zip(drafted, places, strict=True):
        if chunk.answers[index] is None:
            sound.append((one, chunk, index))
        chunk.answers[index] = None
    return sound


def _visit_key(one: BroughtSettlement) -> VisitKey:
    return one.message.institution_code, one.sent.visit_id


def _number_of(one: BroughtParts) -> NumberKey | None:
    if one.in_house_number is None:
        return None
    return one.message.institution_code, one.kind, one.in_house_number


def _weight(one: BroughtParts) -> int:
    return 1 + sum(max(1, len(part.serials)) for part in one.new) // LINES_OF_ONE


def _keys_of_parts(one: BroughtParts) -> Collection[str]:
    keys = [f"{one.message.institution_code} {one.visit_id}"]
    if one.in_house_number is not None:
        keys.append(f"{one.message.institution_code} {one.kind} {one.in_house_number}")
    return keys


def _keys_of_settlement(one: BroughtSettlement) -> Collection[str]:
    return (f"{one.message.institution_code} {one.sent.visit_id}",)
