"""Start an import: note what is asked for, keep the files as they come in, hand the job over."""

from collections.abc import Mapping
from uuid import UUID

from services.intake.domain.imports.fields import ImportKind
from services.intake.storage import import_contents, imports
from services.intake.storage.imports import Job, Mode, NewJob
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import NotFound, TooMany
from services.kit.ids import new_id
from services.kit.sealing import Sealer
from services.kit.telemetry import current_traceparent

MOST_FILES = 8
"""Files of one import: settlements and their lines, month by month."""


class StartImport:
    """Takes files in; they are kept encrypted, in parts, until the job is at its end."""

    def __init__(self, database: Database, clock: Clock, sealer: Sealer, *, most_open: int) -> None:
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._most_open = most_open

    async def note(
        self,
        *,
        owner: str,
        kind: ImportKind,
        mode: Mode,
        only_institution: str | None,
        institution_code: str | None,
        source: str,
        mapping: Mapping[str, str] | None,
        mapping_name: str | None,
        quarantine: bool | None,
    ) -> UUID:
        """Note a job and return its id.

        A mapping with a name is saved, a name alone means one saved before. Raises TooMany (``imports``) where the
        caller has too many that are not at their end, and NotFound (``mapping_unknown``).
        """
        now = self._clock.now()
        job_id = new_id()
        async with self._database.transaction() as session:
            if await imports.open_jobs(session, owner) >= self._most_open:
                raise TooMany(
                    "imports",
                    zh="尚有未完成的导入，请稍后再提交。",
                    en="Too many imports are not at their end yet; try again later.",
                    retry_after=30,
                )
            if mapping_name is not None:
                if mapping is not None:
                    await import_contents.save_mapping(session, owner, kind, mapping_name, mapping, now=now)
                else:
                    mapping = await import_contents.saved_mapping(session, owner, kind, mapping_name)
                    if mapping is None:
                        raise NotFound(
                            "mapping_unknown", zh="没有该名称的列映射。", en="No mapping was saved under this name."
                        )
            job = NewJob(
                job_id, owner, kind, mode, only_institution, institution_code, source, mapping or {}, quarantine
            )
            await imports.add(session, job, now=now, traceparent=current_traceparent())
        return job_id

    async def keep(self, job_id: UUID, file: int, part: int, content: bytes) -> None:
        """Keep one part of a file, encrypted."""
        sealed = self._sealer.seal(content)
        async with self._database.transaction() as session:
            await import_contents.add_part(session, job_id, file, part, sealed)

    async def hand_over(self, job_id: UUID, owner: str, *, files: int, size: int) -> Job:
        """Let the job be run, now that all of its files are here; return it."""
        async with self._database.transaction() as session:
            await imports.received(session, job_id, files=files, size=size)
            job = await imports.one(session, job_id, owner)
        assert job is not None  # noqa: S101 - it was noted by us
        return job

    async def give_up(self, job_id: UUID, owner: str) -> None:
        """End a job whose files did not come whole."""
        async with self._database.transaction() as session:
            await imports.cancel(session, job_id, owner, now=self._clock.now())
