"""Ask for more time to verify, and grant it."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from services.kit.clock import Clock, business_date
from services.kit.db import Database
from services.tips.domain.due import DeadlineKind
from services.tips.domain.tip import Tip, ask_extension, extend
from services.tips.storage import deadlines, tips
from services.tips.use_cases.errors import as_conflict
from services.tips.use_cases.handling import locked_matter, locked_tip, log_step, store_matter


class AskExtension:
    """Asks for fifteen more working days; again changes nothing."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, tip_id: UUID, *, by: str) -> Tip:
        """Return the tip; raises NotFound, and Conflict where it is too late or it is not being verified."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            tip = await locked_tip(session, tip_id)
            with as_conflict():
                asked = ask_extension(tip, by=by, now=now, today=business_date(now))
            if asked is not tip:
                await tips.update_tip(session, asked)
                await log_step(session, tip, "extension_asked", by=by, now=now)
        return asked


class ExtendDeadline:
    """Grants the extension that somebody else asked for, once per tip; again changes nothing."""

    def __init__(self, database: Database, clock: Clock, is_working_day: Callable[[date], bool]) -> None:
        self._database = database
        self._clock = clock
        self._is_working_day = is_working_day

    async def __call__(self, tip_id: UUID, *, by: str) -> Tip:
        """Return the tip with its new last day; raises NotFound, and Conflict where nobody else asked for it."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            tip, followers = await locked_matter(session, tip_id)
            with as_conflict():
                extended = extend(tip, by=by, now=now, is_working_day=self._is_working_day)
            if extended is not tip and extended.due_on is not None:
                await store_matter(session, extended, followers)
                await deadlines.set_deadline(session, tip_id, DeadlineKind.VERIFY, extended.due_on)
                await log_step(session, tip, "extended", by=by, now=now, details={"due_on": str(extended.due_on)})
        return extended
