"""Objections of reporters to outcomes."""

from dataclasses import asdict
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.tips.domain.dispute import Dispute, Verdict
from services.tips.domain.tip import Status
from services.tips.storage.tables import disputes as _table


async def list_disputes(session: AsyncSession, tip_id: UUID) -> list[Dispute]:
    """Return the disputes of a tip in order."""
    query = sa.select(_table).where(_table.c.tip_id == tip_id).order_by(_table.c.number)
    return [_dispute(row) for row in (await session.execute(query)).mappings()]


async def store_dispute(session: AsyncSession, dispute: Dispute) -> None:
    """Store a dispute, new or settled; the tip must be locked."""
    values = asdict(dispute)
    statement = insert(_table).values(values)
    await session.execute(statement.on_conflict_do_update(index_elements=["tip_id", "number"], set_=values))


def _dispute(row: sa.RowMapping) -> Dispute:
    verdict = row["verdict"] and Verdict(row["verdict"])
    return Dispute(**{**row, "decided_against": Status(row["decided_against"]), "verdict": verdict})
