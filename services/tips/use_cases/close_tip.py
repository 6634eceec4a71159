"""End the handling of a tip."""

from uuid import UUID

from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.telemetry import span
from services.tips import events, telemetry
from services.tips.domain.tip import Tip, close
from services.tips.use_cases.errors import as_conflict
from services.tips.use_cases.handling import locked_matter, log_step, store_matter


class CloseTip:
    """Closes a decided tip with a second pair of eyes; again changes nothing."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, tip_id: UUID, *, by: str) -> Tip:
        """Return the closed tip; raises NotFound, and Conflict for who decided it or where nothing is decided."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            tip, followers = await locked_matter(session, tip_id)
            with as_conflict():
                closed = close(tip, by=by, now=now)
            if closed is tip:
                return tip
            with span(telemetry.SPAN_CLOSE, parent=tip.traceparent):
                matter = await store_matter(session, closed, followers)
                await log_step(session, tip, "closed", by=by, now=now, details={"outcome": closed.outcome})
                # Of those that follow, others have heard only where they were accepted before they were merged.
                known = [each for each in matter if each.id == closed.id or each.traceparent is not None]
                facts = [fact for each in known if (fact := events.closed(each)) is not None]
                await outbox.add(session, [outbox.outgoing(fact, now=now) for fact in facts])
        return closed
