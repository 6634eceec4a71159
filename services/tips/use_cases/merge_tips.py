"""Merge tips of one matter, and separate them again."""

from dataclasses import replace
from uuid import UUID

from services.kit import outbox
from services.kit.clock import Clock, business_date
from services.kit.db import Database
from services.kit.telemetry import current_traceparent, span
from services.tips import events, telemetry
from services.tips.domain.due import DeadlineKind
from services.tips.domain.matter import earlier, merge, separate
from services.tips.domain.tip import Status, Tip
from services.tips.storage import deadlines, matters, tips
from services.tips.use_cases.errors import as_conflict, no_such_tip
from services.tips.use_cases.handling import log_step


class MergeTips:
    """Lets the later of two tips follow the earlier; every reporter keeps receipt, conversation and notices."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def merge(self, tip_id: UUID, other_id: UUID, *, by: str) -> Tip:
        """Return the leading tip, which is the one that arrived first; raises NotFound, and Conflict."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            locked = await matters.lock_all(session, [tip_id, other_id])
            if not {tip_id, other_id} <= locked.keys():
                raise no_such_tip()
            arrival = await matters.arrival(session, [tip_id, other_id])
            lead, later = (locked[found] for found in earlier(tip_id, other_id, arrival))
            with as_conflict():
                moved = [merge(later, lead)]
            if moved[0] is later:
                return lead
            # What follows the later one follows the lead from now on: nobody follows a follower.
            followers = [tip for tip in locked.values() if tip.merged_into == later.id]
            with as_conflict():
                moved += [merge(separate(tip, later), lead) for tip in followers]
            for tip in moved:
                await tips.update_tip(session, tip)
            ids = [tip.id for tip in moved]
            await deadlines.meet(session, ids, DeadlineKind.VERIFY, business_date(now))
            await deadlines.meet(session, ids, DeadlineKind.JURISDICTION, business_date(now))
            for tip in moved:
                await log_step(session, tip, "merged", by=by, now=now, details={"lead": str(lead.id)})
        return lead

    async def separate(self, tip_id: UUID, *, by: str) -> Tip:
        """Let a tip go its own way again; raises NotFound, and Conflict once the lead is decided."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            found = await tips.find_tip(session, tip_id)
            if found is None:
                raise no_such_tip()
            if found.merged_into is None:
                return found
            locked = await matters.lock_all(session, [tip_id, found.merged_into])
            tip, lead = locked[tip_id], locked[found.merged_into]
            with as_conflict():
                alone = separate(tip, lead)
            if alone is tip:
                return tip
            if alone.open and alone.due_on is not None:
                await deadlines.set_deadline(session, tip_id, DeadlineKind.VERIFY, alone.due_on)
            details = {"lead": str(lead.id)}
            if alone.status is not Status.ACCEPTED or alone.traceparent is not None:
                await tips.update_tip(session, alone)
                await log_step(session, alone, "separated", by=by, now=now, details=details)
                return alone
            # It was accepted while it followed, so others hear of it only now.
            with span(telemetry.SPAN_ACCEPT):
                alone = replace(alone, traceparent=current_traceparent())
                await tips.update_tip(session, alone)
                await log_step(session, alone, "separated", by=by, now=now, details=details)
                await outbox.add(session, [outbox.outgoing(events.accepted(alone), now=now)])
        return alone
