"""Each service's migrations: to head, nothing left to generate, down and up again; a stale schema is refused."""

import importlib
from typing import Any

import asyncpg
import pytest

from services.kit.db import Database, connection_arguments
from services.kit.errors import Unavailable
from services.kit.migrations import differences, downgrade, prepare_database, upgrade
from services.kit.revisions import SERVICES

pytestmark = pytest.mark.parametrize("service", SERVICES)


async def tables(url: str, service: str) -> set[str]:
    connection = await asyncpg.connect(**connection_arguments(url))
    try:
        rows = await connection.fetch("select tablename from pg_tables where schemaname = $1", service)
    finally:
        await connection.close()
    return {row[0] for row in rows}


def metadata_of(service: str) -> Any:
    return importlib.import_module(f"services.{service}.storage.tables").metadata


async def test_head_is_what_the_tables_in_code_say(database_url, service) -> None:
    assert await differences(database_url, service, metadata_of(service)) == []


async def test_a_table_without_a_migration_would_be_noticed(database_url, service) -> None:
    connection = await asyncpg.connect(**connection_arguments(database_url))
    await connection.execute(f"alter table {service}.outbox drop column traceparent")
    await connection.close()
    assert await differences(database_url, service, metadata_of(service)) != []


async def test_down_to_nothing_and_up_again(bare_database_url, service) -> None:
    await prepare_database(bare_database_url)
    await upgrade(bare_database_url, [service])
    full = await tables(bare_database_url, service)
    await downgrade(bare_database_url, service, "base")
    assert await tables(bare_database_url, service) == {"alembic_version"}
    await upgrade(bare_database_url, [service])
    assert await tables(bare_database_url, service) == full
    assert {"outbox", "inbox", "dead_letter"} < full


async def test_preparing_and_upgrading_twice_changes_nothing(database_url, service) -> None:
    before = await tables(database_url, service)
    await prepare_database(database_url)
    await upgrade(database_url, [service])
    assert await tables(database_url, service) == before


async def test_a_service_refuses_a_schema_that_is_not_its_own_revision(database_url, service) -> None:
    await downgrade(database_url, service, "base")
    database = Database(database_url, service, pool_size=1)
    try:
        with pytest.raises(Unavailable, match="schema_stale"):
            await database.require_current_schema()
        await upgrade(database_url, [service])
        await database.require_current_schema()
    finally:
        await database.close()
