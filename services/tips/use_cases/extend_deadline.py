"""Give a verification more time."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from services.kit.clock import Clock
from services.kit.db import Database
from services.tips.domain.tip import Tip, extend
from services.tips.storage import tips
from services.tips.use_cases.errors import as_conflict
from services.tips.use_cases.handling import locked_tip, log_step


class ExtendDeadline:
    """Extends the time to verify by fifteen working days, once per tip; again changes nothing."""

    def __init__(self, database: Database, clock: Clock, is_working_day: Callable[[date], bool]) -> None:
        self._database = database
        self._clock = clock
        self._is_working_day = is_working_day

    async def __call__(self, tip_id: UUID, *, by: str) -> Tip:
        """Return the tip with its new last day; raises NotFound, and Conflict where it is not being verified."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            tip = await locked_tip(session, tip_id)
            with as_conflict():
                extended = extend(tip, by=by, now=now, is_working_day=self._is_working_day)
            if extended is not tip:
                await tips.update_tip(session, extended)
                await log_step(session, tip, "extended", by=by, now=now, details={"due_on": str(extended.due_on)})
        return extended
