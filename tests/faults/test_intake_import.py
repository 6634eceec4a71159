"""The worker dies in the middle of a file of 100,000 rows; another goes on, in constant memory."""

import asyncio
from pathlib import Path

import asyncpg
import httpx
import pytest

from services.kit.db import connection_arguments
from tests.support import load
from tests.support.import_worker import IMPORTS, ImportWorker
from tests.support.intake_process import IntakeProcess
from tests.support.tables import as_csv, flat

pytestmark = pytest.mark.timeout(180)

SETTLEMENTS = 10_000
ROWS = SETTLEMENTS * load.LINES
MOST_GROWN_MEGABYTES = 40
"""Over the second half of the rows, which would be four times that as objects."""


async def test_a_killed_worker_loses_no_row_of_a_file_and_takes_none_twice(database_url: str, tmp_path: Path) -> None:
    environment = {"FUNDWARDEN_INTAKE_IMPORT_LEASE_SECONDS": "5"}
    with IntakeProcess(tmp_path, database_url, environment=environment) as api:
        headers = api.header("hospital", institution=load.HOSPITAL)
        async with httpx.AsyncClient(base_url=api.base_url, timeout=60) as client:
            await load.register(client, api.header("registrar"))
            content = as_csv(*flat(load.settlements(SETTLEMENTS)))
            answer = await client.post(
                IMPORTS, params={"kind": "settlements", "mode": "good_rows"}, content=content, headers=headers
            )
            job = answer.headers["Location"]
        connection = await asyncpg.connect(**connection_arguments(database_url))
        with ImportWorker(api.environment) as first:
            while await connection.fetchval("select items_done from intake.import_job") < SETTLEMENTS // 3:
                await asyncio.sleep(0.02)
            first.kill()
        before = await connection.fetchrow("select items_done, state from intake.import_job")
        assert before["state"] == "running"
        assert SETTLEMENTS // 3 <= before["items_done"] < SETTLEMENTS
        assert await connection.fetchval("select count(*) from intake.settlement") == before["items_done"]
        with ImportWorker(api.environment) as second:
            held: list[float] = []
            async with httpx.AsyncClient(base_url=api.base_url, headers=headers, timeout=60) as client:
                while (view := (await client.get(job)).json())["finished_at"] is None:
                    if view["phase"] == "storing" and view["rows_done"] > ROWS // 2:
                        held.append(second.resident_megabytes())
                    await asyncio.sleep(0.1)
            assert (view["state"], view["created"], view["same"]) == ("done", SETTLEMENTS, 0)
            assert max(held) - held[0] < MOST_GROWN_MEGABYTES
        counted = await connection.fetchrow(
            "select (select count(*) from intake.settlement) as stored, count(*) as stated, "
            "count(distinct event_id) as distinct, (select count(*) from intake.import_part) as parts "
            "from intake.outbox where topic = 'intake.settlement'"
        )
        await connection.close()
    assert tuple(counted) == (SETTLEMENTS, SETTLEMENTS, SETTLEMENTS, 0)
    assert not list((tmp_path / "imports").iterdir()), "what a killed worker had open leaves nothing behind"
