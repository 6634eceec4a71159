"""What the spine is compared with: one ORM insert per HTTP request, and PostgreSQL's COPY of the same bytes."""

import asyncio
import itertools
import os
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.kit.db import connection_arguments

STREAMS = 16
"""Requests under way at once against the ORM baseline."""


class Base(DeclarativeBase):
    """Tables of the baseline."""


class Stored(Base):
    """One settlement, as a plain program would keep it."""

    __tablename__ = "baseline_settlement"
    id: Mapped[int] = mapped_column(primary_key=True)
    institution_code: Mapped[str]
    settlement_id: Mapped[str] = mapped_column(index=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)


class Line(BaseModel):
    """A fee line as pydantic reads it."""

    number: int
    item_code: str
    quantity: str
    unit_price: str
    amount_fen: int
    charged_at: str


class Settlement(BaseModel):
    """A settlement as pydantic reads it; nothing is checked beyond types."""

    settlement_id: str
    institution_code: str
    total_fen: int
    lines: list[Line]


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(**connection_arguments(os.environ["BASELINE_DATABASE_URL"]))

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, pool_size=STREAMS)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    app.state.sessions = async_sessionmaker(engine)
    yield
    await engine.dispose()


app = FastAPI(lifespan=_lifespan)


@app.post("/settlements", status_code=201)
async def store(settlement: Settlement) -> dict[str, int]:
    """Insert one row in one transaction."""
    async with app.state.sessions() as session, session.begin():
        row = Stored(
            institution_code=settlement.institution_code,
            settlement_id=settlement.settlement_id,
            body=settlement.model_dump(),
        )
        session.add(row)
        await session.flush()
        return {"id": row.id}


async def orm_per_second(base_url: str, bodies: Sequence[bytes]) -> float:
    """Post settlements one by one over some streams; return how many per second got their answer."""
    queue = iter(bodies)

    async def stream(client: httpx.AsyncClient) -> None:
        for body in queue:
            answer = await client.post("/settlements", content=body, headers={"Content-Type": "application/json"})
            assert answer.status_code == 201, answer.text

    async with httpx.AsyncClient(base_url=base_url, timeout=60) as client:
        await stream_once(client, bodies[0])
        started = time.perf_counter()
        await asyncio.gather(*(stream(client) for _ in range(STREAMS)))
    return len(bodies) / (time.perf_counter() - started)


async def stream_once(client: httpx.AsyncClient, body: bytes) -> None:
    """Warm the baseline up with one request, waiting until it listens."""
    for _ in itertools.repeat(None, 200):
        try:
            await client.post("/settlements", content=body, headers={"Content-Type": "application/json"})
        except httpx.HTTPError:
            await asyncio.sleep(0.1)
        else:
            return


async def copy_per_second(url: str, bodies: Sequence[bytes]) -> float:
    """COPY the same bytes into one table in one transaction; return settlements per second."""
    connection = await asyncpg.connect(**connection_arguments(url))
    try:
        await connection.execute("create table if not exists baseline_copy (body bytea)")
        started = time.perf_counter()
        await connection.copy_records_to_table("baseline_copy", records=((body,) for body in bodies))
        return len(bodies) / (time.perf_counter() - started)
    finally:
        await connection.close()


def bare() -> FastAPI:
    """Return the least a FastAPI route can be: no token, no database, three fields."""
    app = FastAPI()

    @app.get("/bare")
    async def answer(practitioner: str) -> dict[str, str | bool]:
        return {"practitioner_code": practitioner, "eligible": True, "status": "eligible"}

    return app
