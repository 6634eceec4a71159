"""Decide not to take a tip up."""

from uuid import UUID

from services.kit.clock import Clock
from services.kit.db import Database
from services.tips.domain.tip import RefusalReason, Tip, refuse
from services.tips.storage import tips
from services.tips.use_cases.errors import as_conflict
from services.tips.use_cases.handling import locked_tip, log_step


class RefuseTip:
    """Refuses a tip for a reason of the list; the same refusal again changes nothing."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, tip_id: UUID, reason: RefusalReason, *, by: str) -> Tip:
        """Return the refused tip; raises NotFound, and Conflict where it was decided otherwise."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            tip = await locked_tip(session, tip_id)
            with as_conflict():
                refused = refuse(tip, reason, by=by, now=now)
            if refused is not tip:
                await tips.update_tip(session, refused)
                await log_step(session, tip, "refused", by=by, now=now, details={"reason": reason})
        return refused
