"""Jobs over a region: in chunks that each commit, taken up by another after a kill, the same as the call at once."""

import asyncio
import signal
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from services.contracts.intake import InstitutionChanged
from services.credit.domain.region_job import MOST_FAILURES, JobKind, JobState
from services.credit.storage import rating_evidence
from services.credit.use_cases import run_region_jobs
from services.credit.use_cases.region_jobs import AskedJob
from services.credit.wiring import (
    build_backtest_ratings,
    build_preview_ratings,
    build_read_ratings,
    build_region_jobs,
    build_run_region_jobs,
)
from services.credit.worker import region_jobs as loop_of
from services.kit.errors import Conflict, Forbidden
from services.kit.ids import new_id
from services.kit.principal import Principal

OFFICER = Principal("officer", frozenset(), None, None, None, frozenset())
LAST_YEAR = datetime(2025, 6, 1, 2, tzinfo=UTC)
REGION, THOUSAND = "370102", "rating-370000-2025"
NUMBER = 7
ROOT = Path(__file__).resolve().parents[3]


def code(place):
    return f"H370102{place:05}"


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(run_region_jobs, "JOB_CHUNK", 3)


@pytest.fixture
async def region(credit):
    for place in range(NUMBER):
        await credit.tell(
            InstitutionChanged(
                institution_code=code(place),
                kind="hospital",
                level=3,
                region=REGION,
                active=place != 2,
                agreement_from=date(2020, 1, 1),
            )
        )
        await credit.findings(place + 1, institution_code=code(place), severity="suspicion", confirmed_at=LAST_YEAR)
    return credit


def asked(kind=JobKind.BACKTEST, version="rating-national-2025", **changes):
    fields = {"job_id": new_id(), "kind": kind, "year": 2025, "region": REGION, "policy_version": version}
    return AskedJob(**{**fields, **changes})


async def ask(credit, **changes):
    job, _ = await build_region_jobs(credit.resources).ask(asked(**changes), OFFICER)
    return job.job_id


async def read(credit, job_id):
    return await build_region_jobs(credit.resources).one(job_id, OFFICER)


async def results(credit, job_id):
    return await build_region_jobs(credit.resources).results(job_id, OFFICER, after="", limit=100)


async def finish(credit):
    run = build_run_region_jobs(credit.resources)
    steps = 0
    while await run():
        steps += 1
    return steps


async def test_a_back_test_says_what_the_call_at_once_says(region):
    job_id = await ask(region)
    # Three chunks and the benchmarks, three chunks and the end.
    assert await finish(region) == 8
    reading = await read(region, job_id)
    job = reading.job
    assert (job.state, job.total, job.compared, job.done) == (JobState.FINISHED, NUMBER, NUMBER, NUMBER)
    at_once = await build_backtest_ratings(region.resources)(
        OFFICER, year=2025, region=REGION, policy_version="rating-national-2025"
    )
    made = {one.institution_code: one.details for one in await results(region, job_id)}
    assert made.pop(code(2)) == {}
    assert {name: (one["score_e2"], one["tested_score_e2"]) for name, one in made.items()} == {
        one.institution_code: (one.score_e2, one.tested_score_e2) for one in at_once.institutions
    }
    moves = {f"{before}>{after}": number for (before, after), number in at_once.moves().items()}
    assert reading.outcomes == {**moves, "not_rated": 1}
    assert await region.number("select count(*) from region_job_number") == 0


async def test_a_preview_says_what_the_call_at_once_says(region):
    job_id = await ask(region, kind=JobKind.PREVIEW, version=None)
    await finish(region)
    assert (await read(region, job_id)).outcomes == {"left_out": 1, "previewed": NUMBER - 1}
    file = await build_read_ratings(region.resources).one(code(4), 2025, OFFICER)
    assert file.acts[0].acted_by == "officer"
    again = await build_preview_ratings(region.resources)(OFFICER, year=2025, region=REGION)
    assert again == {"unchanged": NUMBER}


async def test_another_process_goes_on_where_one_was_killed(region, monkeypatch):
    job_id = await ask(region)
    run = build_run_region_jobs(region.resources)
    for _ in range(5):
        await run()
    gather, reached = rating_evidence.gather, asyncio.Event()

    async def hang(*arguments):
        reached.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(rating_evidence, "gather", hang)
    doomed = asyncio.create_task(run())
    await reached.wait()
    # Somebody else looks for work meanwhile: the job is held, so there is none, and nobody waits.
    assert await build_run_region_jobs(region.resources)() is False
    doomed.cancel()
    with pytest.raises(asyncio.CancelledError):
        await doomed
    monkeypatch.setattr(rating_evidence, "gather", gather)
    assert (await read(region, job_id)).job.done == 3
    assert await finish(region) == 3
    made = [one.institution_code for one in await results(region, job_id)]
    assert made == [code(place) for place in range(NUMBER)]


HANGING = """
import asyncio, sys
from services.credit.settings import CreditSettings
from services.credit.storage import rating_evidence
from services.credit.use_cases import run_region_jobs
from services.credit.wiring import build_run_region_jobs, open_resources

async def hang(*arguments):
    print("reached", flush=True)
    await asyncio.Event().wait()

async def main():
    run_region_jobs.JOB_CHUNK = 3
    async with open_resources(CreditSettings(database_url=sys.argv[1])) as resources:
        run = build_run_region_jobs(resources)
        for _ in range(5):
            await run()
        rating_evidence.gather = hang
        await run()

asyncio.run(main())
"""


async def test_a_job_goes_on_after_its_process_was_killed_outright(region, database_url):
    job_id = await ask(region)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HANGING, database_url, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert (await asyncio.wait_for(process.stdout.readline(), 30)).strip() == b"reached"
        assert await build_run_region_jobs(region.resources)() is False, "the living process holds the job"
    finally:
        process.kill()
        await process.wait()
    assert process.returncode == -signal.SIGKILL
    run, deadline = build_run_region_jobs(region.resources), asyncio.get_running_loop().time() + 10
    # The server notices the broken connection by itself, and lets the row go.
    while not await run():
        assert asyncio.get_running_loop().time() < deadline, "nobody can go on with the job"
        await asyncio.sleep(0.05)
    assert (await read(region, job_id)).job.done == 6
    await finish(region)
    made = [one.institution_code for one in await results(region, job_id)]
    assert made == [code(place) for place in range(NUMBER)]


async def test_a_chunk_that_cannot_be_done_fails_the_job_and_not_the_others(region, monkeypatch):
    bad, good = await ask(region), await ask(region, region="990000")
    compare = run_region_jobs.compare

    async def broken(*arguments):
        raise ValueError("never to be shown")

    monkeypatch.setattr(run_region_jobs, "compare", broken)
    await finish(region)
    monkeypatch.setattr(run_region_jobs, "compare", compare)
    job = (await read(region, bad)).job
    assert (job.state, job.failures, job.error) == (JobState.FAILED, MOST_FAILURES, "ValueError")
    assert (await read(region, good)).job.state is JobState.FINISHED


async def test_a_chunk_holds_only_its_own_institutions(region, monkeypatch):
    """While a preview is at its first chunk, a finding about an institution of a later chunk is taken over."""
    await ask(region, kind=JobKind.PREVIEW, version=None)
    run = build_run_region_jobs(region.resources)
    for _ in range(4):
        await run()
    gather, reached, go = rating_evidence.gather, asyncio.Event(), asyncio.Event()

    async def slow(session, codes, period):
        if code(0) in codes:
            reached.set()
            await go.wait()
        return await gather(session, codes, period)

    monkeypatch.setattr(rating_evidence, "gather", slow)
    chunk = asyncio.create_task(run())
    await reached.wait()
    await asyncio.wait_for(region.findings(1, institution_code=code(6)), 5)
    go.set()
    assert await chunk


async def test_it_can_be_cancelled_and_what_is_done_stays(region):
    job_id = await ask(region)
    run = build_run_region_jobs(region.resources)
    for _ in range(5):
        await run()
    await build_region_jobs(region.resources).cancel(job_id, OFFICER)
    assert await run() is False
    assert len(await results(region, job_id)) == 3
    with pytest.raises(Conflict):
        await build_region_jobs(region.resources).cancel(job_id, OFFICER)


async def test_the_same_again_is_the_same_job_and_others_regions_are_refused(region):
    jobs, wanted = build_region_jobs(region.resources), asked()
    assert [created for _, created in (await jobs.ask(wanted, OFFICER), await jobs.ask(wanted, OFFICER))] == [
        True,
        False,
    ]
    with pytest.raises(Conflict):
        await jobs.ask(asked(job_id=wanted.job_id, version=THOUSAND), OFFICER)
    elsewhere = Principal("other", frozenset(), None, "330100", None, frozenset())
    with pytest.raises(Forbidden):
        await jobs.ask(asked(), elsewhere)
    with pytest.raises(Forbidden):
        await jobs.one(wanted.job_id, elsewhere)
    assert await jobs.page(elsewhere, after=None, limit=10) == []


async def test_the_worker_does_jobs_until_it_is_told_to_stop(region):
    job_id, stop = await ask(region), asyncio.Event()
    running = asyncio.create_task(
        loop_of(build_run_region_jobs(region.resources), idle_seconds=0.01, rest_seconds=0)(stop)
    )
    while (await read(region, job_id)).job.open:
        await asyncio.sleep(0.02)
    stop.set()
    await asyncio.wait_for(running, 5)
    assert (await read(region, job_id)).job.state is JobState.FINISHED
