"""Ask for back-tests, stop them, and read how far they have come."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from services.kit.clock import BUSINESS_ZONE, Clock, business_date
from services.kit.db import Database
from services.kit.errors import Conflict, Malformed, NotFound
from services.kit.ids import new_id
from services.screening.storage import backtests, rulebooks
from services.screening.storage.backtests import StoredBacktest

BLAST_DAYS = 30
"""Days before today that a blast radius looks at."""

MOST_DAYS = 1_100
"""Longest period of one back-test: three years."""


class Backtests:
    """Keeps the list of back-tests; workers run them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def request(
        self, version: str, *, first: date, last: date, against: str | None, by: str, purpose: str = "backtest"
    ) -> StoredBacktest:
        """Put a back-test in line; ``first`` and ``last`` are business days of settling, both included.

        ``against`` is the active rulebook when None. Raises NotFound, Malformed for an impossible period, or Conflict
        while no rulebook is active.
        """
        if not first <= last or (last - first).days >= MOST_DAYS:
            raise Malformed(
                "period_invalid",
                zh=f"起止日期颠倒或超过{MOST_DAYS}天。",
                en=f"The period is reversed or longer than {MOST_DAYS} days.",
            )
        async with self._database.transaction() as session:
            against = against or await rulebooks.active_version(session)
            if against is None:
                raise Conflict("no_active_rulebook", zh="尚无启用的规则库。", en="No rulebook is active.")
            for name in (version, against):
                if await rulebooks.find(session, name) is None:
                    raise NotFound(
                        "rulebook_unknown", zh="没有这个规则库版本。", en="There is no such rulebook version."
                    )
            wanted = StoredBacktest(
                new_id(),
                version,
                against,
                _begin(first),
                _begin(last + timedelta(days=1)),
                purpose,
                "waiting",
                by,
                self._clock.now(),
                None,
                None,
                None,
                None,
                None,
            )
            await backtests.add(session, wanted)
            return wanted

    async def blast_radius(self, version: str, *, by: str) -> StoredBacktest:
        """Put in line what the rulebook would have done to the last month's claims."""
        last = business_date(self._clock.now()) - timedelta(days=1)
        first = last - timedelta(days=BLAST_DAYS - 1)
        return await self.request(version, first=first, last=last, against=None, by=by, purpose="blast_radius")

    async def one(self, backtest_id: UUID) -> StoredBacktest:
        """Return a back-test; raises NotFound."""
        async with self._database.reading() as session:
            found = await backtests.find(session, backtest_id)
        if found is None:
            raise NotFound("backtest_unknown", zh="没有这次回测。", en="There is no such back-test.")
        return found

    async def of_version(self, version: str) -> Sequence[StoredBacktest]:
        """Return the back-tests of a rulebook, newest first."""
        async with self._database.reading() as session:
            return await backtests.of_version(session, version)

    async def stop(self, backtest_id: UUID) -> StoredBacktest:
        """End a back-test that is waiting or running; one that is over stays as it is. Raises NotFound."""
        async with self._database.transaction() as session:
            await backtests.end(session, backtest_id, "stopped", now=self._clock.now())
        return await self.one(backtest_id)


def _begin(day: date) -> datetime:
    return datetime.combine(day, time.min, BUSINESS_ZONE)
