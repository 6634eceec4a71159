"""The gate in front of every receipt: the turns that guessing brings on, the hash, the count of failures."""

import asyncio
from collections.abc import Awaitable, Callable

from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import NotFound, TooMany
from services.tips import telemetry
from services.tips.domain.guessing import LONGEST_WAIT_SECONDS
from services.tips.domain.receipt import ReceiptKeys
from services.tips.storage import guessing
from services.tips.storage.receipts import ReceiptHasher


class ReceiptGate:
    """Lets receipts through, for all callers of all processes together; it knows no address."""

    def __init__(
        self,
        database: Database,
        hasher: ReceiptHasher,
        clock: Clock,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._hasher = hasher
        self._clock = clock
        self._sleep = sleep
        self._failures = 0
        """Wrong receipts of this process that the shared budget has not heard of yet; the next look-up tells it."""

    async def keys(self, receipt: str) -> ReceiptKeys:
        """Return the keys of what was given as a receipt, when its turn has come; raises TooMany."""
        # The budget is asked at the moment of hashing, not of arrival: a burst that queues up finds it as it is then.
        found, wait = await self._hasher.keys_if(receipt, self._wait)
        if found is not None:
            return found
        await self._sleep(wait)
        return await self._hasher.keys(receipt)

    def wrong_receipt(self) -> NotFound:
        """Count a receipt that found nothing, and build the answer."""
        self._failures += 1
        telemetry.WRONG_RECEIPTS.add(1)
        return NotFound(
            "receipt_unknown",
            zh="没有找到对应的举报，请核对回执编号。",
            en="No tip was found for this receipt; please check the digits.",
        )

    async def _wait(self) -> float:
        """Seconds until the turn of a look-up; 0 in quiet times. Raises TooMany."""
        now = self._clock.now()
        if not self._failures:
            async with self._database.reading() as session:
                budget = (await guessing.read_budget(session, now)).after(0, now)
            if not budget.spent:
                return 0.0
        failures, self._failures = self._failures, 0
        wait: float | None = 0.0
        async with self._database.transaction() as session:
            budget = (await guessing.lock_budget(session, now)).after(failures, now)
            if budget.spent:
                budget, wait = budget.turn(now)
            await guessing.store_budget(session, budget)
        if wait is None:
            raise TooMany(
                "too_many_wrong_receipts",
                zh="当前查询受限，请稍后再试。",
                en="Look-ups are limited at the moment; try again later.",
                retry_after=int(LONGEST_WAIT_SECONDS),
            )
        return wait
