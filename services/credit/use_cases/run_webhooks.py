"""Run deliveries: as many subscriptions side by side as allowed, each by one task, none waiting for a slow one."""

import asyncio
import contextlib
import time

import structlog

from services.credit.storage.webhook_leases import Lease
from services.credit.telemetry import webhook_backlog, webhook_states
from services.credit.use_cases.deliver_webhook import DeliverWebhook
from services.credit.use_cases.read_changes import place_changes
from services.kit.db import Database
from services.kit.transient import is_transient

_log = structlog.get_logger(__name__)

PAUSE_SECONDS = 0.25
"""Between two looks for something to be delivered."""

OBSERVE_SECONDS = 10.0
FORGET_SECONDS = 3600.0
ERROR_PAUSE_SECONDS = 1.0


class RunWebhooks:
    """Delivers until stopped; any number of processes may run it, a subscription is leased to one at a time."""

    def __init__(self, database: Database, deliver: DeliverWebhook, *, concurrency: int) -> None:
        self._database = database
        self._deliver = deliver
        self._concurrency = concurrency
        self._tasks: set[asyncio.Task[None]] = set()
        self._done = asyncio.Event()
        """Set when a task ends: its subscription may have more, and its place is free."""
        self._observed = float("-inf")
        self._forgotten = time.monotonic()

    async def __call__(self, stop: asyncio.Event) -> None:
        """Deliver what is due until stopped, then finish the attempts under way."""
        try:
            while not stop.is_set():
                pause = PAUSE_SECONDS
                try:
                    await self.step(stop)
                    await self._housekeep()
                except Exception as error:  # noqa: BLE001 - one bad moment must not end every subscription
                    tell = _log.warning if is_transient(error) else _log.error
                    tell("webhooks_interrupted", error=type(error).__name__)
                    pause = ERROR_PAUSE_SECONDS
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._done.wait(), pause)
                self._done.clear()
        finally:
            await self.finish()

    async def step(self, stop: asyncio.Event) -> None:
        """Place what is new and begin to deliver what is due."""
        await place_changes(self._database)
        free = self._concurrency - len(self._tasks)
        for held in await self._deliver.take(free) if free else ():
            task = asyncio.create_task(self._one(held, stop))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def finish(self) -> None:
        """Wait for what is under way; every attempt is bounded in time."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _one(self, held: Lease, stop: asyncio.Event) -> None:
        try:
            await self._deliver(held, stop)
        except Exception as error:  # noqa: BLE001 - the lease runs out, and another attempt is made then
            tell = _log.warning if is_transient(error) else _log.error
            tell("webhook_interrupted", webhook=str(held.webhook.webhook_id), error=type(error).__name__)
        finally:
            self._done.set()

    async def _housekeep(self) -> None:
        now = time.monotonic()
        if now - self._observed >= OBSERVE_SECONDS:
            self._observed = now
            states, behind = await self._deliver.overview()
            for state, number in states.items():
                webhook_states.set(number, {"service": "credit", "state": state})
            webhook_backlog.set(behind, {"service": "credit"})
        if now - self._forgotten >= FORGET_SECONDS:
            self._forgotten = now
            await self._deliver.forget()
