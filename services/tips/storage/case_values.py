"""The ledger of case values."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.tips.domain.case_value import Cause, Entry
from services.tips.storage.tables import case_value_entries


async def add_entries(session: AsyncSession, tip_id: UUID, entries: Sequence[Entry], *, now: datetime) -> None:
    """Add entries to a tip's ledger; the tip must be locked."""
    if not entries:
        return
    column = case_value_entries.c.number
    last = await session.scalar(sa.select(sa.func.max(column)).where(case_value_entries.c.tip_id == tip_id))
    rows = [
        {
            "tip_id": tip_id,
            "number": (last or 0) + place,
            "cause": entry.cause,
            "finding_id": entry.finding_id,
            "amount_fen": entry.amount_fen,
            "entered_at": now,
        }
        for place, entry in enumerate(entries, start=1)
    ]
    await session.execute(sa.insert(case_value_entries), rows)


async def list_entries(session: AsyncSession, tip_id: UUID) -> list[Entry]:
    """Return a tip's ledger in order."""
    table = case_value_entries
    query = sa.select(table).where(table.c.tip_id == tip_id).order_by(table.c.number)
    return [Entry(Cause(row.cause), row.finding_id, row.amount_fen) for row in await session.execute(query)]


async def tips_with_finding(session: AsyncSession, finding_id: UUID) -> list[UUID]:
    """Return the tips whose case value a finding brought something in to, in a fixed order for locking."""
    table = case_value_entries
    query = sa.select(table.c.tip_id).where(table.c.finding_id == finding_id).distinct().order_by(table.c.tip_id)
    return list((await session.scalars(query)).all())
