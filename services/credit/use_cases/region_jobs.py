"""Ask for jobs over a whole region, watch them, cancel them, and read what they made."""

from dataclasses import dataclass, replace
from uuid import UUID

from services.credit.domain.calendar import business_date
from services.credit.domain.errors import NoPolicyInForceError
from services.credit.domain.rating_policy import RatingPolicyBook
from services.credit.domain.region import reach
from services.credit.domain.region_job import JobKind, JobPhase, JobState, RegionJob
from services.credit.storage import region_jobs, register
from services.credit.storage.region_jobs import JobResult
from services.credit.use_cases.guard_reading import must_be_in_region, narrowed
from services.credit.use_cases.rating_refusal import must_be_agency, no_rating_policy, year_not_over
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import Conflict, NotFound, TooMany
from services.kit.principal import Principal

MOST_OPEN = 20
"""Jobs with chunks to come; more would only wait for each other."""

_RETRY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class AskedJob:
    """What an officer asks for."""

    job_id: UUID
    kind: JobKind
    year: int
    region: str
    policy_version: str | None


@dataclass(frozen=True, slots=True)
class JobReading:
    """A job, and its results so far by outcome."""

    job: RegionJob
    outcomes: dict[str, int]


class RegionJobs:
    """Keeps the list of jobs; the worker does them chunk by chunk."""

    def __init__(self, database: Database, book: RatingPolicyBook, clock: Clock) -> None:
        self._database = database
        self._book = book
        self._clock = clock

    async def ask(self, asked: AskedJob, officer: Principal) -> tuple[RegionJob, bool]:
        """Store a job and tell whether this request made it; the same again answers the same.

        Raises Forbidden, Conflict for a year that runs, a version not installed or another job under the id, and
        TooMany while many wait.
        """
        must_be_agency(officer)
        must_be_in_region(officer, asked.region)
        now = self._clock.now()
        self._check(asked, business_date(now).year)
        async with self._database.transaction() as session:
            known = await region_jobs.find(session, asked.job_id)
            if known is None and await region_jobs.open_jobs(session) >= MOST_OPEN:
                raise TooMany(
                    "jobs_waiting",
                    zh="等待办理的任务过多，请稍后再试。",
                    en="Too many jobs wait; try again later.",
                    retry_after=_RETRY_SECONDS,
                )
            job = RegionJob(
                job_id=asked.job_id,
                kind=asked.kind,
                year=asked.year,
                region=reach(asked.region),
                policy_version=asked.policy_version,
                asked_by=officer.subject,
                asked_at=now,
                state=JobState.WAITING,
                phase=JobPhase.PEERS,
                total=await register.count_institutions(session, reach(asked.region)),
                compared=0,
                done=0,
                after="",
                failures=0,
                error=None,
                touched_at=now,
            )
            if await region_jobs.add(session, job):
                return job, True
            known = await region_jobs.find(session, asked.job_id)
        if known is None or any(
            getattr(known, name) != getattr(job, name) for name in ("kind", "year", "region", "policy_version")
        ):
            raise Conflict("job_differs", zh="该编号已有内容不同的任务。", en="A different job has this id.")
        return known, False

    async def one(self, job_id: UUID, reader: Principal) -> JobReading:
        """Return a job and how its results fall out so far; raises Forbidden and NotFound."""
        must_be_agency(reader)
        async with self._database.reading() as session:
            job = await region_jobs.find(session, job_id)
            if job is None:
                raise _unknown()
            must_be_in_region(reader, job.region)
            return JobReading(job, await region_jobs.outcomes(session, job_id))

    async def page(self, reader: Principal, *, after: UUID | None, limit: int) -> list[RegionJob]:
        """Return jobs by id, those behind ``after``; a reader bound to a region sees its own; raises Forbidden."""
        must_be_agency(reader)
        async with self._database.reading() as session:
            return await region_jobs.page(session, region=narrowed(reader, ""), after=after, limit=limit)

    async def results(self, job_id: UUID, reader: Principal, *, after: str, limit: int) -> list[JobResult]:
        """Return a job's results by institution, those behind ``after``; raises Forbidden and NotFound."""
        await self.one(job_id, reader)
        async with self._database.reading() as session:
            return await region_jobs.results(session, job_id, after=after, limit=limit)

    async def cancel(self, job_id: UUID, officer: Principal) -> RegionJob:
        """End a job behind the chunk in hand; what it has done stays. Raises Forbidden, NotFound, Conflict."""
        must_be_agency(officer)
        async with self._database.transaction() as session:
            job = await region_jobs.find(session, job_id, lock=True)
            if job is None:
                raise _unknown()
            must_be_in_region(officer, job.region)
            if not job.open:
                raise Conflict("job_over", zh="任务已结束。", en="The job has ended already.")
            ended = replace(job, state=JobState.CANCELLED, touched_at=self._clock.now())
            await region_jobs.move(session, ended)
        return ended

    def _check(self, asked: AskedJob, this_year: int) -> None:
        if asked.kind is JobKind.PREVIEW and asked.year >= this_year:
            raise year_not_over()
        if (asked.kind is JobKind.BACKTEST) != (asked.policy_version is not None):
            raise no_rating_policy()
        if asked.policy_version is not None:
            try:
                self._book.version(asked.policy_version)
            except NoPolicyInForceError:
                raise no_rating_policy() from None


def _unknown() -> NotFound:
    return NotFound("job_unknown", zh="没有这项任务。", en="There is no such job.")
