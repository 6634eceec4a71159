"""Drills: things die in the middle of 5,000 settlements; afterwards nothing is missing and nothing happened twice."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import asyncpg
import httpx
import pytest

from services.kit.db import connection_arguments
from tests.support import load

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]

COUNT = 5_000
BATCH = 100
"""Small, so that there is a middle to die in."""


async def fetch(url: str, query: str) -> Any:
    """Ask the database, waiting while it is being restarted."""
    for _ in range(300):
        try:
            connection = await asyncpg.connect(**connection_arguments(url))
        except (OSError, asyncpg.PostgresError):
            await asyncio.sleep(0.1)
            continue
        try:
            return await connection.fetch(query)
        except (OSError, asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError, asyncpg.InterfaceError):
            await asyncio.sleep(0.1)
        finally:
            await connection.close(timeout=2)
    raise TimeoutError


async def screened(url: str) -> int:
    [row] = await fetch(url, "select count(*) from screening.settlement")
    return row[0]


async def run_through(installation, disturb: Callable[[], None]) -> dict[str, int]:
    """Post everything, disturb when a quarter is screened, and wait until all is quiet."""
    url = installation.url
    bodies: Sequence[bytes] = list(load.settlements(COUNT))
    async with httpx.AsyncClient(base_url=installation.system.base_url, timeout=60) as client:
        await load.register(client, installation.header("registrar"))
        hospital = installation.header("hospital", institution=load.HOSPITAL)
        posting = asyncio.create_task(load.post_batches(client, hospital, bodies, size=BATCH, streams=2))
        async with asyncio.timeout(120):
            while await screened(url) < COUNT // 4:
                await asyncio.sleep(0.02)
        await asyncio.to_thread(disturb)
        async with asyncio.timeout(300):
            counted = await posting
            while await screened(url) < COUNT or await waiting(url):
                await asyncio.sleep(0.1)
    return counted


async def waiting(url: str) -> int:
    [row] = await fetch(
        url,
        "select (select count(*) from intake.outbox) + (select count(*) from screening.outbox)"
        " + (select count(*) from intake.settlement) - (select count(*) from intake.settlement_outcome)",
    )
    return row[0]


async def check_books(url: str) -> None:
    """Count in the databases: each settlement stored once, screened once, told once; each finding once."""
    [totals] = await fetch(
        url,
        """
        select
            (select count(*) from intake.settlement) as stored,
            (select count(distinct (institution_code, settlement_id)) from intake.settlement) as distinct_stored,
            (select count(*) from screening.settlement) as screened,
            (select count(*) from intake.settlement_outcome) as answered,
            (select count(*) from intake.settlement s
                left join screening.settlement r using (settlement_ref) where r.settlement_ref is null) as lost,
            (select count(*) from screening.finding) as findings,
            (select count(distinct (settlement_ref, fingerprint)) from screening.finding) as distinct_findings,
            (select count(*) from (select finding_id from screening.finding_event group by finding_id
                having count(*) > 1) twice) as raised_twice,
            (select count(*) from screening.dead_letter) + (select count(*) from intake.dead_letter)
                + (select count(*) from credit.dead_letter) as parked
        """,
    )
    assert dict(totals) == {
        "stored": COUNT,
        "distinct_stored": COUNT,
        "screened": COUNT,
        "answered": COUNT,
        "lost": 0,
        "findings": totals["findings"],
        "distinct_findings": totals["findings"],
        "raised_twice": 0,
        "parked": 0,
    }
    assert totals["findings"] > 50


@pytest.mark.parametrize("role", ["relay-intake", "work-screening", "work-intake", "api"])
async def test_a_killed_process_loses_nothing_and_repeats_nothing(installation, role) -> None:
    def disturb() -> None:
        installation.system.kill(role)
        installation.system.start(role)

    await run_through(installation, disturb)
    await check_books(installation.url)


async def test_a_broker_that_dies_and_comes_back_loses_nothing(installation) -> None:
    await run_through(installation, lambda: installation.broker.restart(clean=False))
    await check_books(installation.url)


async def test_a_database_that_restarts_loses_nothing(installation) -> None:
    await run_through(installation, installation.postgres.restart)
    await check_books(installation.url)


async def test_two_workers_share_the_work_and_one_of_them_dies(installation) -> None:
    second = "work-screening-2"
    installation.system.add(second, ("work", "screening"))
    installation.system.start(second)
    await run_through(installation, lambda: installation.system.kill(second))
    await check_books(installation.url)


async def test_processes_stop_on_request_with_code_zero(installation) -> None:
    # A process that is still importing has no handler yet: wait until the relays lead and the last worker is up too.
    names = "select count(*) from pg_stat_activity where application_name like 'fundwarden-%-lock'"
    async with asyncio.timeout(60):
        while (await fetch(installation.url, names))[0][0] < 3:
            await asyncio.sleep(0.1)
    await asyncio.sleep(3)
    for role in ("relay-intake", "work-screening", "work-intake", "work-credit", "api"):
        assert installation.system.stop(role) == 0, role
