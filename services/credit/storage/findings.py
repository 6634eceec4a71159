"""Findings as far as credit draws consequences from them: confirmed, and possibly fallen again."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.storage.register import in_region
from services.credit.storage.tables import entry_finding, finding


@dataclass(frozen=True, slots=True)
class ConfirmedFinding:
    """A finding that a reviewer upheld."""

    finding_id: UUID
    institution_code: str
    practitioner_codes: tuple[str, ...]
    rule_code: str
    severity: str
    amount_fen: int
    confirmed_at: datetime
    traceparent: str | None
    settlement_ref: UUID | None = None
    """None for one confirmed before it was kept."""


@dataclass(frozen=True, slots=True)
class EndedFinding:
    """A finding that was overturned or withdrawn."""

    finding_id: UUID
    institution_code: str
    ended_at: datetime
    ended_by: str
    """``finding_overturned`` or ``finding_withdrawn``."""


async def add_confirmed(session: AsyncSession, found: Sequence[ConfirmedFinding]) -> list[ConfirmedFinding]:
    """Store confirmations and lock their rows; return those that are new and have not fallen, in the order given.

    A finding whose end came first keeps its tombstone: the late confirmation is noted and has no effect.
    """
    unique = {one.finding_id: one for one in reversed(found)}
    effective = set()
    for one in sorted(unique.values(), key=lambda one: one.finding_id):
        values = {
            "practitioner_codes": list(one.practitioner_codes),
            "rule_code": one.rule_code,
            "severity": one.severity,
            "amount_fen": one.amount_fen,
            "confirmed_at": one.confirmed_at,
            "traceparent": one.traceparent,
            "settlement_ref": one.settlement_ref,
        }
        row = await session.execute(
            postgresql.insert(finding)
            .values(finding_id=one.finding_id, institution_code=one.institution_code, **values)
            .on_conflict_do_update(index_elements=["finding_id"], set_=values, where=finding.c.confirmed_at.is_(None))
            .returning(finding.c.ended_at)
        )
        fresh = row.one_or_none()
        if fresh is not None and fresh.ended_at is None:
            effective.add(one.finding_id)
    return [one for one in unique.values() if one.finding_id in effective][::-1]


async def add_ended(session: AsyncSession, found: Sequence[EndedFinding]) -> list[EndedFinding]:
    """Store ends and lock their rows; return those whose finding had been confirmed and had not ended before."""
    unique = {one.finding_id: one for one in reversed(found)}
    effective = set()
    for one in sorted(unique.values(), key=lambda one: one.finding_id):
        values = {"ended_at": one.ended_at, "ended_by": one.ended_by}
        row = await session.execute(
            postgresql.insert(finding)
            .values(finding_id=one.finding_id, institution_code=one.institution_code, **values)
            .on_conflict_do_update(index_elements=["finding_id"], set_=values, where=finding.c.ended_at.is_(None))
            .returning(finding.c.confirmed_at)
        )
        fresh = row.one_or_none()
        if fresh is not None and fresh.confirmed_at is not None:
            effective.add(one.finding_id)
    return [one for one in unique.values() if one.finding_id in effective][::-1]


async def hold_standing(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, ConfirmedFinding]:
    """Return those of the findings that are confirmed and stand, and keep them from falling until the commit."""
    if not ids:
        return {}
    rows = await session.execute(
        sa.select(finding)
        .where(finding.c.finding_id.in_(sorted(ids)), *_STANDING)
        .order_by(finding.c.finding_id)
        .with_for_update(read=True)
    )
    return {row.finding_id: _confirmed(row) for row in rows}


async def fallen(session: AsyncSession, ids: Collection[UUID]) -> frozenset[UUID]:
    """Return those of the findings that were overturned or withdrawn."""
    if not ids:
        return frozenset()
    query = sa.select(finding.c.finding_id).where(
        finding.c.finding_id.in_(sorted(ids)), finding.c.ended_at.is_not(None)
    )
    return frozenset(await session.scalars(query))


async def list_unsanctioned(
    session: AsyncSession, *, institution_code: str | None, region: str, after: UUID | None, limit: int
) -> list[ConfirmedFinding]:
    """Return findings that stand and for which nobody has been scored yet, by id, those behind ``after``."""
    scored = sa.exists().where(entry_finding.c.finding_id == finding.c.finding_id)
    query = sa.select(finding).where(*_STANDING, ~scored, in_region(finding.c.institution_code, region))
    if institution_code is not None:
        query = query.where(finding.c.institution_code == institution_code)
    if after is not None:
        query = query.where(finding.c.finding_id > after)
    rows = await session.execute(query.order_by(finding.c.finding_id).limit(limit))
    return [_confirmed(row) for row in rows]


_STANDING = (finding.c.confirmed_at.is_not(None), finding.c.ended_at.is_(None))


def _confirmed(row: sa.Row[Any]) -> ConfirmedFinding:
    return ConfirmedFinding(
        finding_id=row.finding_id,
        institution_code=row.institution_code,
        practitioner_codes=tuple(row.practitioner_codes),
        rule_code=row.rule_code,
        severity=row.severity,
        amount_fen=row.amount_fen,
        confirmed_at=row.confirmed_at,
        traceparent=row.traceparent,
        settlement_ref=row.settlement_ref,
    )
