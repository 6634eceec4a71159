"""Jobs that import files: who may run one, how far it is, what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.domain.imports.fields import ImportKind
from services.intake.storage import import_contents
from services.kit.db import driver

Mode = Literal["dry_run", "all_or_nothing", "good_rows"]
State = Literal["receiving", "waiting", "running", "done", "failed", "cancelled"]
Phase = Literal["reading", "checking", "storing"]

_encode = msgspec.json.Encoder().encode

_COLUMNS = (
    "job_id, owner, kind, mode, only_institution, institution_code, source, mapping, state, phase, files, bytes, "
    "rows_read, rows_done, reading_done, items_done, created, same, rejected, doubtful, errors, columns, refusal, "
    "cancel, attempts, created_at, started_at, finished_at, traceparent, quarantine, quarantined"
)

_ADD = """
insert into import_job (job_id, owner, kind, mode, only_institution, institution_code, source, mapping, state,
    quarantine, created_at, traceparent)
values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, 'receiving', $9, $10, $11)
"""

_CLAIM = f"""
update import_job set state = 'running', lease = $2, leased_until = $3, attempts = attempts + 1,
    started_at = coalesce(started_at, $1)
where job_id = (
    select job_id from import_job
    where finished_at is null and state in ('waiting', 'running') and (leased_until is null or leased_until < $1)
    order by created_at limit 1 for update skip locked
)
returning {_COLUMNS}
"""

_HOLD = "select cancel from import_job where job_id = $1 and lease = $2 for update"

_PROGRESS = """
update import_job set phase = $3, rows_read = $4, rows_done = $5, reading_done = $6, items_done = $7, created = $8,
    same = $9, rejected = $10, doubtful = $11, errors = $12, leased_until = $13, quarantined = $14,
    attempts = case when mode = 'good_rows' and items_done < $7 then 1 else attempts end
where job_id = $1 and lease = $2
returning cancel
"""

_FINISH = """
update import_job set state = $3, finished_at = $4, refusal = coalesce($5::jsonb, refusal), lease = null,
    leased_until = null
where job_id = $1 and lease is not distinct from $2 and finished_at is null
returning job_id
"""

_CANCEL = """
update import_job set cancel = true,
    state = case when lease is null then 'cancelled' else state end,
    finished_at = case when lease is null then $3::timestamptz else finished_at end
where job_id = $1 and owner = $2 and finished_at is null
returning finished_at is not null
"""

_ABANDONED = """
update import_job set state = 'failed', finished_at = $1, refusal = $3::jsonb
where state = 'receiving' and finished_at is null and created_at < $2
returning job_id
"""


@dataclass(slots=True)
class Progress:
    """How far a job is."""

    phase: Phase | None = None
    rows_read: int = 0
    rows_done: int = 0
    reading_done: bool = False
    items_done: int = 0
    created: int = 0
    same: int = 0
    rejected: int = 0
    doubtful: int = 0
    errors: int = 0
    quarantined: int = 0
    """Of what was rejected, how much the quarantine keeps."""


@dataclass(slots=True)
class Job:
    """One import."""

    job_id: UUID
    owner: str
    kind: ImportKind
    mode: Mode
    only_institution: str | None
    institution_code: str | None
    source: str
    mapping: Mapping[str, str]
    state: State
    files: int
    bytes: int
    progress: Progress
    columns: Mapping[str, Any] | None
    refusal: Mapping[str, str] | None
    cancel: bool
    attempts: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    traceparent: str | None
    quarantine: bool | None = None
    """Keep rejected rows; None: those of settlements."""
    lease: UUID | None = field(default=None)
    """Ours, where it is us who run it."""


class NewJob(NamedTuple):
    """What a caller asks for."""

    job_id: UUID
    owner: str
    kind: ImportKind
    mode: Mode
    only_institution: str | None
    institution_code: str | None
    source: str
    mapping: Mapping[str, str]
    quarantine: bool | None


async def add(session: AsyncSession, job: NewJob, *, now: datetime, traceparent: str | None) -> None:
    """Note a job whose files are about to come."""
    connection = await driver(session)
    await connection.execute(_ADD, *job[:-2], _encode(job.mapping).decode(), job.quarantine, now, traceparent)


async def open_jobs(session: AsyncSession, owner: str) -> int:
    """Return how many jobs of a caller are not at their end."""
    connection = await driver(session)
    found: int = await connection.fetchval(
        "select count(*) from import_job where finished_at is null and owner = $1", owner
    )
    return found


async def received(session: AsyncSession, job_id: UUID, *, files: int, size: int) -> None:
    """Note that the files are here and that the job may be run."""
    connection = await driver(session)
    await connection.execute(
        "update import_job set state = 'waiting', files = $2, bytes = $3 where job_id = $1 and state = 'receiving'",
        job_id,
        files,
        size,
    )


async def claim(session: AsyncSession, lease: UUID, *, now: datetime, until: datetime) -> Job | None:
    """Take the oldest job that nobody runs; None when there is none. No two callers get the same."""
    connection = await driver(session)
    row = await connection.fetchrow(_CLAIM, now, lease, until)
    if row is None:
        return None
    job = _job(row)
    job.lease = lease
    return job


async def hold(session: AsyncSession, job: Job) -> bool | None:
    """Make sure until the end of the transaction that the job is ours.

    Returns whether it is to be cancelled; None when somebody else has taken it over.
    """
    connection = await driver(session)
    found: bool | None = await connection.fetchval(_HOLD, job.job_id, job.lease)
    return found


async def note_progress(session: AsyncSession, job: Job, *, until: datetime) -> bool | None:
    """Note how far a job is and prolong its lease; returns what `hold` does."""
    connection = await driver(session)
    at = job.progress
    found: bool | None = await connection.fetchval(
        _PROGRESS,
        job.job_id,
        job.lease,
        at.phase,
        at.rows_read,
        at.rows_done,
        at.reading_done,
        at.items_done,
        at.created,
        at.same,
        at.rejected,
        at.doubtful,
        at.errors,
        until,
        at.quarantined,
    )
    return found


async def note_columns(session: AsyncSession, job: Job, columns: Mapping[str, Any]) -> None:
    """Note which columns are read."""
    connection = await driver(session)
    await connection.execute(
        "update import_job set columns = $2::jsonb where job_id = $1", job.job_id, _encode(columns).decode()
    )


async def release(session: AsyncSession, job: Job, *, until: datetime | None) -> None:
    """Give a job back, to be run again from an instant on."""
    connection = await driver(session)
    await connection.execute(
        "update import_job set lease = null, leased_until = $3, state = 'waiting', attempts = attempts - $4 "
        "where job_id = $1 and lease = $2",
        job.job_id,
        job.lease,
        until,
        1 if until is None else 0,
    )


async def finish(
    session: AsyncSession, job: Job, state: State, *, now: datetime, refusal: Mapping[str, str] | None = None
) -> bool:
    """Note the end of a job and remove its files; False when it is not ours any more."""
    connection = await driver(session)
    said = None if refusal is None else _encode(refusal).decode()
    ended = await connection.fetchval(_FINISH, job.job_id, job.lease, state, now, said)
    if ended is None:
        return False
    await import_contents.forget_parts(session, job.job_id)
    return True


async def cancel(session: AsyncSession, job_id: UUID, owner: str, *, now: datetime) -> None:
    """Ask for a job to be ended; one that nobody runs is at its end at once."""
    connection = await driver(session)
    if await connection.fetchval(_CANCEL, job_id, owner, now):
        await import_contents.forget_parts(session, job_id)


async def one(session: AsyncSession, job_id: UUID, owner: str) -> Job | None:
    """Return a job of a caller."""
    connection = await driver(session)
    row = await connection.fetchrow(
        f"select {_COLUMNS} from import_job where job_id = $1 and owner = $2", job_id, owner
    )
    return None if row is None else _job(row)


async def some(session: AsyncSession, owner: str, *, before: UUID | None, limit: int) -> list[Job]:
    """Return jobs of a caller, the newest first."""
    connection = await driver(session)
    rows = await connection.fetch(
        f"select {_COLUMNS} from import_job where owner = $1 and ($2::uuid is null or job_id < $2) "
        "order by job_id desc limit $3",
        owner,
        before,
        limit,
    )
    return [_job(row) for row in rows]


async def sweep(
    session: AsyncSession, *, now: datetime, abandoned: datetime, old: datetime, refusal: Mapping[str, str]
) -> int:
    """End jobs whose files never came whole, and forget jobs that ended long ago; return how many."""
    connection = await driver(session)
    rows = await connection.fetch(_ABANDONED, now, abandoned, _encode(refusal).decode())
    for row in rows:
        await import_contents.forget_parts(session, row["job_id"])
    gone = await connection.fetch("delete from import_job where finished_at < $1 returning job_id", old)
    return len(rows) + len(gone)


def _job(row: Any) -> Job:
    return Job(
        job_id=row["job_id"],
        owner=row["owner"],
        kind=row["kind"],
        mode=row["mode"],
        only_institution=row["only_institution"],
        institution_code=row["institution_code"],
        source=row["source"],
        mapping=row["mapping"],
        state=row["state"],
        files=row["files"],
        bytes=row["bytes"],
        progress=Progress(
            row["phase"],
            row["rows_read"],
            row["rows_done"],
            row["reading_done"],
            row["items_done"],
            row["created"],
            row["same"],
            row["rejected"],
            row["doubtful"],
            row["errors"],
            row["quarantined"],
        ),
        columns=row["columns"],
        refusal=row["refusal"],
        cancel=row["cancel"],
        attempts=row["attempts"],
        created_at=row["created_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        traceparent=row["traceparent"],
        quarantine=row["quarantine"],
    )
