"""The intake application over a real database, and callers with tokens."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from services.intake.app import create_app
from services.intake.settings import IntakeSettings
from services.kit.db import connection_arguments
from services.kit.testing.clock import FixedClock
from services.kit.testing.tokens import TokenMint
from tests.conftest import running
from tests.support.intake import HOSPITAL, OTHER_HOSPITAL, PHYSICIAN, SECRET


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
        intake_line_bytes=64 * 1024,
    )


@pytest.fixture
def app(settings: IntakeSettings, clock: FixedClock) -> FastAPI:
    return create_app(settings, clock=clock)


@pytest.fixture
async def client(app: FastAPI, registrar: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application, with two hospitals and a physician registered over it."""
    async with running(app) as client:
        entry = {"kind": "hospital", "name": "医院", "level": 3, "region": "110105", "agreement_from": "2020-01-01"}
        for code in (HOSPITAL, OTHER_HOSPITAL):
            answer = await client.put(f"/intake/v1/institutions/{code}", json=entry, headers=registrar)
            assert answer.status_code == 201
        person = {"category": "physician", "name": "张三", "institution_codes": [HOSPITAL]}
        answer = await client.put(f"/intake/v1/practitioners/{PHYSICIAN}", json=person, headers=registrar)
        assert answer.status_code == 201
        yield client


@pytest.fixture
def registrar(mint: TokenMint) -> dict[str, str]:
    return mint.bearer("registrar")


@pytest.fixture
def hospital(mint: TokenMint) -> dict[str, str]:
    return mint.bearer("hospital", institution=HOSPITAL)


@pytest.fixture
def exchange(mint: TokenMint) -> dict[str, str]:
    """An agency that forwards for all institutions."""
    return mint.bearer(scopes=["settlements:write", "settlements:read"])


@pytest.fixture
async def rows(database_url: str) -> AsyncIterator[Callable[..., Any]]:
    """Read rows of the intake schema."""
    connection = await asyncpg.connect(**connection_arguments(database_url), server_settings={"search_path": "intake"})

    async def fetch(query: str, *arguments: Any) -> list[asyncpg.Record]:
        return await connection.fetch(query, *arguments)

    yield fetch
    await connection.close()
