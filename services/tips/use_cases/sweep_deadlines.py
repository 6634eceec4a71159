"""Look through the deadlines: remind of what is due soon, take what is overdue to a supervisor."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.kit.clock import Clock, business_date
from services.kit.db import Database
from services.tips import telemetry
from services.tips.domain.due import soon_until
from services.tips.storage import deadlines
from services.tips.use_cases.handling import locked_tip, log_step


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep found."""

    reminded: int
    escalated: int


class SweepDeadlines:
    """Reminds and escalates, each deadline once; run again on the same day it changes nothing."""

    def __init__(self, database: Database, clock: Clock, is_working_day: Callable[[date], bool]) -> None:
        self._database = database
        self._clock = clock
        self._is_working_day = is_working_day

    async def __call__(self) -> Swept:
        """Mark, log and count what came near or passed."""
        now = self._clock.now()
        today = business_date(now)
        async with self._database.transaction() as session:
            near = await deadlines.come_near(session, today=today, until=soon_until(today, self._is_working_day))
            passed = await deadlines.pass_by(session, today=today)
            for action, found in (("reminded", near), ("escalated", passed)):
                for deadline in found:
                    tip = await locked_tip(session, deadline.tip_id)
                    details = {"deadline": deadline.kind.value, "due_on": str(deadline.due_on)}
                    await log_step(session, tip, action, by="deadline-sweep", now=now, details=details)
        for deadline in near:
            telemetry.DEADLINES.add(1, {"deadline": deadline.kind.value, "state": "soon"})
        for deadline in passed:
            telemetry.DEADLINES.add(1, {"deadline": deadline.kind.value, "state": "overdue"})
        return Swept(len(near), len(passed))


class TakeNote:
    """Notes that a supervisor has seen what was escalated."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, tip_id: UUID, *, by: str) -> None:
        """Raise NotFound for an unknown tip; again it changes nothing."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            tip = await locked_tip(session, tip_id)
            if await deadlines.take_note(session, tip_id, by):
                await log_step(session, tip, "escalation_noted", by=by, now=now)
