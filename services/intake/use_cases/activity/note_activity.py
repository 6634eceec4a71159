"""Note what institutions send, in memory, and write it down a few times a minute: a request never waits for it."""

import asyncio
import contextlib
from datetime import date, datetime

import structlog

from services.intake.domain.sequence import message_day
from services.intake.storage import activity
from services.intake.storage.activity import Counted, Hour
from services.kit.clock import Clock
from services.kit.db import Database

FLUSH_SECONDS = 2.0
MOST_MESSAGES = 20_000
"""Numbers of messages that are held before they are written; a process that dies loses no more than these."""

_log = structlog.get_logger("services.intake.activity")


class NoteActivity:
    """One per process. What is lost with a process can at most feign a gap, never hide a settlement."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._counted: dict[Hour, Counted] = {}
        self._messages: list[tuple[str, date, str]] = []
        self._writing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def settlements(self, institution_code: str, number: int = 1) -> None:
        """Note settlements that were taken."""
        self._add(institution_code, settlements=number, messages=0)

    def message(self, institution_code: str, message_id: str) -> None:
        """Note a message of the national interface, whatever became of it."""
        self._add(institution_code, settlements=0, messages=1)
        day = message_day(message_id, institution_code)
        if day is not None and len(self._messages) < MOST_MESSAGES:
            self._messages.append((institution_code, day, message_id))

    def start(self) -> None:
        """Begin to write now and then."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Write what is left and stop."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._quietly()

    async def flush(self) -> None:
        """Write what was noted."""
        async with self._writing:
            counted, self._counted = self._counted, {}
            messages, self._messages = self._messages, []
            if not counted and not messages:
                return
            try:
                async with self._database.transaction() as session:
                    if counted:
                        await activity.note(session, counted)
                    if messages:
                        await activity.note_messages(session, messages)
            except BaseException:
                for key, one in counted.items():
                    self._merge(key, one)
                self._messages = [*messages, *self._messages][:MOST_MESSAGES]
                raise

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            await self._quietly()

    async def _quietly(self) -> None:
        try:
            await self.flush()
        except Exception as error:  # noqa: BLE001 - it is kept, and the next turn may do better
            _log.warning("activity_not_written", error=type(error).__qualname__)

    def _add(self, institution_code: str, *, settlements: int, messages: int) -> None:
        now = self._clock.now()
        self._merge(Hour(institution_code, _hour(now)), Counted(settlements, messages, now))

    def _merge(self, key: Hour, one: Counted) -> None:
        before = self._counted.get(key)
        if before is not None:
            one = Counted(
                before.settlements + one.settlements,
                before.messages + one.messages,
                max(before.last_at, one.last_at),
            )
        self._counted[key] = one


def _hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)
