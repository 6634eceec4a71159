"""Keep pre-checks, reminders and answers one by one for so many days, and as numbers by day from then on."""

from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta

from services.kit.clock import BUSINESS_ZONE, Clock, business_date
from services.kit.db import Database
from services.screening.storage import reminder_days

BATCH = 5_000
"""Rows of one kind in one transaction."""

MOST_BATCHES = 200
"""Batches of one kind in a turn; the next turn goes on."""

Fold = Callable[..., Awaitable[int]]


class ForgetReminders:
    """Works in batches, so that a pre-check never waits for it; several processes may do it at once."""

    def __init__(self, database: Database, clock: Clock, *, kept_days: int, batch: int = BATCH) -> None:
        self._database = database
        self._clock = clock
        self._kept_days = kept_days
        self._batch = batch

    async def __call__(self) -> int:
        """Count and delete what is due and return how many rows that were.

        Whole business days go: what was given today minus the days kept stays, what was given the day before goes.
        """
        first_kept = business_date(self._clock.now()) - timedelta(days=self._kept_days)
        before = datetime.combine(first_kept, time.min, BUSINESS_ZONE)
        folds: tuple[Fold, ...] = (
            reminder_days.fold_prechecks,
            reminder_days.fold_reminders,
            # Answers that came for nobody, and those to reminders that went before them.
            reminder_days.forget_answers,
        )
        return sum([await self._fold(fold, before) for fold in folds])

    async def _fold(self, fold: Fold, before: datetime) -> int:
        total = 0
        for _ in range(MOST_BATCHES):
            async with self._database.transaction() as session:
                gone = await fold(session, before, limit=self._batch)
            total += gone
            if gone < self._batch:
                break
        return total
