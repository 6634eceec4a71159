"""The book of visits: opens and locks them, puts settlements together from their parts, publishes each exactly once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.intake import telemetry
from services.intake.domain.fsi.assembly import AssembledSettlement, VisitParts, assemble
from services.intake.domain.fsi.refusal import refused
from services.intake.domain.fsi.visit_parts import VisitKind
from services.intake.domain.problem import Problem
from services.intake.storage import visits
from services.intake.storage.visits import StoredPart, StoredVisit
from services.intake.use_cases.accept_settlements import AcceptSettlements, Answer, Candidate, Prepared
from services.intake.use_cases.visits import kept_lines, kept_parts
from services.intake.use_cases.visits.visit_message import VisitMessage
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.ids import new_id
from services.kit.pseudonym import pseudonym
from services.kit.sealing import Sealer
from services.kit.telemetry import span

WAITING = frozenset({"waiting", "expired"})
"""States of a visit in which a settlement still becomes complete when what it misses comes."""


@dataclass(frozen=True, slots=True)
class SettlementStanding:
    """Where one settlement of a visit stands after a message."""

    status: Literal["complete", "waiting", "refused"]
    settlement_ref: UUID | None = None
    missing: Sequence[str] = ()
    problems: Sequence[Problem] = ()
    """Why it cannot be accepted as it is; pointers into the nodes of the interface."""
    doubts: Sequence[Problem] = ()
    verdict: str | None = None
    """What screening concluded since; None until it has."""
    finding_count: int | None = None


class Assembled(NamedTuple):
    """An attempt to put a settlement together."""

    prepared: Prepared | None
    """None while something indispensable is missing."""
    serials: Sequence[str] = ()
    """Of the lines it takes."""
    missing: Sequence[str] = ()


@dataclass(slots=True)
class Work:
    """One transaction on visits, and what is to be counted once it has been committed."""

    session: AsyncSession
    now: datetime
    published: list[Prepared] = field(default_factory=list)


class VisitBook:
    """Shared by every use case on visits; one per process."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        accept: AcceptSettlements,
        sealer: Sealer,
        *,
        pseudonym_key: bytes,
        visit_time: timedelta,
        stay_time: timedelta,
    ) -> None:
        self._database = database
        self._clock = clock
        self.accept = accept
        self.sealer = sealer
        self._pseudonym_key = pseudonym_key
        self._time = {"outpatient": visit_time, "inpatient": stay_time}
        # Acceptance may ask the registry over a connection of its own while ours is open: half of the pool stays free.
        self._room = asyncio.Semaphore(max(1, database.pool_size // 2))

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Work]:
        """Open a transaction on visits."""
        async with self._room:
            committed = False
            published: list[Prepared] = []
            try:
                async with self._database.transaction() as session:
                    yield Work(session, self._clock.now(), published)
                committed = True
            finally:
                for prepared in published:
                    self.accept.ended(prepared, committed=committed)

    def insured_ref(self, person: str) -> str:
        """Return the pseudonym of an insured person's number."""
        return pseudonym(person, self._pseudonym_key)

    async def open(
        self,
        work: Work,
        message: VisitMessage,
        visit_id: str,
        *,
        kind: VisitKind,
        person: str,
        at: str,
        in_house_number: str | None = None,
    ) -> StoredVisit:
        """Lock a visit, opening it where it is new; raises Refused for another person's, or one that was cancelled.

        ``at`` is the pointer of the node that names the visit.
        """
        visit = await visits.open_locked(
            work.session,
            visit_ref=new_id(),
            institution_code=message.institution_code,
            visit_id=visit_id,
            kind=kind,
            in_house_number=in_house_number,
            insured_ref=self.insured_ref(person),
            now=work.now,
            expires_at=self.expiry(kind, work.now),
        )
        self.require(visit, kind=kind, person=person, at=at)
        await kept_lines.unfold(work.session, visit, self.sealer)
        return visit

    async def find(
        self,
        work: Work,
        institution_code: str,
        visit_id: str,
        *,
        kind: VisitKind,
        person: str,
        at: str,
        only_look: bool = False,
    ) -> StoredVisit:
        """Lock a visit that is there; raises Refused where it is not, or is another person's."""
        visit = await visits.find_locked(work.session, institution_code, visit_id)
        if visit is None:
            raise refused(f"{at}/mdtrt_id", "visit_unknown")
        self.require(visit, kind=kind, person=person, at=at, cancelled_too=True)
        if not only_look:
            await kept_lines.unfold(work.session, visit, self.sealer)
        return visit

    def require(
        self, visit: StoredVisit, *, kind: VisitKind, person: str, at: str, cancelled_too: bool = False
    ) -> None:
        """Raise Refused unless the visit is this person's, of this kind, and was not cancelled."""
        if visit.insured_ref != self.insured_ref(person):
            raise refused(f"{at}/psn_no", "person_differs")
        if visit.kind != kind:
            raise refused(f"{at}/mdtrt_id", "visit_kind")
        if visit.state == "cancelled" and not cancelled_too:
            raise refused(f"{at}/mdtrt_id", "visit_cancelled")

    async def touch(self, work: Work, visit: StoredVisit) -> None:
        """Conclude a visit after a part came that is no settlement: nothing to do where no settlement waits."""
        if visit.state in WAITING:
            await self.conclude(work, visit)

    async def conclude(
        self,
        work: Work,
        visit: StoredVisit,
        *,
        lenient: bool = False,
        parts: Sequence[StoredPart] | None = None,
    ) -> dict[str, SettlementStanding]:
        """Try every settlement that waits, publish those that are whole, and write where the visit then stands.

        ``parts`` are those of the visit where the caller has read them already.
        """
        if parts is None:
            parts = await visits.parts(work.session, visit.visit_ref)
        settlements = [part for part in parts if part.kind == "settlement"]
        if any(part.state == "waiting" for part in settlements) and any(part.kind == "lines" for part in parts):
            # A settlement that waited takes its lines one by one.
            await kept_lines.unfold(work.session, visit, self.sealer)
            parts = await visits.parts(work.session, visit.visit_ref)
        standings: dict[str, SettlementStanding] = {}
        taken: set[str] = set()
        for part in settlements:
            if part.state == "waiting":
                standing, lines = await self._conclude_one(work, visit, parts, part, taken, lenient=lenient)
                standings[part.part_key] = standing
                taken |= lines
        complete = any(part.state == "complete" for part in settlements)
        complete = complete or any(one.status == "complete" for one in standings.values())
        waiting = [one for one in standings.values() if one.status != "complete"]
        unsettled = [part for part in parts if part.kind in kept_lines.LINE_KINDS and part.state == "free"]
        free = any(part.part_key not in taken for part in unsettled)
        if waiting:
            state = "waiting"
        elif complete and not free:
            state = "settled"
        else:
            state = "open"
        missing = [*dict.fromkeys(code for one in waiting for code in one.missing)]
        missing += [*dict.fromkeys(f"{one.pointer} {one.code}" for all_ in waiting for one in all_.problems)]
        await visits.save(
            work.session,
            visit.visit_ref,
            state=state,
            missing=missing,
            now=work.now,
            expires_at=None if state == "settled" else self.expiry(visit.kind, work.now),
        )
        return standings

    async def _conclude_one(
        self,
        work: Work,
        visit: StoredVisit,
        parts: Sequence[StoredPart],
        part: StoredPart,
        taken: set[str],
        *,
        lenient: bool,
    ) -> tuple[SettlementStanding, set[str]]:
        gathered = kept_parts.gather(visit, parts, part, taken, self.sealer)
        assembled = await self.assembled(visit, part, gathered, lenient=lenient)
        if assembled.prepared is None:
            return SettlementStanding("waiting", missing=assembled.missing), set()
        work.published.append(assembled.prepared)
        [answer] = await self.accept.store_within(work.session, assembled.prepared)
        serials = assembled.serials
        if answer.status not in {"created", "same"}:
            return SettlementStanding("refused", problems=kept_parts.told_of(answer, serials)), set()
        await visits.mark_settled(work.session, visit.visit_ref, part.part_key, serials)
        telemetry.VISITS.add(1, {"service": "intake", "outcome": "complete"})
        return complete(answer), set(serials)

    async def assembled(
        self, visit: StoredVisit, part: StoredPart, gathered: VisitParts, *, lenient: bool = False
    ) -> Assembled:
        """Put a settlement together and examine it; nothing is stored."""
        assembly = assemble(gathered, lenient=lenient)
        if assembly.settlement is None:
            return Assembled(None, missing=assembly.missing)
        prepared = await self.prepared(visit, part, candidate_of(part, assembly.settlement, assembly.doubts))
        return Assembled(prepared, [line.serial for line in assembly.settlement.lines])

    async def prepared(self, visit: StoredVisit, part: StoredPart, candidate: Candidate) -> Prepared:
        """Examine a settlement in the trace of its own message, whichever part it was that completed it."""
        with span(
            telemetry.ASSEMBLE_SPAN,
            parent=part.traceparent,
            attributes={"settlement.id": part.part_key, "institution.code": visit.institution_code},
        ):
            return await self.accept.prepare([candidate])

    def expiry(self, kind: str, now: datetime) -> datetime:
        """Return when a visit is given up that nothing more comes of."""
        return now + self._time[kind]


def candidate_of(part: StoredPart, settlement: AssembledSettlement, doubts: Sequence[Problem]) -> Candidate:
    """Return an assembled settlement as it is examined."""
    return Candidate(settlement, doubts=doubts, received_at=part.received_at, traceparent=part.traceparent)


def complete(answer: Answer) -> SettlementStanding:
    """Return the standing of a settlement that was accepted."""
    return SettlementStanding("complete", answer.settlement_ref, doubts=answer.doubts)
