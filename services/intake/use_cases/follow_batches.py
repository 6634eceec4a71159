"""Follow batches that callers named: from where to go on, what was taken, when the end was reached."""

from datetime import timedelta

from services.intake.storage import batches
from services.intake.storage.batches import BatchKey, StoredBatch
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import Conflict, NotFound


class FollowBatches:
    """Notes the course of named batches; the lines themselves are noted where they are stored."""

    def __init__(self, database: Database, clock: Clock, *, kept_for: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._kept_for = kept_for

    async def take_up(self, key: BatchKey, *, from_line: int) -> StoredBatch:
        """Note a batch that begins or goes on, and forget some that are too old.

        Raises Conflict (``batch_gap``) when it would go on beyond the first line that was not taken.
        """
        now = self._clock.now()
        async with self._database.transaction() as session:
            await batches.forget(session, before=now - self._kept_for)
            stored = await batches.begin(session, key, now=now)
            if from_line > stored.next_line:
                raise Conflict(
                    "batch_gap",
                    zh=f"该批次已收到第 {stored.next_line - 1} 行，请从第 {stored.next_line} 行起续传。",
                    en=f"Of this batch, line {stored.next_line - 1} was taken last; go on with {stored.next_line}.",
                )
        return stored

    async def finish(self, key: BatchKey) -> None:
        """Note that the end of a batch was reached."""
        async with self._database.transaction() as session:
            await batches.finish(session, key, now=self._clock.now())

    async def one(self, key: BatchKey) -> StoredBatch:
        """Return what was taken of a batch; raises NotFound (``batch_unknown``)."""
        async with self._database.reading() as session:
            stored = await batches.find(session, key)
        if stored is None:
            raise NotFound("batch_unknown", zh="没有该批次。", en="There is no such batch.")
        return stored
