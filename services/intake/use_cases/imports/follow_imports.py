"""Follow imports: how far they are, what was wrong, and end them early. Only who started one knows of it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

from services.intake.storage import import_contents, imports
from services.intake.storage.import_contents import RowError
from services.intake.storage.imports import Job
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import NotFound

ERRORS_AT_ONCE = 2_000
ABANDONED_AFTER = timedelta(hours=1)
"""An upload that takes longer than this is at its end."""


class FollowImports:
    """Reads jobs."""

    def __init__(self, database: Database, clock: Clock, *, kept_for: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._kept_for = kept_for

    async def one(self, job_id: UUID, owner: str) -> Job:
        """Return a job; raises NotFound (``import_unknown``)."""
        async with self._database.reading() as session:
            job = await imports.one(session, job_id, owner)
        if job is None:
            raise NotFound("import_unknown", zh="没有该导入任务。", en="There is no such import.")
        return job

    async def some(self, owner: str, *, before: UUID | None, limit: int) -> list[Job]:
        """Return jobs, the newest first."""
        async with self._database.reading() as session:
            return await imports.some(session, owner, before=before, limit=limit)

    async def cancel(self, job_id: UUID, owner: str) -> Job:
        """Ask for the end of a job and return it; what it has taken stays taken."""
        async with self._database.transaction() as session:
            await imports.cancel(session, job_id, owner, now=self._clock.now())
        return await self.one(job_id, owner)

    async def errors(self, job_id: UUID) -> AsyncIterator[list[RowError]]:
        """Yield the reasons why something was not taken, page by page."""
        after = -1
        while True:
            async with self._database.reading() as session:
                page = await import_contents.errors(session, job_id, after=after, limit=ERRORS_AT_ONCE)
            if not page:
                return
            yield [error for _, error in page]
            after = page[-1][0]

    async def sweep(self) -> None:
        """End uploads that were abandoned, and forget jobs that ended long ago."""
        now = self._clock.now()
        refusal = {"code": "upload_incomplete", "zh": "文件未上传完整。", "en": "The upload was never completed."}
        async with self._database.transaction() as session:
            await imports.sweep(
                session, now=now, abandoned=now - ABANDONED_AFTER, old=now - self._kept_for, refusal=refusal
            )
