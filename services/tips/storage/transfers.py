"""Moves of tips between regions, in order."""

from dataclasses import asdict
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.tips.domain.jurisdiction import Move, Transfer, TransferReason
from services.tips.storage.tables import transfers as _table


async def list_moves(session: AsyncSession, tip_id: UUID) -> list[Transfer]:
    """Return the moves of a tip in order."""
    query = sa.select(_table).where(_table.c.tip_id == tip_id).order_by(_table.c.number)
    return [
        Transfer(**{**row, "kind": Move(row["kind"]), "reason": TransferReason(row["reason"])})
        for row in (await session.execute(query)).mappings()
    ]


async def add_move(session: AsyncSession, move: Transfer) -> None:
    """Store a move; the tip must be locked."""
    await session.execute(sa.insert(_table).values(**asdict(move)))
