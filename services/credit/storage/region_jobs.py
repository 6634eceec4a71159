"""Jobs over a region: claimed for one chunk by their row's lock, so that a process that dies leaves no trace."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.rating import Benchmark
from services.credit.domain.region_job import OPEN_STATES, JobKind, JobPhase, JobState, RegionJob
from services.credit.storage.tables import region_job, region_job_number, region_job_result

Group = tuple[str, str, int]
"""Policy version, kind and level."""

Numbers = tuple[Group, int, Sequence[int]]
"""Group of an institution, its settlements and its quantities."""

_FIELDS = [column for column in region_job.columns if column.name != "benchmarks"]


@dataclass(frozen=True, slots=True)
class JobResult:
    """What a job made of one institution."""

    institution_code: str
    outcome: str
    details: Mapping[str, Any]


async def add(session: AsyncSession, job: RegionJob) -> bool:
    """Store a job; return whether its id was free."""
    insert = postgresql.insert(region_job).on_conflict_do_nothing().returning(region_job.c.job_id)
    values = {name: getattr(job, name) for name in RegionJob.__slots__}
    stored = await session.execute(
        insert.values(**{**values, "kind": job.kind.value, "state": job.state.value, "phase": job.phase.value})
    )
    return stored.one_or_none() is not None


async def find(session: AsyncSession, job_id: UUID, *, lock: bool = False) -> RegionJob | None:
    """Return a job, None when there is none; with ``lock`` after the chunk in hand, which then is the last."""
    query = sa.select(*_FIELDS).where(region_job.c.job_id == job_id)
    rows = await session.execute(query.with_for_update() if lock else query)
    row = rows.mappings().one_or_none()
    return None if row is None else _job(row)


async def page(session: AsyncSession, *, region: str, after: UUID | None, limit: int) -> list[RegionJob]:
    """Return jobs by id, those behind ``after``; ``region`` is a prefix."""
    query = sa.select(*_FIELDS).where(region_job.c.region.startswith(region, autoescape=True))
    if after is not None:
        query = query.where(region_job.c.job_id > after)
    rows = await session.execute(query.order_by(region_job.c.job_id).limit(limit))
    return [_job(row) for row in rows.mappings()]


async def open_jobs(session: AsyncSession) -> int:
    """Return the number of jobs that have chunks to come."""
    counted = await session.scalar(sa.select(sa.func.count()).select_from(region_job).where(_open()))
    return int(counted or 0)


async def claim(session: AsyncSession) -> RegionJob | None:
    """Hold the job that waits longest for its next chunk and that nobody else holds; None when there is none."""
    rows = await session.execute(
        sa.select(*_FIELDS)
        .where(_open())
        .order_by(region_job.c.touched_at, region_job.c.job_id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = rows.mappings().one_or_none()
    return None if row is None else _job(row)


async def move(session: AsyncSession, job: RegionJob) -> None:
    """Store how far a held job has come."""
    await session.execute(
        sa.update(region_job)
        .where(region_job.c.job_id == job.job_id)
        .values(
            state=job.state.value,
            phase=job.phase.value,
            compared=job.compared,
            done=job.done,
            after=job.after,
            failures=job.failures,
            error=job.error,
            touched_at=job.touched_at,
        )
    )


async def note_failure(session: AsyncSession, job_id: UUID, error: str, most: int, *, now: datetime) -> None:
    """Count a failed chunk of a job; after so many it has failed."""
    failures = region_job.c.failures + 1
    await session.execute(
        sa.update(region_job)
        .where(region_job.c.job_id == job_id, _open())
        .values(
            failures=failures,
            error=error,
            touched_at=now,
            state=sa.case((failures >= most, JobState.FAILED.value), else_=region_job.c.state),
        )
    )


async def add_numbers(session: AsyncSession, job_id: UUID, found: Mapping[str, Sequence[Numbers]]) -> None:
    """Keep what the comparison of peers needs of some institutions."""
    rows = [
        {
            "job_id": job_id,
            "institution_code": code,
            "numbers": [[*group, settlements, list(quantities)] for group, settlements, quantities in own],
        }
        for code, own in found.items()
    ]
    if rows:
        await session.execute(sa.insert(region_job_number), rows)


async def numbers(session: AsyncSession, job_id: UUID) -> list[Numbers]:
    """Return all that was kept for the comparison of peers."""
    rows = await session.scalars(sa.select(region_job_number.c.numbers).where(region_job_number.c.job_id == job_id))
    return [
        ((version, kind, level), settlements, quantities)
        for own in rows
        for version, kind, level, settlements, quantities in own
    ]


async def keep_benchmarks(session: AsyncSession, job_id: UUID, found: Mapping[Group, Mapping[str, Benchmark]]) -> None:
    """Store the benchmarks of every group, and forget what they were found from."""
    listed = [
        [*group, {code: [one.best, one.middle] for code, one in sorted(own.items())}]
        for group, own in sorted(found.items())
    ]
    await session.execute(sa.update(region_job).where(region_job.c.job_id == job_id).values(benchmarks=listed))
    await session.execute(sa.delete(region_job_number).where(region_job_number.c.job_id == job_id))


async def benchmarks(session: AsyncSession, job_id: UUID) -> dict[Group, dict[str, Benchmark]]:
    """Return the benchmarks of every group."""
    listed = await session.scalar(sa.select(region_job.c.benchmarks).where(region_job.c.job_id == job_id))
    return {
        (version, kind, level): {code: Benchmark(*pair) for code, pair in own.items()}
        for version, kind, level, own in listed or ()
    }


async def add_results(session: AsyncSession, job_id: UUID, results: Collection[JobResult]) -> None:
    """Store what a chunk made."""
    rows = [
        {"job_id": job_id, "institution_code": one.institution_code, "outcome": one.outcome, "details": one.details}
        for one in results
    ]
    if rows:
        await session.execute(sa.insert(region_job_result), rows)


async def results(session: AsyncSession, job_id: UUID, *, after: str, limit: int) -> list[JobResult]:
    """Return results by institution, those behind ``after``."""
    rows = await session.execute(
        sa.select(region_job_result.c.institution_code, region_job_result.c.outcome, region_job_result.c.details)
        .where(region_job_result.c.job_id == job_id, region_job_result.c.institution_code > after)
        .order_by(region_job_result.c.institution_code)
        .limit(limit)
    )
    return [JobResult(**row) for row in rows.mappings()]


async def outcomes(session: AsyncSession, job_id: UUID) -> dict[str, int]:
    """Count results by outcome."""
    rows = await session.execute(
        sa.select(region_job_result.c.outcome, sa.func.count().label("institutions"))
        .where(region_job_result.c.job_id == job_id)
        .group_by(region_job_result.c.outcome)
        .order_by(region_job_result.c.outcome)
    )
    return {row.outcome: row.institutions for row in rows}


def _open() -> sa.ColumnElement[bool]:
    return region_job.c.state.in_(sorted(OPEN_STATES))


def _job(row: sa.RowMapping) -> RegionJob:
    fields = dict(row)
    return RegionJob(
        **{
            **fields,
            "kind": JobKind(fields["kind"]),
            "state": JobState(fields["state"]),
            "phase": JobPhase(fields["phase"]),
        }
    )
