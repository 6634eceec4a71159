"""The plan of the active rulebook for callers that cannot wait for the database: asked for once a second at most."""

import time
from collections.abc import Callable

from services.kit.db import Database
from services.screening.domain.plan import Plan
from services.screening.use_cases.current_plan import CurrentPlan

FRESH_SECONDS = 1.0
"""For so long at most pre-checks go on with a rulebook that another has replaced."""


class RecentPlan:
    """One per process."""

    def __init__(
        self, database: Database, current: CurrentPlan, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._current = current
        self._monotonic = monotonic
        self._known: tuple[Plan, float] | None = None

    async def __call__(self) -> Plan:
        """Return the plan; raises TransientError while no rulebook is active."""
        now = self._monotonic()
        if self._known is not None and now < self._known[1]:
            return self._known[0]
        async with self._database.reading() as session:
            plan = await self._current(session)
        self._known = (plan, now + FRESH_SECONDS)
        return plan
