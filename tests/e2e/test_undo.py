"""A consequence is undone: overturning a finding takes back amount, score, points and suspension, each once."""

import asyncio
from datetime import timedelta

import asyncpg
import httpx
import pytest

from services.embedded import embedded_system
from services.kit.clock import SystemClock
from services.kit.db import connection_arguments
from services.kit.settings import ProcessSettings
from services.kit.tokens import development_key_files, issue_token, read_signing_key
from tests.support import load
from tests.support.journey import PHYSICIAN, Journey, claim, eventually


@pytest.fixture
async def journey(bare_database_url, tmp_path):
    settings = ProcessSettings(state_directory=tmp_path, port=0, log_level="error")
    async with embedded_system(settings, bare_database_url) as system:
        key = read_signing_key(development_key_files(tmp_path).signing_key)

        def header(role: str, **claims: str) -> dict[str, str]:
            token = issue_token(
                key,
                issuer="fundwarden",
                audience="fundwarden",
                subject=f"test-{role}",
                roles=[role],
                now=SystemClock().now(),
                lifetime=timedelta(hours=1),
                **claims,
            )
            return {"Authorization": f"Bearer {token}"}

        async with httpx.AsyncClient(base_url=system.base_url, timeout=30) as client:
            await load.register(client, header("registrar"))
            yield Journey(client, header)


async def deliver_again(url: str, kind: str) -> None:
    """Put a fact that has been published into the outbox once more, under the same event id."""
    connection = await asyncpg.connect(**connection_arguments(url))
    try:
        await connection.execute(
            """
            insert into screening.outbox (event_id, topic, key, type, time, traceparent, payload)
            select event_id, topic, key, type, time, traceparent, payload from screening.published_for_test
            where type = $1
            """,
            kind,
        )
        async with asyncio.timeout(30):
            while await connection.fetchval("select exists (select from screening.outbox)"):
                await asyncio.sleep(0.02)
    finally:
        await connection.close()


async def keep_what_is_published(url: str) -> None:
    """Copy every fact that screening states into a table of the test."""
    connection = await asyncpg.connect(**connection_arguments(url))
    try:
        await connection.execute(
            """
            create table screening.published_for_test (like screening.outbox);
            grant all on screening.published_for_test to public;
            create function screening.keep_for_test() returns trigger language plpgsql as
                $$ begin insert into screening.published_for_test select new.*; return new; end $$;
            create trigger keep_for_test after insert on screening.outbox
                for each row execute function screening.keep_for_test();
            """
        )
    finally:
        await connection.close()


async def test_overturning_takes_everything_back_once_also_when_the_message_comes_twice(
    journey, bare_database_url
) -> None:
    await keep_what_is_published(bare_database_url)
    untouched = await journey.score()
    taken = await journey.post(claim("UNDO1"))
    finding = await journey.finding_of(taken["settlement_ref"])
    await journey.confirm(finding["finding_id"])
    await journey.sanction(finding["finding_id"])
    file = await eventually(lambda: suspended(journey))
    assert (file["points"], file["status"]) == (11, "suspended")
    assert await journey.score() < untouched
    await eventually(lambda: barred(bare_database_url))
    refused = await journey.post(claim("UNDO2") | {"medical_type": "11"} | now())
    assert await journey.verdict_of(refused["settlement_ref"]) == "refuse"

    await journey.overturn(finding["finding_id"])
    await journey.overturn(finding["finding_id"])
    await eventually(lambda: eligible(journey))
    for kind in ("screening.finding.overturned.v1", "screening.finding.confirmed.v1"):
        await deliver_again(bare_database_url, kind)

    file = await journey.file()
    assert (file["points"], file["status"]) == (0, "eligible")
    assert sorted(entry["points"] for entry in file["entries"]) == [-11, 11]
    assert await journey.score() == untouched
    connection = await asyncpg.connect(**connection_arguments(bare_database_url))
    try:
        entries = await connection.fetch("select delta_e2 from credit.score_entry")
        upheld = await connection.fetchval(
            "select coalesce(sum(amount_upheld_fen), 0) from screening.finding where status = 'confirmed'"
        )
    finally:
        await connection.close()
    assert len(entries) == 2
    assert sum(row[0] for row in entries) == 0
    assert upheld == 0
    await eventually(lambda: not_barred(bare_database_url))


def now() -> dict[str, str]:
    instant = SystemClock().now()
    return {
        "started_at": (instant - timedelta(minutes=40)).isoformat(),
        "ended_at": (instant - timedelta(minutes=20)).isoformat(),
        "settled_at": instant.isoformat(),
    }


async def suspended(journey: Journey):
    file = await journey.file()
    return file if file["status"] == "suspended" else None


async def eligible(journey: Journey):
    file = await journey.file()
    return file["status"] == "eligible"


async def barred(url: str) -> bool:
    connection = await asyncpg.connect(**connection_arguments(url))
    try:
        return bool(
            await connection.fetchval(
                "select exists (select from screening.ineligibility where practitioner_code = $1"
                " and effective_from is not null and lifted_from is null)",
                PHYSICIAN,
            )
        )
    finally:
        await connection.close()


async def not_barred(url: str) -> bool:
    return not await barred(url)
