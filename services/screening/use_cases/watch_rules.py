"""Watch how often each rule strikes: one that leaves its band is paused by itself, and people are told."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta

import asyncpg
import structlog

from services.kit.clock import Clock, business_date
from services.kit.db import Database, driver
from services.screening import telemetry
from services.screening.domain.rails import Band, Gauge, out_of_band
from services.screening.storage import rule_rails
from services.screening.storage.rule_rails import ALL, DayCount

BASELINE_DAYS = 14
"""Business days before today that make the baseline."""

_BY = "system"

_log = structlog.get_logger("services.screening.rails")


class WatchRules:
    """One per process: adds up what a batch saw, in a transaction of its own after the batch's, and draws the line.

    A process that dies between the two loses the counts of one batch: a gauge, no evidence.
    """

    def __init__(self, database: Database, clock: Clock, band: Band) -> None:
        self._database = database
        self._clock = clock
        self._band = band
        self._baseline: tuple[date, Mapping[str, DayCount]] | None = None

    async def __call__(
        self, *, claims: int, found: Counter[str], suspicions: Counter[str], failures: Counter[str]
    ) -> None:
        """Take in a batch: findings by rule, held ones included, suspicions that were raised, and checks that broke.

        Never raises: screening does not depend on its gauges.
        """
        if not claims and not found and not failures:
            return
        try:
            await self._add(claims, found, suspicions, failures)
        except Exception as error:  # noqa: BLE001 - the batch stands, whatever became of its count
            _log.warning("rules_not_watched", error=type(error).__qualname__)

    async def _add(self, claims: int, found: Counter[str], suspicions: Counter[str], failures: Counter[str]) -> None:
        now = self._clock.now()
        today = business_date(now)
        codes = sorted(found.keys() | suspicions.keys() | failures.keys())
        counts = [DayCount(ALL, claims=claims)]
        counts += [
            DayCount(code, findings=found[code], suspicions=suspicions[code], failures=failures[code]) for code in codes
        ]
        async with self._database.transaction() as session:
            connection = await driver(session)
            baseline = await self._known_baseline(connection, today)
            so_far = {one.rule_code: one for one in await rule_rails.add(connection, today, counts)}
            for code in codes:
                gauge = Gauge(
                    so_far[code].findings,
                    so_far[code].failures,
                    so_far[ALL].claims,
                    baseline[code].findings if code in baseline else 0,
                    baseline[ALL].claims if ALL in baseline else 0,
                )
                cause = out_of_band(gauge, self._band)
                if cause is None:
                    continue
                figures = json.dumps(asdict(gauge))
                if await rule_rails.pause(connection, code, cause=cause, by=_BY, now=now, figures=figures):
                    telemetry.rule_pauses.add(1, {"rule": code, "cause": cause})
                    _log.error("rule_paused", rule=code, cause=cause, **asdict(gauge))

    async def _known_baseline(self, connection: asyncpg.Connection, today: date) -> Mapping[str, DayCount]:
        if self._baseline is None or self._baseline[0] != today:
            first = today - timedelta(days=BASELINE_DAYS)
            self._baseline = today, await rule_rails.baseline(connection, first, today)
        return self._baseline[1]
