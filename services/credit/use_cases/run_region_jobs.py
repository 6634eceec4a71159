"""Run jobs over a whole region, one chunk of one job in one short transaction; whoever is killed leaves no trace."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.rating_policy import RatingPolicy, RatingPolicyBook
from services.credit.domain.region_job import MOST_FAILURES, JobKind, JobPhase, JobState, RegionJob
from services.credit.storage import annual_ratings, region_jobs, register
from services.credit.storage.region_jobs import JobResult, Numbers
from services.credit.storage.register import RegisteredInstitution
from services.credit.telemetry import region_job_chunks
from services.credit.use_cases.backtest_ratings import compare
from services.credit.use_cases.preview_ratings import PreviewRatings, PreviewRun
from services.credit.use_cases.rating_inputs import benchmarks_by_group, peer_numbers, period_of, policy_of
from services.credit.use_cases.refresh_ratings import Cause
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.transient import is_transient

JOB_CHUNK = 50
"""Institutions of one transaction; a preview locks them as long as it lasts."""

_log = structlog.get_logger(__name__)


class RunRegionJobs:
    """Does chunks; several processes may do so at once, each holds one job's row for one chunk."""

    def __init__(self, database: Database, book: RatingPolicyBook, clock: Clock) -> None:
        self._database = database
        self._book = book
        self._clock = clock
        self._preview = PreviewRatings(database, book, clock)

    async def __call__(self) -> bool:
        """Do the next chunk of the job that waits longest; return whether there was one.

        An error that does not pass is counted on the job, which fails after MOST_FAILURES; one that passes is raised.
        """
        job: RegionJob | None = None
        try:
            async with self._database.transaction() as session:
                job = await region_jobs.claim(session)
                if job is None:
                    return False
                moved = await self._chunk(session, job)
                await region_jobs.move(session, replace(moved, failures=0, error=None, touched_at=self._clock.now()))
        except Exception as error:
            if job is None or is_transient(error):
                raise
            name = type(error).__name__
            _log.warning("region_job_chunk_failed", job_id=str(job.job_id), error=name)
            async with self._database.transaction() as session:
                await region_jobs.note_failure(session, job.job_id, name, MOST_FAILURES, now=self._clock.now())
            region_job_chunks.add(1, {"kind": job.kind.value, "outcome": "failed"})
            return True
        region_job_chunks.add(1, {"kind": job.kind.value, "outcome": "done"})
        return True

    async def _chunk(self, session: AsyncSession, job: RegionJob) -> RegionJob:
        chunk = await register.list_institutions(
            session, after=job.after, limit=JOB_CHUNK, only=None, region=job.region
        )
        if job.phase is JobPhase.PEERS:
            return await self._compare(session, job, chunk)
        if not chunk:
            return replace(job, state=JobState.FINISHED)
        if job.kind is JobKind.PREVIEW:
            results = await self._previewed(session, job, chunk)
        else:
            results = await self._tested(session, job, chunk)
        await region_jobs.add_results(session, job.job_id, results)
        return replace(job, done=job.done + len(chunk), after=chunk[-1].institution_code)

    async def _compare(
        self, session: AsyncSession, job: RegionJob, chunk: Sequence[RegisteredInstitution]
    ) -> RegionJob:
        """Keep what a chunk is compared by; behind the last one find the benchmarks."""
        if chunk:
            found: dict[str, list[Numbers]] = {}
            for policies in self._schemes(job, chunk):
                for code, numbers in (await peer_numbers(session, chunk, policies, period_of(job.year))).items():
                    found.setdefault(code, []).append(numbers)
            await region_jobs.add_numbers(session, job.job_id, found)
            return replace(
                job,
                state=JobState.RUNNING,
                compared=job.compared + len(chunk),
                after=chunk[-1].institution_code,
            )
        kept = await region_jobs.numbers(session, job.job_id)
        versions = {one.version: one for one in self._book.all()}
        await region_jobs.keep_benchmarks(
            session, job.job_id, await asyncio.to_thread(benchmarks_by_group, versions, kept)
        )
        return replace(job, state=JobState.RUNNING, phase=JobPhase.INSTITUTIONS, after="")

    def _schemes(self, job: RegionJob, chunk: Sequence[RegisteredInstitution]) -> list[Mapping[str, RatingPolicy]]:
        """Return the policy of each institution: the one in force, and in a back-test the one that is tried."""
        in_force = {one.institution_code: policy_of(self._book, one, job.year) for one in chunk}
        if job.policy_version is None:
            return [in_force]
        return [in_force, dict.fromkeys(in_force, self._book.version(job.policy_version))]

    async def _previewed(
        self, session: AsyncSession, job: RegionJob, chunk: Sequence[RegisteredInstitution]
    ) -> list[JobResult]:
        (policies,) = self._schemes(job, chunk)
        run = PreviewRun(
            period_of(job.year),
            policies,
            await region_jobs.benchmarks(session, job.job_id),
            Cause(job.asked_by, self._clock.now()),
        )
        outcome = await self._preview.chunk(session, chunk, run)
        made = await annual_ratings.of_institutions(session, list(outcome), [job.year])
        standing = {one.institution_code: one for one in made}
        return [
            JobResult(
                code,
                said,
                {
                    "state": standing[code].last.state.value,
                    "score_e2": standing[code].score_e2,
                    "grade": standing[code].grade,
                    "policy_version": standing[code].policy_version,
                },
            )
            for code, said in outcome.items()
        ]

    async def _tested(
        self, session: AsyncSession, job: RegionJob, chunk: Sequence[RegisteredInstitution]
    ) -> list[JobResult]:
        benchmarks = await region_jobs.benchmarks(session, job.job_id)
        schemes = [(policies, benchmarks) for policies in self._schemes(job, chunk)]
        made = await compare(session, chunk, schemes, job.year)
        results = [
            JobResult(
                one.institution_code, f"{one.grade}>{one.tested_grade}", asdict(one) | {"change_e2": one.change_e2}
            )
            for one in made
        ]
        rated = {one.institution_code for one in made}
        return results + [
            JobResult(one.institution_code, "not_rated", {}) for one in chunk if one.institution_code not in rated
        ]
