"""Work that a process does again and again beside its messages: one failure is logged, and the next turn comes."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

from services.kit.telemetry import counter

_log = structlog.get_logger("services.kit.periodic")

FAILURES = counter("spine.periodic.failures", "1", "Turns of periodic work that failed, by service and name.")


class Periodic:
    """One piece of work and how often it is done; several processes may do it at once, so it must stand that."""

    def __init__(self, service: str, name: str, work: Callable[[], Awaitable[object]], *, seconds: float) -> None:
        self.service = service
        self.name = name
        self._work = work
        self._seconds = seconds

    async def __call__(self, stop: asyncio.Event) -> None:
        """Work, wait, work again, until stopped; a turn in hand is finished."""
        while not stop.is_set():
            try:
                await self._work()
            except Exception as error:  # noqa: BLE001 - whatever it was, the next turn may do better
                FAILURES.add(1, {"service": self.service, "name": self.name})
                _log.warning("periodic_failed", service=self.service, name=self.name, error=type(error).__qualname__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._seconds)
