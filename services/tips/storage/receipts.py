"""Turns receipts into keys with Argon2id, a bounded number at a time, in threads.

Why deterministic: the receipt is all a reporter brings, so it must find the tip by itself; a random salt per tip would
mean trying every tip. The salt is therefore one secret of the server, which never stands in the database. A stolen
dump alone cannot be searched at all. With the dump and the secret, one guess costs 64 MiB and 3 passes, a quarter of
a second of one core: half of all 10^16 receipts take some 40 million core-years, divided by the number of tips where
any of them will do.

Why bounded: each hash takes 64 MiB while it runs. With two at a time the process stays within 128 MiB however many
ask; beyond 256 in the queue callers are told to come back.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from argon2.low_level import Type, hash_secret_raw

from services.kit.errors import TooMany
from services.tips.domain.receipt import DIGITS, ReceiptKeys, keys_from, normalise

WAITING_PLACES = 256
"""Requests that may wait for a hash; two idle cores make eight a second, so the last one waits half a minute."""

_NO_RECEIPT = "x" * DIGITS
"""Hashed in place of what cannot be a receipt, so that it takes as long; no receipt has this form."""


class ReceiptHasher:
    """Derives the keys of receipts under the server's secret salt."""

    def __init__(self, salt: bytes, *, memory_kib: int, passes: int, concurrency: int) -> None:
        self._salt = salt
        self._memory_kib = memory_kib
        self._passes = passes
        self._running = asyncio.Semaphore(concurrency)
        self._waiting = 0

    async def keys(self, receipt: str) -> ReceiptKeys:
        """Return the keys of a receipt as somebody typed it; rubbish costs the same and finds nothing.

        Raises TooMany when too many wait already.
        """
        async with self._place():
            return await self._keys(receipt)

    async def keys_if(
        self, receipt: str, wait: Callable[[], Awaitable[float]]
    ) -> tuple[ReceiptKeys, float] | tuple[None, float]:
        """Ask, when the receipt's place in the queue has come, how long to wait; hash it only where that is nothing."""
        async with self._place():
            seconds = await wait()
            return (None, seconds) if seconds else (await self._keys(receipt), seconds)

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        if self._waiting >= WAITING_PLACES:
            raise TooMany(
                "receipts_busy",
                zh="查询人数较多，请稍后再试。",
                en="Many people are asking now; try again.",
                retry_after=10,
            )
        self._waiting += 1
        try:
            async with self._running:
                yield
        finally:
            self._waiting -= 1

    async def _keys(self, receipt: str) -> ReceiptKeys:
        return keys_from(await asyncio.to_thread(self._hash, normalise(receipt) or _NO_RECEIPT))

    def _hash(self, receipt: str) -> bytes:
        return hash_secret_raw(receipt.encode(), self._salt, self._passes, self._memory_kib, 1, 32, Type.ID)
