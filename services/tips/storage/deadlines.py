"""Deadlines of tips: set, met, and found when they come near."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.tips.domain.due import Deadline, DeadlineKind
from services.tips.storage.tables import deadlines as _table


async def set_deadline(session: AsyncSession, tip_id: UUID, kind: DeadlineKind, due_on: date) -> None:
    """Open a deadline, or move it; moved, it may come near anew."""
    statement = insert(_table).values(tip_id=tip_id, kind=kind, due_on=due_on)
    changed = {
        "due_on": due_on,
        "met_on": None,
        "reminded_on": None,
        "escalated_on": None,
        "taken_note_by": None,
    }
    await session.execute(statement.on_conflict_do_update(index_elements=["tip_id", "kind"], set_=changed))


async def meet(session: AsyncSession, tip_ids: Sequence[UUID], kind: DeadlineKind, on: date) -> None:
    """Note that what was due has been done, where it was still open."""
    await session.execute(
        sa.update(_table)
        .where(_table.c.tip_id.in_(tip_ids), _table.c.kind == kind, _table.c.met_on.is_(None))
        .values(met_on=on)
    )


async def of_tips(session: AsyncSession, tip_ids: Sequence[UUID]) -> dict[UUID, list[Deadline]]:
    """Return the deadlines of some tips, by tip, the nearest first."""
    query = sa.select(_table).where(_table.c.tip_id.in_(tip_ids)).order_by(_table.c.due_on, _table.c.kind)
    found: dict[UUID, list[Deadline]] = {tip_id: [] for tip_id in tip_ids}
    for row in (await session.execute(query)).mappings():
        found[row["tip_id"]].append(_deadline(row))
    return found


async def come_near(session: AsyncSession, *, today: date, until: date) -> list[Deadline]:
    """Mark the open deadlines up to a day of which handlers were not reminded yet, and return them."""
    statement = (
        sa.update(_table)
        .where(_table.c.met_on.is_(None), _table.c.reminded_on.is_(None), _table.c.due_on.between(today, until))
        .values(reminded_on=today)
        .returning(_table)
    )
    return _sorted(await session.execute(statement))


async def pass_by(session: AsyncSession, *, today: date) -> list[Deadline]:
    """Mark the open deadlines before a day that were not escalated yet, and return them."""
    statement = (
        sa.update(_table)
        .where(_table.c.met_on.is_(None), _table.c.escalated_on.is_(None), _table.c.due_on < today)
        .values(escalated_on=today)
        .returning(_table)
    )
    return _sorted(await session.execute(statement))


async def take_note(session: AsyncSession, tip_id: UUID, by: str) -> int:
    """Note that a supervisor has seen what was escalated of a tip; return how many deadlines that were."""
    statement = (
        sa.update(_table)
        .where(_table.c.tip_id == tip_id, _table.c.escalated_on.is_not(None), _table.c.taken_note_by.is_(None))
        .values(taken_note_by=by)
        .returning(_table.c.kind)
    )
    return len((await session.execute(statement)).all())


def _sorted(rows: sa.Result[tuple[object, ...]]) -> list[Deadline]:
    return sorted((_deadline(row) for row in rows.mappings()), key=lambda found: (found.tip_id, found.kind))


def _deadline(row: sa.RowMapping) -> Deadline:
    return Deadline(**{**row, "kind": DeadlineKind(row["kind"])})
