"""Run back-tests in the background: past claims stream by, both rulebooks judge them, the tally is kept as it grows."""

import asyncio
import time
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from services.kit.clock import Clock
from services.kit.db import Database, driver
from services.screening.domain.backtest import Tally
from services.screening.domain.engine import screen
from services.screening.domain.history import needs
from services.screening.domain.plan import Plan, compile_plan
from services.screening.domain.rulebook import parse_rulebook
from services.screening.domain.unremembered import Unremembered
from services.screening.expressions import parse_expression
from services.screening.storage import backtests, claims, history, history_fills, rulebooks, traceability
from services.screening.storage.backtests import StoredBacktest

CHUNK = 500
"""Claims judged between two looks at the database; live screening gets its turn after every chunk."""

LEASE = timedelta(minutes=2)
"""After this another worker takes up what one left, killed for instance."""

_log = structlog.get_logger("services.screening.backtests")


class RunBacktests:
    """Takes up one back-test at a time and works on it for a while."""

    def __init__(self, database: Database, clock: Clock, *, seconds: float = 5.0, share: float = 0.5) -> None:
        self._database = database
        self._clock = clock
        self._seconds = seconds
        self._share = share
        """Part of the time that is worked; the rest is left to live screening."""
        self._trial: _Trial | None = None

    async def __call__(self) -> None:
        """Work on the oldest back-test that nobody is at, at most for the time of a turn."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            # History that is being filled is neither there nor missing: a trial would count by chance.
            if await history_fills.under_way(session):
                return
            job = await backtests.take(session, now=now, until=now + LEASE)
        if job is None:
            return
        try:
            await self._work(job)
        except Exception as error:  # noqa: BLE001 - one back-test must not stop the next
            self._trial = None
            _log.warning("backtest_failed", backtest=str(job.id), error=type(error).__qualname__)
            async with self._database.transaction() as session:
                await backtests.end(session, job.id, "failed", now=self._clock.now(), problem=type(error).__qualname__)

    async def _work(self, job: StoredBacktest) -> None:
        trial = await self._resumed(job)
        started = time.monotonic()
        while True:
            began = time.monotonic()
            if not await self._step(trial):
                self._trial = None
                return
            now = time.monotonic()
            if now - started >= self._seconds:
                break
            await asyncio.sleep((now - began) * (1 / self._share - 1))
        async with self._database.transaction() as session:
            await backtests.release(session, job.id)

    async def _resumed(self, job: StoredBacktest) -> "_Trial":
        """Go on where this process left off, or where the stored tally ends."""
        kept = self._trial
        if kept is not None and kept.id == job.id and (job.done_until is None or kept.done_until >= job.done_until):
            return kept
        async with self._database.reading() as session:
            tried = await rulebooks.content(session, job.version)
            other = await rulebooks.content(session, job.against)
            active = await rulebooks.active_version(session)
            judging = await rulebooks.content(session, active) if active is not None else other
            in_period = await claims.count(await driver(session), job.period_from, job.period_until)
        plan, against, judged = [await asyncio.to_thread(_compile, document) for document in (tried, other, judging)]
        trial = _Trial(job, plan, against, judged, in_period)
        await self._warm_up(trial)
        self._trial = trial
        return trial

    async def _warm_up(self, trial: "_Trial") -> None:
        """Let the days before the period stream by, for what the database does not remember of them."""
        while True:
            async with self._database.reading() as session:
                chunk = await claims.after(await driver(session), trial.done_until, trial.since, limit=CHUNK)
            if not chunk:
                break
            trial.missing.add(chunk)
            trial.done_until = chunk[-1].settled_at
            async with self._database.transaction() as session:
                await backtests.renew(session, trial.id, until=self._clock.now() + LEASE)
        trial.done_until = trial.since - _INSTANT

    async def _step(self, trial: "_Trial") -> bool:
        """Judge a chunk and store the tally; False when the back-test is over."""
        async with self._database.reading() as session:
            connection = await driver(session)
            chunk = await claims.after(connection, trial.done_until, trial.until, limit=CHUNK)
            asked = trial.asks(chunk)
            past = await history.read(
                connection, asked, sales=await traceability.read(connection, asked.traceability_codes)
            )
            past.forget_visits(trial.missing.visit_settings)
        trial.missing.add(chunk)
        known = trial.missing.history.lend_to(past)
        for claim in chunk:
            found, against = (screen(plan, claim, known) for plan in (trial.tried, trial.against))
            trial.tally.failures += len(found.failures) + len(against.failures)
            trial.tally.add(
                claim.settlement_id, claim.institution.code, len(claim.lines), found.findings, against.findings
            )
        if chunk:
            trial.done_until = chunk[-1].settled_at
            trial.missing.forget_before(trial.done_until - timedelta(days=trial.missing.days))
        now = self._clock.now()
        async with self._database.transaction() as session:
            going = await backtests.save_progress(
                session,
                trial.id,
                done_until=trial.done_until,
                claims_in_period=trial.in_period,
                tally=asdict(trial.tally),
                leased_until=now + LEASE,
            )
            if not chunk and going:
                await backtests.end(session, trial.id, "done", now=now)
        return going and bool(chunk)


_INSTANT = timedelta(microseconds=1)


class _Trial:
    """One back-test in hand."""

    def __init__(self, job: StoredBacktest, tried: Plan, against: Plan, judging: Plan, in_period: int) -> None:
        self.id: UUID = job.id
        self.tried = tried
        self.against = against
        self.in_period = in_period
        self.since: datetime = job.period_from if job.done_until is None else job.done_until + _INSTANT
        """Claims settled before this are already in the tally, or lie before the period."""
        self.until: datetime = job.period_until
        self.tally = Tally() if job.tally is None else Tally.of(job.tally)
        self.missing = Unremembered(tried, judging)
        self.done_until: datetime = self.since - _INSTANT - timedelta(days=self.missing.days)

    def asks(self, chunk: list[Any]) -> Any:
        """What has to be read from the database for both rulebooks."""
        return self.missing.without(needs(self.tried, chunk).joined(needs(self.against, chunk)))


def _compile(document: dict[str, Any]) -> Plan:
    return compile_plan(parse_rulebook(document), parse_expression)
