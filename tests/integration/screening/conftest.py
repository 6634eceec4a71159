"""A small rulebook, claims that meet or break it, and the service's resources over a real database."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from services.contracts.fact import Fact
from services.contracts.intake import (
    InstitutionAtService,
    SettlementAccepted,
    SettlementLine,
    SettlementReversed,
)
from services.kit.db import connection_arguments
from services.kit.ids import new_id
from services.kit.inbox import Event
from services.kit.testing.clock import FixedClock
from services.kit.testing.tokens import TokenMint
from services.screening.app import create_app
from services.screening.settings import ScreeningSettings
from services.screening.wiring import Resources, build_screen_settlements, open_resources

HOSPITAL = "H11010500001"
OTHER_HOSPITAL = "H11010500002"
PHYSICIAN = "D110105000001"
MEN_ONLY = "XG04CXF014A001010101001"
DAILY = "003310010140001"
PLAIN = "003310010140009"
SEX_RULE = "GZ10000201001000"
FREQUENCY_RULE = "GZ10000202002000"
CODE_RULE = "GZ10000203003000"
STAY_RULE = "GZ10000204004000"
ELIGIBILITY_RULE = "FW000001"

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def _rule(code: str, kind: str, severity: str = "violation") -> dict[str, Any]:
    return {
        "code": code,
        "kind": kind,
        "name_zh": kind,
        "name_en": kind,
        "category": "测试类",
        "severity": severity,
        "phases": ["after"],
        "legal_basis": "第三十八条",
    }


def rulebook_document(version: str = "2026.1") -> dict[str, Any]:
    """Rules over sex, daily frequency, traceability codes, stays and eligibility."""
    return {
        "version": version,
        "effective_from": "2025-01-01",
        "rules": [
            _rule(SEX_RULE, "sex"),
            _rule(FREQUENCY_RULE, "frequency", "suspicion"),
            _rule(CODE_RULE, "duplicate_traceability_code"),
            _rule(STAY_RULE, "overlapping_stays"),
            _rule(ELIGIBILITY_RULE, "practitioner_eligibility"),
        ],
        "points": [
            {"id": "K1", "rule": SEX_RULE, "name": "男性用药", "codes": [MEN_ONLY], "when": {"sex": "male"}},
            {
                "id": "K2",
                "rule": FREQUENCY_RULE,
                "name": "每日一次",
                "codes": [DAILY],
                "when": {"window": "day", "limit": 1, "scope": "anywhere"},
            },
        ],
    }


def build_line(number: int, code: str, at: datetime, **fields: Any) -> SettlementLine:
    """A line of one unit for 100 yuan."""
    values: dict[str, Any] = {
        "item_kind": "drug" if code.startswith("X") else "service",
        "quantity_e4": 10_000,
        "unit_price_e4": 100_000_000,
        "amount_fen": 10_000,
        **fields,
    }
    return SettlementLine(number=number, item_code=code, charged_at=at, **values)


class Claims:
    """Makes claims as events; each is of another person and settled a second after the one before, unless told."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._count = 0

    def accepted(
        self, *codes: str, traceability: tuple[str, ...] = (), traceparent: str | None = TRACEPARENT, **fields: Any
    ) -> Event[SettlementAccepted]:
        """A settlement of these items; all of them if none is named are harmless."""
        self._count += 1
        at = fields.pop("at", self.now - timedelta(hours=2))
        lines = [build_line(number, code, at) for number, code in enumerate(codes or (PLAIN,), start=1)]
        if traceability:
            lines.append(build_line(len(lines) + 1, "XA02BCA214A001010100001", at, traceability_codes=traceability))
        institution = fields.pop("institution", HOSPITAL)
        total = sum(line.amount_fen for line in lines)
        values: dict[str, Any] = {
            "settlement_ref": new_id(),
            "settlement_id": f"S{self._count:06}",
            "insured_ref": f"{self._count:032x}",
            "sex": "female",
            "age_days": 15_000,
            "insurance_type": "310",
            "insured_region": "110105",
            "medical_type": "11",
            "care_setting": "outpatient",
            "started_at": at,
            "ended_at": at,
            "settled_at": at + timedelta(seconds=self._count),
            "practitioner_code": PHYSICIAN,
            "total_fen": total,
            "fund_fen": total,
            "account_fen": 0,
            "cash_fen": 0,
            **fields,
        }
        fact = SettlementAccepted(
            institution=InstitutionAtService(code=institution, kind="hospital", level=3, region="110105"),
            lines=tuple(lines),
            **values,
        )
        return self.event(fact, traceparent)

    def reversed(self, accepted: Event[SettlementAccepted]) -> Event[SettlementReversed]:
        """The reversal of a settlement."""
        claim = accepted.data
        return self.event(
            SettlementReversed(
                settlement_ref=claim.settlement_ref,
                settlement_id=claim.settlement_id,
                institution_code=claim.institution.code,
                insured_ref=claim.insured_ref,
                reversed_at=self.now,
            )
        )

    def event(self, fact: Any, traceparent: str | None = TRACEPARENT) -> Event[Any]:
        """Any fact with an envelope."""
        assert isinstance(fact, Fact)
        return Event(new_id(), fact.TYPE, fact.key, self.now, fact, traceparent)


@pytest.fixture
def claims(clock: FixedClock) -> Claims:
    return Claims(clock.now())


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> ScreeningSettings:
    rulebook = tmp_path / "rulebook.json"
    rulebook.write_text(json.dumps(rulebook_document(), ensure_ascii=False), encoding="utf-8")
    return ScreeningSettings(
        database_url=SecretStr(database_url), screening_rulebook=rulebook, jwks=str(tmp_path / "jwks.json")
    )


@pytest.fixture
async def resources(settings: ScreeningSettings, clock: FixedClock) -> AsyncIterator[Resources]:
    async with open_resources(settings, clock=clock) as opened:
        yield opened


@pytest.fixture
async def admin(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that reads the schema as it is, outside of the service."""
    connection = await asyncpg.connect(
        **connection_arguments(database_url), server_settings={"search_path": "screening"}
    )
    yield connection
    await connection.close()


@pytest.fixture
def findings_of(admin: asyncpg.Connection) -> Callable[[], Any]:
    """Return (rule code, status) of the findings of a settlement."""

    async def read(settlement_ref: UUID) -> list[tuple[str, str]]:
        rows = await admin.fetch(
            "select rule_code, status from finding where settlement_ref = $1 order by rule_code", settlement_ref
        )
        return [tuple(row) for row in rows]

    return read


@pytest.fixture
def published(admin: asyncpg.Connection) -> Callable[[str], Any]:
    """Return the payloads in the outbox of one type, in order."""

    async def read(kind: str) -> list[dict[str, Any]]:
        rows = await admin.fetch("select payload, traceparent from outbox where type = $1 order by sequence", kind)
        return [{**json.loads(row["payload"]), "traceparent": row["traceparent"]} for row in rows]

    return read


@pytest.fixture
def mint(settings: ScreeningSettings, clock: FixedClock, tmp_path: Path) -> TokenMint:
    """Signs tokens that the client's application accepts."""
    mint = TokenMint(clock)
    mint.write_jwks(tmp_path)
    return mint


@pytest.fixture
async def client(
    settings: ScreeningSettings, clock: FixedClock, mint: TokenMint, make_client: Callable[[FastAPI], Any]
) -> AsyncIterator[httpx.AsyncClient]:
    """The service's HTTP application, called in this process."""
    async with make_client(create_app(settings, clock=clock)) as opened:
        yield opened


@pytest.fixture
async def finding_id(resources: Resources, claims: Claims, admin: asyncpg.Connection) -> UUID:
    """A finding of 100 yuan at issue, just raised."""
    await build_screen_settlements(resources)([claims.accepted(MEN_ONLY)])
    found: UUID = await admin.fetchval("select id from finding")
    return found
