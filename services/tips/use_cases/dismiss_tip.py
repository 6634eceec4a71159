"""State that a verification did not bear a tip out."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from services.kit.clock import Clock
from services.kit.db import Database
from services.tips.domain.tip import Status, Tip, decide
from services.tips.use_cases.errors import as_conflict
from services.tips.use_cases.handling import locked_matter, log_step, note_decision, store_matter


class DismissTip:
    """Decides that a tip is unsubstantiated; again changes nothing."""

    def __init__(self, database: Database, clock: Clock, is_working_day: Callable[[date], bool]) -> None:
        self._database = database
        self._clock = clock
        self._is_working_day = is_working_day

    async def __call__(self, tip_id: UUID, *, by: str) -> Tip:
        """Return the decided tip; raises NotFound, and Conflict where it was decided otherwise."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            tip, followers = await locked_matter(session, tip_id)
            with as_conflict():
                decided = decide(tip, Status.UNSUBSTANTIATED, by=by, now=now)
            if decided is not tip:
                matter = await store_matter(session, decided, followers)
                await note_decision(session, matter, now=now, is_working_day=self._is_working_day)
                await log_step(session, tip, "unsubstantiated", by=by, now=now)
        return decided
