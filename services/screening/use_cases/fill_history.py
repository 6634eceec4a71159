"""Fill history for a rulebook that asks for what nobody remembered: kept claims stream by once more."""

import time
from dataclasses import replace
from datetime import datetime, timedelta

from services.kit.clock import Clock
from services.kit.db import Database, driver
from services.screening.domain.history import remember
from services.screening.domain.plan import Plan
from services.screening.storage import claims, history_fills, rulebooks
from services.screening.storage.history_fills import StoredFill
from services.screening.use_cases.current_plan import CurrentPlan

CHUNK = 500
"""Claims remembered in one transaction."""

LEASE = timedelta(minutes=2)

_INSTANT = timedelta(microseconds=1)


class FillHistory:
    """Takes up one fill at a time and works on it for a while; what is remembered already stays as it is.

    It begins when every worker remembers for the new rulebook, so that no claim falls between the two. A reversal and
    the fill lock the same row, so nothing of a reversed settlement is remembered.
    """

    def __init__(self, database: Database, clock: Clock, current_plan: CurrentPlan, *, seconds: float = 5.0) -> None:
        self._database = database
        self._clock = clock
        self._current_plan = current_plan
        self._seconds = seconds

    async def __call__(self) -> None:
        """Work on the oldest fill that is due and that nobody is at."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            fill = await history_fills.take(session, now=now, until=now + LEASE)
        if fill is None:
            return
        plan = await self._plan_of(fill.version)
        if plan is None:
            # Neither active nor in the shadow any more: nobody asks.
            fill = replace(fill, finished_at=now)
        elif fill.since is None or fill.done_until is None:
            since = now - timedelta(days=max(plan.remembered_days, plan.visit_days) + 1)
            fill = replace(fill, since=since, done_until=since - _INSTANT)
        started = time.monotonic()
        while plan is not None and fill.finished_at is None:
            fill = await self._step(fill, plan)
            if time.monotonic() - started >= self._seconds:
                break
        async with self._database.transaction() as session:
            await history_fills.save(session, fill, leased_until=None)

    async def _plan_of(self, version: str) -> Plan | None:
        async with self._database.reading() as session:
            standing = await rulebooks.standing(session)
            if version not in {one.version for one in standing if one is not None}:
                return None
            judging = await self._current_plan.judging(session)
        return next((one for one in (judging.plan, judging.shadow) if one is not None and one.version == version), None)

    async def _step(self, fill: StoredFill, plan: Plan) -> StoredFill:
        assert fill.done_until is not None  # noqa: S101 - set before the first step
        until: datetime = fill.until or self._clock.now()
        async with self._database.transaction() as session:
            connection = await driver(session)
            chunk = await claims.after(connection, fill.done_until, until, limit=CHUNK)
            standing = await history_fills.lock_standing(connection, [claim.settlement_ref for claim in chunk])
            # Read once more, now that they cannot change: part of one may have been taken back meanwhile.
            left = [remember(plan, claim) for claim in await claims.of_settlements(connection, standing)]
            await history_fills.remember(
                connection,
                [line for one in left for line in one.lines],
                [visit for one in left for visit in one.visits],
            )
            fill = replace(
                fill,
                done_until=chunk[-1].settled_at if chunk else until,
                claims=fill.claims + len(chunk),
                finished_at=None if chunk else self._clock.now(),
            )
            going = await history_fills.save(session, fill, leased_until=self._clock.now() + LEASE)
        return fill if going else replace(fill, finished_at=self._clock.now())
