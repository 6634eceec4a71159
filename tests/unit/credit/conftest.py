"""The bundled national policy, and a short way to write ledgers."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.credit.domain.calendar import business_date
from services.credit.domain.ledger import PointsEntry
from services.credit.domain.policy import Policy, PolicyBook
from services.credit.domain.policy_document import read_policy
from services.kit.ids import new_id

POLICY_FILE = Path(__file__).parents[3] / "services/credit/policies/national-2024.json"


@pytest.fixture
def document() -> dict[str, Any]:
    return json.loads(POLICY_FILE.read_text(encoding="utf-8"))


@pytest.fixture
def policy(document: dict[str, Any]) -> Policy:
    return read_policy(document)


@pytest.fixture
def book(policy: Policy) -> PolicyBook:
    return PolicyBook([policy])


Scored = Callable[..., PointsEntry]


@pytest.fixture
def scored() -> Scored:
    def make(
        points: int,
        at: datetime = datetime(2026, 3, 10, 2, tzinfo=UTC),
        *,
        sanction_id: UUID | None = None,
        decided_on: date | None = None,
        finding_ids: tuple[UUID, ...] | None = None,
        policy_version: str = "national-2024",
    ) -> PointsEntry:
        return PointsEntry(
            entry_id=new_id(),
            practitioner_code="D110105000001",
            sanction_id=sanction_id or new_id(),
            violation_number=1,
            institution_code="H11010500001",
            decided_on=decided_on or business_date(at),
            recorded_at=at,
            points=points,
            band=1,
            band_cause="liquidated_damages",
            degree="general",
            modifier="none",
            finding_ids=(new_id(),) if finding_ids is None else finding_ids,
            policy_version=policy_version,
        )

    return make


@pytest.fixture
def countering() -> Callable[[PointsEntry, datetime], PointsEntry]:
    def make(entry: PointsEntry, at: datetime) -> PointsEntry:
        return replace(
            entry,
            entry_id=new_id(),
            points=-entry.points,
            recorded_at=at,
            counters_entry_id=entry.entry_id,
            cause_id=entry.finding_ids[0],
            cause_kind="finding_overturned",
        )

    return make
