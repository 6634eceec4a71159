"""Take back what was drawn from findings that fell: score, points and measures, once each, by counter-entries."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.contracts import Fact
from services.contracts.screening import FindingOverturned, FindingWithdrawn
from services.credit.domain.ledger import PointsEntry, standing_entries, without_ground
from services.credit.domain.policy import PolicyBook
from services.credit.domain.score import ScoreCause
from services.credit.storage import findings, points, register, scores
from services.credit.storage.findings import EndedFinding
from services.credit.telemetry import SPAN_SCORE_RECORD, score_entries
from services.credit.use_cases.counter_points import Cause, counter_points
from services.credit.use_cases.refresh_ratings import Cause as RatingCause
from services.credit.use_cases.refresh_ratings import RefreshRatings
from services.credit.use_cases.restate_ratings import restate_ratings
from services.kit import inbox, outbox
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.ids import new_id
from services.kit.inbox import Event
from services.kit.outbox import OutgoingEvent, outgoing
from services.kit.telemetry import span

F = TypeVar("F", bound=Fact)


class TakeBackFindings:
    """Undoes consequences; an end that comes before its confirmation leaves a tombstone and nothing to undo."""

    def __init__(self, database: Database, book: PolicyBook, clock: Clock) -> None:
        self._database = database
        self._book = book
        self._clock = clock

    async def overturned(self, events: Sequence[Event[FindingOverturned]]) -> None:
        """Handle confirmed findings that were set aside."""
        async with self._database.transaction() as session:
            claimed = await inbox.claim(session, events)
            ended = [
                (_ended(event.data, event.data.overturned_at, ScoreCause.FINDING_OVERTURNED), event.traceparent)
                for event in claimed
            ]
            await self._take_back(session, ended)

    async def withdrawn(self, events: Sequence[Event[FindingWithdrawn]]) -> None:
        """Handle findings whose settlement was reversed."""
        async with self._database.transaction() as session:
            claimed = await inbox.claim(session, events)
            ended = [
                (_ended(event.data, event.data.withdrawn_at, ScoreCause.FINDING_WITHDRAWN), event.traceparent)
                for event in claimed
            ]
            await self._take_back(session, ended)

    async def _take_back(self, session: AsyncSession, ended: Sequence[tuple[EndedFinding, str | None]]) -> None:
        fallen = await findings.add_ended(session, [finding for finding, _ in ended])
        if not fallen:
            return
        undoing = _Undoing(session, self._book, self._clock, fallen, {one.finding_id: trace for one, trace in ended})
        await undoing.scores()
        await undoing.points()
        await undoing.ratings()
        await outbox.add(session, undoing.events)


class _Undoing:
    """One transaction's undoing for findings that stood until now and whose rows are locked."""

    def __init__(
        self,
        session: AsyncSession,
        book: PolicyBook,
        clock: Clock,
        fallen: Sequence[EndedFinding],
        traces: dict[UUID, str | None],
    ) -> None:
        self._session = session
        self._book = book
        self._clock = clock
        self._fallen = {finding.finding_id: finding for finding in fallen}
        self._traces = traces
        self.events: list[OutgoingEvent] = []

    async def scores(self) -> None:
        """Counter the score entries of the findings and restate the ratings."""
        locked = await scores.lock(self._session, {finding.institution_code for finding in self._fallen.values()})
        originals = await scores.of_causes(self._session, ScoreCause.FINDING_CONFIRMED, self._fallen)
        now = self._clock.now()
        counters = [
            replace(
                originals[finding_id],
                entry_id=new_id(),
                delta_e2=-originals[finding_id].delta_e2,
                cause=ScoreCause(finding.ended_by),
                occurred_at=finding.ended_at,
                recorded_at=now,
                counters_entry_id=originals[finding_id].entry_id,
                traceparent=self._traces[finding_id],
            )
            for finding_id, finding in self._fallen.items()
        ]
        await scores.add(self._session, counters)
        for counter in counters:
            score_entries.add(1, {"cause": counter.cause.value})
        causes = {counter.institution_code: counter for counter in counters}
        for fact in await restate_ratings(self._session, locked, self._book, now=now):
            cause = causes[fact.institution_code]
            with span(
                SPAN_SCORE_RECORD,
                parent=cause.traceparent,
                attributes={"institution.code": fact.institution_code, "finding.id": str(cause.cause_id)},
            ):
                self.events.append(outgoing(fact, now=now))

    async def ratings(self) -> None:
        """Bring the yearly ratings in line, the final ones by a recorded correction."""
        codes = {finding.institution_code for finding in self._fallen.values()}
        cause = next(reversed(self._fallen.values()))
        refresh = RefreshRatings(self._book.ratings)
        await refresh(
            self._session,
            codes,
            None,
            RatingCause(cause.ended_by, self._clock.now(), traceparent=self._traces[cause.finding_id]),
        )

    async def points(self) -> None:
        """Counter the points whose whole ground is gone and restate the measures."""
        codes = await points.practitioners_of_findings(self._session, self._fallen)
        # Held until the commit: a decision about the same person waits, and then sees these counter-entries.
        await register.find_practitioners(self._session, codes, lock=True)
        ledgers = await points.of_practitioners(self._session, codes)
        named = {
            finding
            for ledger in ledgers.values()
            for entry in standing_entries(ledger)
            for finding in entry.finding_ids
        }
        fallen = await findings.fallen(self._session, named)
        now = self._clock.now()
        for code in sorted(codes):
            ledger = ledgers[code]
            gone = without_ground(ledger, fallen)
            self.events += await counter_points(self._session, ledger, gone, self._cause, self._book, now=now)

    def _cause(self, entry: PointsEntry) -> Cause:
        finding = next(finding for finding in reversed(self._fallen) if finding in entry.finding_ids)
        return Cause(finding, self._fallen[finding].ended_by, self._traces[finding])


def _ended(data: FindingOverturned | FindingWithdrawn, ended_at: datetime, cause: ScoreCause) -> EndedFinding:
    return EndedFinding(data.finding_id, data.institution_code, ended_at, cause.value)
