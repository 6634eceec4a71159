"""Look through the checks of social supervisors: remind of what is due soon, mark what is overdue."""

from collections.abc import Callable
from datetime import date

from services.kit.clock import Clock, business_date
from services.kit.db import Database
from services.tips import telemetry
from services.tips.domain.due import soon_until
from services.tips.storage import supervisor_checks


class SweepChecks:
    """Marks each check once as near and once as overdue; run again on the same day it changes nothing."""

    def __init__(self, database: Database, clock: Clock, is_working_day: Callable[[date], bool]) -> None:
        self._database = database
        self._clock = clock
        self._is_working_day = is_working_day

    async def __call__(self) -> int:
        """Mark and count what came near or passed; return how many."""
        today = business_date(self._clock.now())
        async with self._database.transaction() as session:
            near = await supervisor_checks.come_near(
                session, today=today, until=soon_until(today, self._is_working_day)
            )
            passed = await supervisor_checks.pass_by(session, today=today)
        for state, number in (("soon", near), ("overdue", passed)):
            if number:
                telemetry.DEADLINES.add(number, {"deadline": "supervisor_check", "state": state})
        return near + passed
