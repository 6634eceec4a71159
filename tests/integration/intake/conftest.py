"""The resources of intake over a real database, with a registry in it."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from services.intake.api.settlement_body import decode
from services.intake.app import create_app
from services.intake.settings import IntakeSettings
from services.intake.use_cases.accept_settlements import Answer
from services.intake.wiring import (
    Resources,
    build_accept_settlements,
    build_change_institutions,
    build_change_practitioners,
    open_resources,
)
from services.kit.db import connection_arguments
from services.kit.testing.clock import FixedClock
from services.kit.testing.tokens import TokenMint
from tests.conftest import running
from tests.support.intake import OTHER_HOSPITAL, SECRET, institution, practitioner


@pytest.fixture
def mint(clock: FixedClock) -> TokenMint:
    return TokenMint(clock)


@pytest.fixture
def settings(database_url: str, tmp_path: Path, mint: TokenMint) -> IntakeSettings:
    return IntakeSettings(
        database_url=SecretStr(database_url),
        state_directory=tmp_path,
        jwks=str(mint.write_jwks(tmp_path)),
        pseudonym_secret=SecretStr(SECRET),
        intake_chunk_lines=4,
    )


@pytest.fixture
async def resources(settings: IntakeSettings, clock: FixedClock) -> AsyncIterator[Resources]:
    async with open_resources(settings, clock=clock) as opened:
        await build_change_institutions(opened)([institution(), institution(OTHER_HOSPITAL)])
        await build_change_practitioners(opened)([practitioner()])
        async with opened.database.transaction() as session:
            await session.execute(sa.text("delete from outbox"))
        yield opened


@pytest.fixture
async def http(resources: Resources, settings: IntakeSettings, clock: FixedClock) -> AsyncIterator[httpx.AsyncClient]:
    async with running(create_app(settings, clock=clock)) as client:
        yield client


@pytest.fixture
def accept(resources: Resources) -> Callable[..., Any]:
    """Post settlements past HTTP; returns an answer for each."""

    async def post(*bodies: dict[str, Any], only_institution: str | None = None) -> list[Answer]:
        use_case = build_accept_settlements(resources)
        candidates = [decode(json.dumps(body).encode()) for body in bodies]
        return await use_case(candidates, only_institution=only_institution)

    return post


@pytest.fixture
async def rows(database_url: str) -> AsyncIterator[Callable[..., Any]]:
    """Read rows of the intake schema."""
    connection = await asyncpg.connect(**connection_arguments(database_url), server_settings={"search_path": "intake"})

    async def fetch(query: str, *arguments: Any) -> list[asyncpg.Record]:
        return await connection.fetch(query, *arguments)

    yield fetch
    await connection.close()
