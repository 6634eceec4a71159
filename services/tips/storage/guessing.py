"""The budget of wrong receipts that all processes share: one row, without anything about who asked."""

from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.tips.domain.guessing import GuessingBudget
from services.tips.storage.tables import receipt_guard as _table


async def read_budget(session: AsyncSession, now: datetime) -> GuessingBudget:
    """Return the budget as it stands, without waiting for whoever changes it."""
    return await _budget(session, sa.select(_table), now)


async def lock_budget(session: AsyncSession, now: datetime) -> GuessingBudget:
    """Return the budget, locked until the end of the transaction."""
    fresh = asdict(GuessingBudget.full(now)) | {"one": 1}
    await session.execute(insert(_table).values(fresh).on_conflict_do_nothing())
    # Losing the last failures in a crash of the database costs nothing; waiting for its disk each time would.
    await session.execute(sa.text("set local synchronous_commit = off"))
    return await _budget(session, sa.select(_table).with_for_update(), now)


async def store_budget(session: AsyncSession, budget: GuessingBudget) -> None:
    """Store the budget, which must be locked."""
    await session.execute(sa.update(_table).values(asdict(budget)))


async def _budget(session: AsyncSession, query: sa.Select[tuple[object, ...]], now: datetime) -> GuessingBudget:
    row = (await session.execute(query)).mappings().first()
    if row is None:
        return GuessingBudget.full(now)
    return GuessingBudget(row["tokens"], row["counted_at"], row["next_turn_at"])
