"""State that a verification did not bear a tip out."""

from uuid import UUID

from services.kit.clock import Clock
from services.kit.db import Database
from services.tips.domain.tip import Status, Tip, decide
from services.tips.storage import tips
from services.tips.use_cases.errors import as_conflict
from services.tips.use_cases.handling import locked_tip, log_step


class DismissTip:
    """Decides that a tip is unsubstantiated; again changes nothing."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, tip_id: UUID, *, by: str) -> Tip:
        """Return the decided tip; raises NotFound, and Conflict where it was decided otherwise."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            tip = await locked_tip(session, tip_id)
            with as_conflict():
                decided = decide(tip, Status.UNSUBSTANTIATED, by=by, now=now)
            if decided is not tip:
                await tips.update_tip(session, decided)
                await log_step(session, tip, "unsubstantiated", by=by, now=now)
        return decided
