"""Publish statistics of periods that have closed, once each, and show what is published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from services.kit.clock import Clock, business_date
from services.kit.db import Database
from services.kit.errors import NotFound
from services.tips.domain.statistics import deductible, next_period, publication
from services.tips.storage import statistics


@dataclass(frozen=True, slots=True)
class Publishing:
    """How statistics are published."""

    period: Literal["month", "quarter"]
    delay: timedelta
    """After the end of a period, so that what was entered late counts."""
    smallest: int
    rounding: int


class PublishStatistics:
    """Publishes every closed period that is missing, each in a transaction of its own; nothing is changed later."""

    def __init__(self, database: Database, clock: Clock, publishing: Publishing) -> None:
        self._database = database
        self._clock = clock
        self._publishing = publishing

    async def __call__(self) -> int:
        """Return how many periods were published."""
        count = 0
        while await self._next():
            count += 1
        return count

    async def _next(self) -> bool:
        now = self._clock.now()
        how = self._publishing
        async with self._database.transaction() as session:
            last = await statistics.last_day(session)
            since = await statistics.first_day(session)
            if since is None:
                return False
            period = next_period(last, since, {"month": 1, "quarter": 3}[how.period])
            if business_date(now) <= period.last + how.delay:
                return False
            counted = await statistics.count(session, period)
            document = publication(counted, period, smallest=how.smallest, rounding=how.rounding)
            await statistics.store(session, period, document, now=now)
            await statistics.note_deducted(session, deductible(counted, how.smallest), period)
        return True


class ShowStatistics:
    """Shows what is published; it counts nothing, so that no answer differs from the one of before."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self) -> Sequence[Mapping[str, Any]]:
        """Return all publications, the latest period first."""
        async with self._database.reading() as session:
            return await statistics.published(session)

    async def of(self, label: str) -> Mapping[str, Any]:
        """Return the publication of a period such as ``2026-Q1``; raises NotFound."""
        found = next((each for each in await self() if each["period"] == label), None)
        if found is None:
            raise NotFound("period_unknown", zh="该时段尚未公布。", en="This period is not published.")
        return found
