"""Fixtures for every test: a real PostgreSQL from the wheel, and a clock that stands still until it is moved."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx
import pytest
import structlog
from fastapi import FastAPI

from deploy.kafka.broker import Broker, missing_tools
from services.kit.db import connection_arguments
from services.kit.embedded_postgres import EmbeddedPostgres, scratch_directory
from services.kit.ids import new_id
from services.kit.migrations import prepare_database, upgrade
from services.kit.testing.clock import FixedClock


@pytest.fixture(autouse=True)
def plain_logging() -> None:
    """Logging belongs to the process: what an earlier test's system set up must not silence this test's."""
    structlog.reset_defaults()
    root = logging.getLogger()
    root.setLevel(logging.WARNING)
    for handler in [present for present in root.handlers if type(present).__module__.startswith("services.")]:
        root.removeHandler(handler)


@pytest.fixture
def clock() -> FixedClock:
    """Ten in the morning in Shanghai on a Tuesday."""
    return FixedClock(datetime(2026, 3, 10, 2, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """One PostgreSQL 18 for the whole run, fsync on."""
    server = EmbeddedPostgres(scratch_directory())
    with server:
        yield server
    server.remove()


@pytest.fixture(scope="session")
def migrated_template(postgres: EmbeddedPostgres) -> str:
    """Name of a database with all four schemas at their newest revision, to be copied."""
    url = postgres.create_database("template_migrated")
    asyncio.run(prepare_database(url))
    asyncio.run(upgrade(url))
    return "template_migrated"


async def _drop(url: str, name: str) -> None:
    connection = await asyncpg.connect(**connection_arguments(url))
    try:
        await connection.execute(f'drop database if exists "{name}" with (force)')
    finally:
        await connection.close()


@pytest.fixture
def database_url(postgres: EmbeddedPostgres, migrated_template: str) -> Iterator[str]:
    """A fresh database with all schemas, for one test."""
    name = f"test_{new_id().hex}"
    yield postgres.create_database(name, template=migrated_template)
    asyncio.run(_drop(postgres.url(), name))


@pytest.fixture
def bare_database_url(postgres: EmbeddedPostgres) -> Iterator[str]:
    """A fresh, empty database for one test."""
    name = f"test_{new_id().hex}"
    yield postgres.create_database(name)
    asyncio.run(_drop(postgres.url(), name))


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Run an app's lifespan and yield a client that calls it in this process."""
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://fundwarden.test") as client:
            yield client


@pytest.fixture
def make_client() -> Callable[[FastAPI], Any]:
    """Return ``running``, so that a test can write ``async with make_client(app) as client``."""
    return running


@pytest.fixture(scope="session")
def in_ci() -> bool:
    """True where a missing tool must fail instead of skipping."""
    return os.environ.get("CI") == "true"


@pytest.fixture(scope="session")
def java_and_maven(in_ci: bool) -> None:
    """Skip, loudly, where Kafka's broker cannot be started; fail where that would hide something."""
    if missing := missing_tools():
        reason = f"KAFKA TESTS DO NOT RUN: {' and '.join(missing)} not found; set FUNDWARDEN_KAFKA or install them"
        if in_ci:
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture(scope="session")
def kafka(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Bootstrap address of a real Apache Kafka: ``FUNDWARDEN_KAFKA``, or a broker of our own on this machine."""
    if named := os.environ.get("FUNDWARDEN_KAFKA"):
        yield named
        return
    request.getfixturevalue("java_and_maven")
    with Broker(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker.bootstrap
