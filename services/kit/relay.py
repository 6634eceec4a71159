"""The relay: publishes a service's outbox in order, one at a time, and forgets no row it has not published."""

import asyncio
import contextlib
import time
from uuid import UUID

import asyncpg
import structlog

from services.kit.bus import Bus, Message, Stopping
from services.kit.clock import Clock
from services.kit.db import Database, driver
from services.kit.instruments import (
    OUTBOX_AGE,
    OUTBOX_DEPTH,
    OUTBOX_PUBLISH_DELAY,
    OUTBOX_PUBLISHED,
    POOL_IN_USE,
    POOL_SIZE,
)
from services.kit.transient import is_transient

_log = structlog.get_logger(__name__)

SHORTEST_PAUSE_SECONDS = 0.005
LONGEST_PAUSE_SECONDS = 0.1
"""Bounds of the pause between two looks at an empty outbox; it doubles while nothing comes."""

ERROR_PAUSE_SECONDS = 1.0
OBSERVE_SECONDS = 2.0
PRUNE_SECONDS = 300.0
DEPTH_COUNTED = 100_000

_READ = """
select sequence, event_id, topic, key, type, time, traceparent, payload
from outbox order by sequence limit $1
"""


def oldest_id(milliseconds: int) -> UUID:
    """Smallest UUIDv7 of an instant given in milliseconds since 1970."""
    return UUID(int=(milliseconds << 80) | (7 << 76) | (2 << 62))


class Relay:
    """Reads, publishes, deletes. A crash between the last two publishes again, and the inboxes know it."""

    def __init__(self, database: Database, bus: Bus, *, clock: Clock, batch: int, inbox_days: int) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._batch = batch
        self._inbox_days = inbox_days
        self._observed = 0.0
        self._pruned = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Publish until stopped; waits in line while another process's relay of this service is at work."""
        while not stop.is_set():
            try:
                lock = await self._lead(stop)
                if lock is None:
                    return
                try:
                    await self._publish_while_leading(lock, stop)
                finally:
                    await lock.close(timeout=2)
            except Stopping:
                return
            except Exception as error:  # noqa: BLE001 - a relay that gave up would hold every fact of its service back
                tell = _log.warning if is_transient(error) else _log.error
                tell("relay_interrupted", service=self._database.service, error=type(error).__name__)
                await self._pause(stop, ERROR_PAUSE_SECONDS)

    async def step(self) -> int:
        """Publish one batch; return how many facts it held."""
        async with self._database.transaction() as session:
            rows = await (await driver(session)).fetch(_READ, self._batch)
        if not rows:
            return 0
        messages = [
            Message(
                row["topic"], row["key"], row["event_id"], row["type"], row["time"], row["traceparent"], row["payload"]
            )
            for row in rows
        ]
        await self._bus.publish(messages)
        async with self._database.transaction() as session:
            await (await driver(session)).execute(
                "delete from outbox where sequence = any($1)", [row["sequence"] for row in rows]
            )
        self._count(messages)
        return len(rows)

    async def drain(self) -> int:
        """Publish until the outbox is empty; return how many facts went out."""
        total = 0
        while sent := await self.step():
            total += sent
        return total

    async def _lead(self, stop: asyncio.Event) -> asyncpg.Connection | None:
        connection = await self._database.dedicated_connection()
        name = f"fundwarden.relay.{self._database.service}"
        while not stop.is_set():
            if await connection.fetchval("select pg_try_advisory_lock(hashtext($1))", name):
                return connection
            await self._pause(stop, ERROR_PAUSE_SECONDS)
        await connection.close()
        return None

    async def _publish_while_leading(self, lock: asyncpg.Connection, stop: asyncio.Event) -> None:
        pause = SHORTEST_PAUSE_SECONDS
        while not stop.is_set() and not lock.is_closed():
            await self._housekeep()
            if await self.step():
                pause = SHORTEST_PAUSE_SECONDS
            else:
                await self._pause(stop, pause)
                pause = min(LONGEST_PAUSE_SECONDS, pause * 2)

    async def _pause(self, stop: asyncio.Event, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), seconds)

    async def _housekeep(self) -> None:
        now = time.monotonic()
        if now - self._observed >= OBSERVE_SECONDS:
            self._observed = now
            await self._observe()
        if now - self._pruned >= PRUNE_SECONDS:
            self._pruned = now
            await self._prune()

    async def _observe(self) -> None:
        async with self._database.transaction() as session:
            row = await (await driver(session)).fetchrow(
                "select count(*) as depth, min(time) as oldest from (select time from outbox limit $1) waiting",
                DEPTH_COUNTED,
            )
        labels = {"service": self._database.service}
        age = (self._clock.now() - row["oldest"]).total_seconds() if row["oldest"] else 0.0
        OUTBOX_DEPTH.set(row["depth"], labels)
        OUTBOX_AGE.set(max(0.0, age), labels)
        POOL_IN_USE.set(self._database.connections_in_use, labels)
        POOL_SIZE.set(self._database.pool_size, labels)

    async def _prune(self) -> None:
        """Forget events older than the bus can deliver again; ids are UUIDv7, so the primary key finds them."""
        milliseconds = int(self._clock.now().timestamp() * 1000) - self._inbox_days * 86_400_000
        async with self._database.transaction() as session:
            await (await driver(session)).execute("delete from inbox where event_id < $1", oldest_id(milliseconds))

    def _count(self, messages: list[Message]) -> None:
        service = self._database.service
        topics: dict[str, int] = {}
        for message in messages:
            topics[message.topic] = topics.get(message.topic, 0) + 1
        for topic, count in topics.items():
            OUTBOX_PUBLISHED.add(count, {"service": service, "topic": topic})
        delay = (self._clock.now() - messages[0].time).total_seconds()
        OUTBOX_PUBLISH_DELAY.record(max(0.0, delay), {"service": service})
