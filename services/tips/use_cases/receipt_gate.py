"""The gate in front of every receipt: the delay that guessing brings on, the hash, the count of failures."""

import asyncio
from collections.abc import Awaitable, Callable

from services.kit.clock import Clock
from services.kit.errors import NotFound, TooMany
from services.tips import telemetry
from services.tips.domain.guessing import LONGEST_DELAY_SECONDS, WAITING_PLACES, FailureBucket
from services.tips.domain.receipt import ReceiptKeys
from services.tips.storage.receipts import ReceiptHasher


class ReceiptGate:
    """Lets receipts through, for all callers of a process together; it knows no address."""

    def __init__(
        self, hasher: ReceiptHasher, clock: Clock, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._hasher = hasher
        self._clock = clock
        self._sleep = sleep
        self._bucket = FailureBucket()
        self._waiting = 0

    async def keys(self, receipt: str) -> ReceiptKeys:
        """Return the keys of what was given as a receipt, after the delay of the moment; raises TooMany."""
        delay = self._bucket.delay(self._clock.now())
        if delay:
            await self._wait(delay)
        return await self._hasher.keys(receipt)

    def wrong_receipt(self) -> NotFound:
        """Count a receipt that found nothing, and build the answer."""
        self._bucket.failed(self._clock.now())
        telemetry.WRONG_RECEIPTS.add(1)
        return NotFound(
            "receipt_unknown",
            zh="没有找到对应的举报，请核对回执编号。",
            en="No tip was found for this receipt; please check the digits.",
        )

    async def _wait(self, seconds: float) -> None:
        if self._waiting >= WAITING_PLACES:
            raise TooMany(
                "too_many_wrong_receipts",
                zh="当前查询受限，请稍后再试。",
                en="Look-ups are limited at the moment; try again later.",
                retry_after=int(LONGEST_DELAY_SECONDS),
            )
        self._waiting += 1
        try:
            await self._sleep(seconds)
        finally:
            self._waiting -= 1
