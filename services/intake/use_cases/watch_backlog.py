"""Watch how far the relay is behind, so that intake slows its callers down before anything grows without bound."""

import time
from collections.abc import Callable

from services.intake.storage import backlog
from services.kit.db import Database
from services.kit.errors import TooMany

REMEMBERED_SECONDS = 1.0
"""An estimate is asked of the database at most this often."""
RETRY_SECONDS = 5


class WatchBacklog:
    """Tells whether more may be taken; one per process, for it remembers its last estimate."""

    def __init__(self, database: Database, *, limit: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._limit = limit
        self._monotonic = monotonic
        self._waiting = 0
        self._asked: float | None = None

    async def __call__(self) -> None:
        """Return when there is room; raises TooMany (``backlog``) otherwise."""
        if await self.is_full():
            raise TooMany(
                "backlog",
                zh="系统繁忙，请稍后重试。",
                en="The service is behind with publishing; try again later.",
                retry_after=RETRY_SECONDS,
            )

    async def is_full(self) -> bool:
        """Tell whether the outbox holds more than the limit."""
        now = self._monotonic()
        if self._asked is None or now - self._asked >= REMEMBERED_SECONDS:
            self._asked = now
            async with self._database.reading() as session:
                self._waiting = await backlog.estimate(session)
        return self._waiting > self._limit
