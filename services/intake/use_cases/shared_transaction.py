"""Group commit: what comes one by one at the same time shares a transaction, and so one flush to disk."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Generic, NamedTuple, TypeVar

from opentelemetry.metrics import Histogram

from services.kit.errors import TooMany, Unavailable
from services.kit.transient import is_transient

MOST_TOGETHER = 256
"""Items of one transaction."""
MOST_WAITING = 2_048
"""Items that wait for a transaction of this process; beyond, callers are told to come again."""
AT_ONCE = 4
"""Most transactions under way."""
PATIENCE_SECONDS = 0.004
"""A transaction that takes longer, as it waits for a lock, does not hold up the next; others follow one another."""
RETRY_SECONDS = 1

Item = TypeVar("Item")
Result = TypeVar("Result")


class Waiting(NamedTuple, Generic[Item, Result]):
    """One item and whom to tell."""

    item: Item
    answered: asyncio.Future[Result]


def _no_keys(_: object) -> Collection[str]:
    return ()


def _of_one(_: object) -> int:
    return 1


class SharedTransaction(Generic[Item, Result]):
    """Hands items that wait to a function which stores them in one transaction; one per process and kind of item.

    Nobody waits for company: the first comer's transaction begins at once, and who comes meanwhile shares the next.
    A result is given only after the function returned, which commits first. A caller that goes away leaves its item
    to be stored whole. When a transaction fails, each item of it is tried by itself, so that one cannot spoil others.
    """

    def __init__(
        self,
        store: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]],
        *,
        keys: Callable[[Item], Collection[str]] = _no_keys,
        weight: Callable[[Item], int] = _of_one,
        most_waiting: int = MOST_WAITING,
        most_together: int = MOST_TOGETHER,
        patience_seconds: float = PATIENCE_SECONDS,
        sizes: Histogram | None = None,
    ) -> None:
        """``keys`` names what an item writes: two items with a key in common never share a transaction.

        ``weight`` says for how many of ``most_together`` an item counts.
        """
        self._patience_seconds = patience_seconds
        self._store_together = store
        self._keys = keys
        self._weight = weight
        self._most_waiting = most_waiting
        self._most_together = most_together
        self._sizes = sizes
        self._waiting: deque[Waiting[Item, Result]] = deque()
        self._gathering: asyncio.Task[None] | None = None
        self._under_way: set[asyncio.Task[None]] = set()
        self._closed = False

    async def share(self, item: Item) -> Result:
        """Store an item together with others and return its result.

        Raises TooMany (``busy``) when too many wait already, and Unavailable (``stopping``) once the process stops.
        """
        self.require_room()
        if self._closed:
            raise Unavailable("stopping", zh="服务正在停止。", en="The service is stopping.")
        waiting: Waiting[Item, Result] = Waiting(item, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._gathering is None:
            self._gathering = asyncio.create_task(self._gather())
        return await waiting.answered

    async def close(self) -> None:
        """Store what waits and take nothing more; before the database is closed."""
        self._closed = True
        while self._gathering is not None or self._under_way:
            await asyncio.wait({*self._under_way, *([self._gathering] if self._gathering else [])})

    def require_room(self) -> None:
        """Raise TooMany (``busy``) when too many wait already."""
        if len(self._waiting) >= self._most_waiting:
            raise TooMany(
                "busy",
                zh="系统繁忙，请稍后重试。",
                en="Too many wait to be stored; try again later.",
                retry_after=RETRY_SECONDS,
            )

    async def _gather(self) -> None:
        try:
            # Requests that are ready in this turn of the loop come along.
            await asyncio.sleep(0)
            while self._waiting:
                if len(self._under_way) >= AT_ONCE:
                    await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
                    continue
                together = self._next()
                if self._sizes is not None:
                    self._sizes.record(len(together), {"service": "intake"})
                storing = asyncio.create_task(self._store(together))
                self._under_way.add(storing)
                storing.add_done_callback(self._under_way.discard)
                await asyncio.wait({storing}, timeout=self._patience_seconds)
        finally:
            self._gathering = None

    def _next(self) -> list[Waiting[Item, Result]]:
        """Take the next items, in order; one that writes what another of them writes is left for later."""
        together: list[Waiting[Item, Result]] = []
        later: list[Waiting[Item, Result]] = []
        taken: set[str] = set()
        room = self._most_together
        while self._waiting and room > 0:
            one = self._waiting.popleft()
            keys = self._keys(one.item)
            if taken.isdisjoint(keys):
                together.append(one)
                room -= self._weight(one.item)
            else:
                later.append(one)
            # Of one left for later too, so that a third does not come before it.
            taken.update(keys)
        self._waiting.extendleft(reversed(later))
        return together

    async def _store(self, together: Sequence[Waiting[Item, Result]]) -> None:
        try:
            results = await self._store_together([one.item for one in together])
        except Exception as error:  # noqa: BLE001 - whatever it is, each caller gets it as its own
            if len(together) == 1 or is_transient(error):
                for one in together:
                    if not one.answered.done():
                        one.answered.set_exception(error)
                return
            for one in together:
                await self._store([one])
            return
        for one, result in zip(together, results, strict=True):
            if not one.answered.done():
                one.answered.set_result(result)
