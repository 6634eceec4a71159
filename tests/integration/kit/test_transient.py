"""A lost database passes, in whatever form it is told; what a statement itself gets wrong does not."""

import asyncpg
import pytest
import sqlalchemy as sa

from services.kit.db import Database, connection_arguments, driver
from services.kit.ids import new_id
from services.kit.transient import is_transient


async def lose_connection(database: Database) -> None:
    """End the connections of the probe service from outside."""
    connection = await asyncpg.connect(**connection_arguments(database.url))
    try:
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
            " and datname = current_database()"
        )
    finally:
        await connection.close()


@pytest.fixture
def other(probe_url):
    return Database(probe_url, "probe", pool_size=1)


async def error_of(database: Database, *, raw: bool, at: str) -> BaseException:
    with pytest.raises(Exception) as caught:  # noqa: PT011, PT012 - its kind is the question
        async with database.transaction() as session:
            if at == "commit":
                await (await driver(session)).execute("insert into inbox (event_id) values ($1)", new_id())
            else:
                await session.execute(sa.text("select 1"))
            await lose_connection(database)
            if at == "statement" and raw:
                await (await driver(session)).execute("select 1")
            elif at == "statement":
                await session.execute(sa.text("select 1"))
    return caught.value


@pytest.mark.parametrize(("raw", "at"), [(True, "statement"), (False, "statement"), (True, "commit")])
async def test_a_connection_lost_in_the_middle_passes(probe, raw, at) -> None:
    assert is_transient(await error_of(probe, raw=raw, at=at))


async def test_a_broken_constraint_does_not_pass(probe) -> None:
    event = new_id()
    with pytest.raises(Exception) as caught:  # noqa: PT011, PT012
        async with probe.transaction() as session:
            for _ in range(2):
                await (await driver(session)).execute("insert into inbox (event_id) values ($1)", event)
    assert not is_transient(caught.value)


async def test_input_that_cannot_be_encoded_does_not_pass(probe) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011
        async with probe.transaction() as session:
            await (await driver(session)).execute("insert into inbox (event_id) values ($1)", "no uuid")
    assert not is_transient(caught.value)


async def test_a_lock_timeout_passes(probe, other) -> None:
    async with probe.transaction() as session:
        await (await driver(session)).execute("lock table inbox in access exclusive mode")
        with pytest.raises(Exception) as caught:  # noqa: PT011, PT012
            async with other.transaction() as waiting:
                await waiting.execute(sa.text("set local lock_timeout = '50ms'"))
                await waiting.execute(sa.text("select 1 from inbox"))
    await other.close()
    assert is_transient(caught.value)


@pytest.mark.parametrize("raw", [True, False])
async def test_a_pool_whose_connections_were_lost_opens_new_ones(probe, raw) -> None:
    await error_of(probe, raw=raw, at="statement")
    await lose_connection(probe)
    failures = 0
    while failures < 5:
        try:
            async with probe.transaction() as session:
                assert await (await driver(session)).fetchval("select 1") == 1
        except Exception as error:  # noqa: BLE001 - the loss may be noticed only by the first who asks
            assert is_transient(error)  # noqa: PT017
            failures += 1
        else:
            return
    pytest.fail("the pool went on handing out lost connections")
