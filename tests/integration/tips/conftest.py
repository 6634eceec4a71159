"""The service over a real database: its application, its consumers, and people with tokens."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from services.contracts.fact import Fact
from services.contracts.screening import FindingConfirmed, FindingOverturned, FindingWithdrawn
from services.kit.db import connection_arguments
from services.kit.ids import new_id
from services.kit.inbox import Event
from services.kit.testing.clock import FixedClock
from services.kit.testing.tokens import TokenMint
from services.tips.app import create_app
from services.tips.settings import TipsSettings, development_keys
from services.tips.wiring import Resources, open_resources
from services.tips.worker import subscription

HOSPITAL = "H11010500001"
OTHER_HOSPITAL = "H11010500002"
YUAN = 100


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> TipsSettings:
    """Real Argon2id, but with the least memory, so that tests are quick."""
    return TipsSettings(
        database_url=SecretStr(database_url),
        state_directory=tmp_path,
        jwks=str(tmp_path / "jwks.json"),
        tips_argon2_memory_kib=64,
        tips_argon2_passes=1,
        **development_keys(tmp_path),
    )


@pytest.fixture
async def resources(settings: TipsSettings, clock: FixedClock) -> AsyncIterator[Resources]:
    async with open_resources(settings, clock=clock) as opened:
        yield opened


@pytest.fixture
async def admin(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that sees the schema as its owner's superuser does."""
    connection = await asyncpg.connect(**connection_arguments(database_url), server_settings={"search_path": "tips"})
    yield connection
    await connection.close()


@pytest.fixture
def mint(clock: FixedClock, tmp_path: Path) -> TokenMint:
    mint = TokenMint(clock)
    mint.write_jwks(tmp_path)
    return mint


@pytest.fixture
async def client(
    settings: TipsSettings, clock: FixedClock, mint: TokenMint, make_client: Callable[[FastAPI], Any]
) -> AsyncIterator[httpx.AsyncClient]:
    async with make_client(create_app(settings, clock=clock)) as opened:
        yield opened


@dataclass
class Desk:
    """The people of the desk and the reporters, over HTTP."""

    client: httpx.AsyncClient
    mint: TokenMint
    admin: asyncpg.Connection

    async def report(self, text: str = "院长组织虚假住院", **fields: Any) -> str:
        """Report, and return the receipt."""
        body = {"kind": "false_admission", "text": text, "institution_code": HOSPITAL, **fields}
        answer = await self.client.post("/tips/v1/tips", json=body)
        assert answer.status_code == 201, answer.text
        receipt: str = answer.json()["receipt"]
        return receipt

    async def newest(self) -> UUID:
        """Id of the newest tip; the ids of one day are in no order, so it is the last in the log."""
        found: UUID = await self.admin.fetchval(
            "select tip_id from handling_log where action = 'received' order by position desc limit 1"
        )
        return found

    async def post(
        self, tip_id: UUID, step: str, body: Any = None, *, by: str = "zhang", role: str = "tip_handler"
    ) -> httpx.Response:
        """Take a step as somebody of the desk."""
        headers = self.mint.bearer(role, subject=by)
        return await self.client.post(f"/tips/v1/tips/{tip_id}/{step}", json=body, headers=headers)

    async def done(self, tip_id: UUID, step: str, body: Any = None, **who: str) -> dict[str, Any]:
        """Take a step that must succeed."""
        answer = await self.post(tip_id, step, body, **who)
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    async def approve(self, tip_id: UUID, amount_fen: int, *, by: str) -> dict[str, Any]:
        return await self.done(tip_id, "reward-approval", {"amount_fen": amount_fen}, by=by, role="reward_approver")

    async def read(self, tip_id: UUID, role: str = "tip_handler") -> dict[str, Any]:
        answer = await self.client.get(f"/tips/v1/tips/{tip_id}", headers=self.mint.bearer(role))
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    async def look_up(self, receipt: str) -> dict[str, Any]:
        answer = await self.client.post("/tips/v1/lookup", json={"receipt": receipt})
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    async def published(self, kind: str) -> list[dict[str, Any]]:
        """Payloads in the outbox of one type."""
        rows = await self.admin.fetch("select payload from outbox where type = $1 order by sequence", kind)
        return [json.loads(row["payload"]) for row in rows]


@pytest.fixture
def desk(client: httpx.AsyncClient, mint: TokenMint, admin: asyncpg.Connection) -> Desk:
    return Desk(client, mint, admin)


@dataclass
class Screening:
    """Stands for screening: states facts that tips consumes."""

    resources: Resources
    clock: FixedClock

    async def confirm(self, amount_fen: int, institution: str = HOSPITAL, finding_id: UUID | None = None) -> UUID:
        finding_id = finding_id or new_id()
        fact = FindingConfirmed(
            finding_id=finding_id,
            settlement_ref=new_id(),
            institution_code=institution,
            practitioner_codes=(),
            rule_code="GZ10000201001000",
            severity="violation",
            amount_fen=amount_fen,
            confirmed_at=self.clock.now(),
        )
        await self.handle([self.event(fact)])
        return finding_id

    def overturned(self, finding_id: UUID, amount_fen: int) -> FindingOverturned:
        return FindingOverturned(
            finding_id=finding_id,
            settlement_ref=new_id(),
            institution_code=HOSPITAL,
            amount_fen=amount_fen,
            overturned_at=self.clock.now(),
        )

    def withdrawn(self, finding_id: UUID) -> FindingWithdrawn:
        return FindingWithdrawn(
            finding_id=finding_id,
            settlement_ref=new_id(),
            institution_code=HOSPITAL,
            withdrawn_at=self.clock.now(),
        )

    def event(self, fact: Fact) -> Event[Any]:
        return Event(new_id(), fact.TYPE, fact.key, self.clock.now(), fact, None)

    async def handle(self, events: Sequence[Event[Any]]) -> None:
        await subscription(self.resources).handlers[type(events[0].data)](events)


@pytest.fixture
def screening(resources: Resources, clock: FixedClock) -> Screening:
    return Screening(resources, clock)
