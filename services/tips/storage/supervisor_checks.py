"""Checks given to social supervisors."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.tips.domain.access import region_prefix
from services.tips.domain.supervisor_check import Answer, Check, CheckState
from services.tips.storage.tables import supervisor_checks as _table
from services.tips.storage.tables import supervisors

_OPEN = _table.c.state == CheckState.ASSIGNED
_MOST = 500


async def store_check(session: AsyncSession, check: Check) -> None:
    """Store a check, new or changed."""
    values = asdict(check) | {"questions": list(check.questions), "answers": list(check.answers)}
    statement = insert(_table).values(values)
    await session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))


async def find_check(session: AsyncSession, check_id: UUID) -> Check | None:
    """Return a check, locked."""
    query = sa.select(_table).where(_table.c.id == check_id).with_for_update()
    row = (await session.execute(query)).mappings().first()
    return None if row is None else _check(dict(row))


async def list_of_region(session: AsyncSession, region: str | None) -> list[Check]:
    """Return the checks of a region, open ones first, the nearest last day before others."""
    query = sa.select(_table).order_by(sa.case((_OPEN, 0), else_=1), _table.c.due_on, _table.c.id).limit(_MOST)
    if prefix := region_prefix(region):
        query = query.where(_table.c.region.startswith(prefix, autoescape=True))
    return [_check(dict(row)) for row in (await session.execute(query)).mappings()]


async def list_of_subject(session: AsyncSession, subject: str) -> list[Check]:
    """Return the checks of one person under all appointments, open ones first."""
    query = (
        sa.select(_table)
        .join(supervisors, supervisors.c.id == _table.c.supervisor_id)
        .where(supervisors.c.subject == subject)
        .order_by(sa.case((_OPEN, 0), else_=1), _table.c.due_on, _table.c.id)
        .limit(_MOST)
    )
    return [_check(dict(row)) for row in (await session.execute(query)).mappings()]


async def note_reported(session: AsyncSession, check_id: UUID, on: date) -> None:
    """Note that a tip came of a check; the tip is not named."""
    of = sa.and_(_table.c.id == check_id, _OPEN)
    await session.execute(sa.update(_table).where(of).values(state=CheckState.REPORTED, answered_on=on))


async def cancel_open(
    session: AsyncSession, supervisor_ids: Sequence[UUID], *, by: str, today: date, institution: str | None = None
) -> None:
    """Take back the open checks of some appointments, of one institution or of all."""
    of = sa.and_(_table.c.supervisor_id.in_(supervisor_ids), _OPEN)
    if institution is not None:
        of = sa.and_(of, _table.c.institution_code == institution)
    values = {"state": CheckState.CANCELLED, "cancelled_by": by, "cancelled_on": today}
    await session.execute(sa.update(_table).where(of).values(values))


async def come_near(session: AsyncSession, *, today: date, until: date) -> int:
    """Mark the open checks up to a day that were not marked yet; return how many."""
    of = sa.and_(_OPEN, _table.c.reminded_on.is_(None), _table.c.due_on.between(today, until))
    marked = await session.execute(sa.update(_table).where(of).values(reminded_on=today).returning(_table.c.id))
    return len(marked.all())


async def pass_by(session: AsyncSession, *, today: date) -> int:
    """Mark the open checks before a day that were not marked yet; return how many."""
    of = sa.and_(_OPEN, _table.c.overdue_on.is_(None), _table.c.due_on < today)
    marked = await session.execute(sa.update(_table).where(of).values(overdue_on=today).returning(_table.c.id))
    return len(marked.all())


def _check(row: dict[str, Any]) -> Check:
    return Check(
        **{
            **row,
            "state": CheckState(row["state"]),
            "questions": tuple(row["questions"]),
            "answers": tuple(Answer(answer) for answer in row["answers"]),
        }
    )
