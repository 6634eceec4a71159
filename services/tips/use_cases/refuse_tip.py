"""Decide not to take a tip up."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from services.kit.clock import Clock
from services.kit.db import Database
from services.tips.domain.tip import RefusalReason, Tip, refuse
from services.tips.use_cases.errors import as_conflict
from services.tips.use_cases.handling import locked_matter, log_step, note_decision, store_matter


class RefuseTip:
    """Refuses a tip for a reason of the list; the same refusal again changes nothing."""

    def __init__(self, database: Database, clock: Clock, is_working_day: Callable[[date], bool]) -> None:
        self._database = database
        self._clock = clock
        self._is_working_day = is_working_day

    async def __call__(self, tip_id: UUID, reason: RefusalReason, *, by: str) -> Tip:
        """Return the refused tip; raises NotFound, and Conflict where it was decided otherwise."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            tip, followers = await locked_matter(session, tip_id)
            with as_conflict():
                refused = refuse(tip, reason, by=by, now=now)
            if refused is not tip:
                matter = await store_matter(session, refused, followers)
                await note_decision(session, matter, now=now, is_working_day=self._is_working_day)
                await log_step(session, tip, "refused", by=by, now=now, details={"reason": reason})
        return refused
