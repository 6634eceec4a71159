"""Keep account of pre-checks without holding one up: noted in memory, written in batches a moment later."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence

import structlog

from services.kit.db import Database
from services.screening import telemetry
from services.screening.storage import reminders
from services.screening.storage.reminders import PrecheckRow, ReminderRow

MOST_WAITING = 20_000
"""Pre-checks that wait to be written; beyond it the oldest are lost, counted, and missing from the statistics."""
WRITE_SECONDS = 0.5
_BATCH = 2_000

_log = structlog.get_logger("services.screening.reminders")


class ReminderLog:
    """One per process; an answer never waits for it, and what is noted survives a clean stop, not a killed process."""

    def __init__(self, database: Database, *, seconds: float = WRITE_SECONDS, most: int = MOST_WAITING) -> None:
        self._database = database
        self._seconds = seconds
        self._most = most
        self._waiting: deque[tuple[PrecheckRow, Sequence[ReminderRow]]] = deque()
        self._writer: asyncio.Task[None] | None = None

    def note(self, asked: PrecheckRow, reminded: Sequence[ReminderRow]) -> None:
        """Take note of one pre-check."""
        if len(self._waiting) >= self._most:
            self._waiting.popleft()
            telemetry.prechecks_unlogged.add(1)
        self._waiting.append((asked, reminded))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_later())

    async def flush(self) -> None:
        """Write everything noted so far."""
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
            try:
                async with self._database.transaction() as session:
                    await reminders.store(
                        session, [asked for asked, _ in batch], [row for _, rows in batch for row in rows]
                    )
            except BaseException:
                self._waiting.extendleft(reversed(batch))
                raise

    async def close(self) -> None:
        """Write what is left and stop."""
        if self._writer is not None:
            self._writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._writer
        try:
            await self.flush()
        except Exception as error:  # noqa: BLE001 - a process that stops must go on stopping
            telemetry.prechecks_unlogged.add(len(self._waiting))
            _log.warning("prechecks_lost", number=len(self._waiting), error=type(error).__qualname__)

    async def _write_later(self) -> None:
        while self._waiting:
            await asyncio.sleep(self._seconds)
            try:
                await self.flush()
            except Exception as error:  # noqa: BLE001 - the next turn may do better; what waits is bounded
                _log.warning("prechecks_not_written", error=type(error).__qualname__)
