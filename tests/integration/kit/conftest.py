"""The probe service's database, for tests of the spine."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.kit.db import Database
from tests.support.probe import make_probe_schema


@pytest.fixture
def probe_url(bare_database_url: str) -> str:
    """Address of a database that holds the probe schema."""
    asyncio.run(make_probe_schema(bare_database_url))
    return bare_database_url


@pytest.fixture
async def probe(probe_url: str) -> AsyncIterator[Database]:
    """The probe service's own access."""
    database = Database(probe_url, "probe", pool_size=5)
    yield database
    await database.close()
