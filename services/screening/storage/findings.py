"""Findings as stored: read, listed, counted, locked for a decision, and written back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.screening.domain.review import RaisedFinding, Review, Ruling, Status
from services.screening.storage.tables import finding, finding_event, tip_attention


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """Which findings a list shows; None leaves a field open."""

    institution_code: str | None = None
    rule_code: str | None = None
    status: Status | None = None
    practitioner_code: str | None = None
    settlement_ref: UUID | None = None
    under_tip: bool | None = None
    """True: only of institutions that an accepted tip points to; False: only of the others."""


@dataclass(frozen=True, slots=True)
class Life:
    """One row of a finding's history."""

    status: Status
    at: datetime
    by: str
    reason: str | None
    amount_fen: int | None


def _ruling(by: str | None, at: datetime | None, reason: str | None) -> Ruling | None:
    return None if by is None or at is None else Ruling(by, at, reason or "")


def _stored(row: sa.Row[Any]) -> RaisedFinding:
    return RaisedFinding(
        id=row.id,
        settlement_ref=row.settlement_ref,
        settlement_id=row.settlement_id,
        institution_code=row.institution_code,
        practitioner_codes=tuple(row.practitioner_codes),
        rule_code=row.rule_code,
        knowledge_point=row.knowledge_point,
        severity=row.severity,
        line_numbers=tuple(row.line_numbers),
        fingerprint=row.fingerprint,
        evidence=row.evidence,
        text_zh=row.text_zh,
        text_en=row.text_en,
        rulebook_version=row.rulebook_version,
        raised_at=row.raised_at,
        traceparent=row.traceparent,
        review=Review(
            status=Status(row.status),
            raised_by=row.raised_by,
            amount_at_issue_fen=row.amount_at_issue_fen,
            amount_upheld_fen=row.amount_upheld_fen,
            decided=_ruling(row.decided_by, row.decided_at, row.reason),
            overturned=_ruling(row.overturned_by, row.overturned_at, row.overturn_reason),
            withdrawn_at=row.withdrawn_at,
        ),
    )


async def find(session: AsyncSession, finding_id: UUID) -> RaisedFinding | None:
    """Return one finding, None when there is none."""
    row = (await session.execute(sa.select(finding).where(finding.c.id == finding_id))).one_or_none()
    return _stored(row) if row else None


async def life(session: AsyncSession, finding_id: UUID) -> list[Life]:
    """Return what happened to a finding, oldest first."""
    event = finding_event.c
    query = (
        sa.select(event.status, event.at, event.by, event.reason, event.amount_fen)
        .where(event.finding_id == finding_id)
        .order_by(event.sequence)
    )
    return [Life(Status(row.status), *row[1:]) for row in await session.execute(query)]


async def page(session: AsyncSession, wanted: FindingFilter, *, before: UUID | None, limit: int) -> list[RaisedFinding]:
    """Return findings, newest first, from below ``before``."""
    column = finding.c
    query = sa.select(finding).order_by(column.id.desc()).limit(limit)
    conditions = [
        column.institution_code == wanted.institution_code if wanted.institution_code else None,
        column.rule_code == wanted.rule_code if wanted.rule_code else None,
        column.status == wanted.status.value if wanted.status else None,
        column.practitioner_codes.contains([wanted.practitioner_code]) if wanted.practitioner_code else None,
        column.settlement_ref == wanted.settlement_ref if wanted.settlement_ref else None,
        column.id < before if before else None,
    ]
    if wanted.under_tip is not None:
        tipped = column.institution_code.in_(sa.select(tip_attention.c.institution_code))
        conditions.append(tipped if wanted.under_tip else ~tipped)
    query = query.where(*(condition for condition in conditions if condition is not None))
    return [_stored(row) for row in await session.execute(query)]


async def of_settlement(session: AsyncSession, settlement_ref: UUID) -> list[RaisedFinding]:
    """Return the findings of one settlement, in the order they were raised."""
    query = sa.select(finding).where(finding.c.settlement_ref == settlement_ref).order_by(finding.c.id)
    return [_stored(row) for row in await session.execute(query)]


async def lock(session: AsyncSession, finding_ids: Sequence[UUID]) -> dict[UUID, RaisedFinding]:
    """Return findings by id, locked for this transaction; always in one order, so that two callers cannot deadlock."""
    query = sa.select(finding).where(finding.c.id.in_(finding_ids)).order_by(finding.c.id).with_for_update()
    return {row.id: _stored(row) for row in await session.execute(query)}


async def lock_of_settlements(session: AsyncSession, settlement_refs: Sequence[UUID]) -> list[RaisedFinding]:
    """Return the findings of some settlements, locked for this transaction, in the same order as ``lock``."""
    query = (
        sa.select(finding).where(finding.c.settlement_ref.in_(settlement_refs)).order_by(finding.c.id).with_for_update()
    )
    return [_stored(row) for row in await session.execute(query)]


async def save_reviews(session: AsyncSession, changed: Sequence[RaisedFinding]) -> None:
    """Write back the reviews of findings that the session has locked."""
    if not changed:
        return
    statement = (
        sa.update(finding)
        .where(finding.c.id == sa.bindparam("finding_id"))
        .values({name: sa.bindparam(f"new_{name}") for name in _review_values(changed[0].review)})
    )
    connection = await session.connection()
    await connection.execute(
        statement,
        [
            {"finding_id": one.id, **{f"new_{name}": value for name, value in _review_values(one.review).items()}}
            for one in changed
        ],
    )


async def add_life(session: AsyncSession, rows: Sequence[tuple[UUID, Life]]) -> None:
    """Append to the history of findings."""
    if not rows:
        return
    await session.execute(
        sa.insert(finding_event),
        [
            {
                "finding_id": finding_id,
                "status": entry.status.value,
                "at": entry.at,
                "by": entry.by,
                "reason": entry.reason,
                "amount_fen": entry.amount_fen,
            }
            for finding_id, entry in rows
        ],
    )


def _review_values(review: Review) -> dict[str, Any]:
    decided, overturned = review.decided, review.overturned
    return {
        "status": review.status.value,
        "amount_upheld_fen": review.amount_upheld_fen,
        "decided_by": decided.by if decided else None,
        "decided_at": decided.at if decided else None,
        "reason": decided.reason if decided else None,
        "overturned_by": overturned.by if overturned else None,
        "overturned_at": overturned.at if overturned else None,
        "overturn_reason": overturned.reason if overturned else None,
        "withdrawn_at": review.withdrawn_at,
    }


@dataclass(frozen=True, slots=True)
class FindingCount:
    """Findings of one rule in one status."""

    rule_code: str
    status: Status
    findings: int
    amount_at_issue_fen: int
    amount_upheld_fen: int


async def count(session: AsyncSession, institution_code: str | None) -> list[FindingCount]:
    """Count findings and amounts by rule and status, of one institution or of all."""
    column = finding.c
    query = (
        sa.select(
            column.rule_code,
            column.status,
            sa.func.count(),
            sa.cast(sa.func.coalesce(sa.func.sum(column.amount_at_issue_fen), 0), sa.BigInteger),
            sa.cast(sa.func.coalesce(sa.func.sum(column.amount_upheld_fen), 0), sa.BigInteger),
        )
        .group_by(column.rule_code, column.status)
        .order_by(column.rule_code, column.status)
    )
    if institution_code is not None:
        query = query.where(column.institution_code == institution_code)
    return [FindingCount(row[0], Status(row[1]), *row[2:]) for row in await session.execute(query)]
