"""Forget what nothing can ask for any more: old history, and findings that were held and that nobody wanted."""

from datetime import timedelta

from services.kit.clock import Clock
from services.kit.db import Database, driver
from services.screening.storage import history_fills
from services.screening.use_cases.current_plan import CurrentPlan

BATCH = 10_000
"""Rows deleted in one transaction."""

MOST_BATCHES = 100
"""Batches of one kind in a turn; the next turn goes on."""


class ForgetHistory:
    """Deletes in batches, so that live screening never waits for it."""

    def __init__(
        self, database: Database, clock: Clock, current_plan: CurrentPlan, *, late_days: int, held_days: int
    ) -> None:
        self._database = database
        self._clock = clock
        self._current_plan = current_plan
        self._late = timedelta(days=late_days)
        self._held = timedelta(days=held_days)

    async def __call__(self) -> int:
        """Delete what is due and return how many rows that were.

        History goes when it is older than the longest look-back and no late claim can need it; what no rulebook that
        judges asks for goes as soon as it is older than the look-back. Nothing goes while history is being filled.
        """
        async with self._database.reading() as session:
            if await history_fills.under_way(session):
                return 0
            memory = (await self._current_plan.judging(session)).memory
        now = self._clock.now()
        unasked = now - timedelta(days=memory.remembered_days + 1)
        unasked_visits = now - timedelta(days=memory.visit_days + 1)
        asked = frozenset().union(*memory.asks.values())
        total = 0
        for _ in range(MOST_BATCHES):
            async with self._database.transaction() as session:
                connection = await driver(session)
                gone = await history_fills.forget_lines(connection, unasked - self._late, limit=BATCH)
                gone += await history_fills.forget_unasked_lines(connection, unasked, asked, limit=BATCH)
                gone += await history_fills.forget_visits(
                    connection, unasked_visits - self._late, unasked_visits, memory.visit_settings, limit=BATCH
                )
                gone += await history_fills.forget_held(connection, now - self._held, limit=BATCH)
            total += gone
            if not gone:
                break
        return total
