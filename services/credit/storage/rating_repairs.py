"""Repair of an institution's credit (信用修复): the application and its decision, each a row that stays."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.storage.register import in_region
from services.credit.storage.tables import rating_repair


class RepairAct(StrEnum):
    """What happened to a repair."""

    APPLIED = "applied"
    GRANTED = "granted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RepairEntry:
    """One act of a repair."""

    repair_id: UUID
    act: RepairAct
    institution_code: str
    acted_at: datetime
    acted_by: str
    reason: str
    document_number: str
    due_on: date | None = None
    counts_in: int | None = None


async def add(session: AsyncSession, entry: RepairEntry) -> bool:
    """Store an act; False when the repair has been applied for, or decided, already."""
    row = await session.execute(
        postgresql.insert(rating_repair)
        .values(
            repair_id=entry.repair_id,
            act=entry.act.value,
            institution_code=entry.institution_code,
            acted_at=entry.acted_at,
            acted_by=entry.acted_by,
            reason=entry.reason,
            document_number=entry.document_number,
            due_on=entry.due_on,
            counts_in=entry.counts_in,
        )
        .on_conflict_do_nothing()
        .returning(rating_repair.c.repair_id)
    )
    return row.one_or_none() is not None


async def of_repair(session: AsyncSession, repair_id: UUID) -> list[RepairEntry]:
    """Return the application and, when there is one, the decision."""
    rows = await session.execute(
        sa.select(rating_repair).where(rating_repair.c.repair_id == repair_id).order_by(rating_repair.c.acted_at)
    )
    return sorted((_entry(row) for row in rows.mappings()), key=lambda one: one.act is not RepairAct.APPLIED)


async def undecided(session: AsyncSession, institution_code: str) -> bool:
    """Tell whether an application of the institution waits for its decision."""
    other = rating_repair.alias("other")
    decided = sa.exists().where(other.c.repair_id == rating_repair.c.repair_id, other.c.act != RepairAct.APPLIED.value)
    query = sa.select(rating_repair.c.repair_id).where(
        rating_repair.c.institution_code == institution_code,
        rating_repair.c.act == RepairAct.APPLIED.value,
        ~decided,
    )
    return (await session.execute(query.limit(1))).one_or_none() is not None


async def page(
    session: AsyncSession, *, institution_code: str | None, region: str, after: UUID | None, limit: int
) -> list[list[RepairEntry]]:
    """Return repairs by id, those behind ``after``, each with its application and decision."""
    query = sa.select(rating_repair.c.repair_id).where(rating_repair.c.act == RepairAct.APPLIED.value)
    query = query.where(in_region(rating_repair.c.institution_code, region))
    if institution_code is not None:
        query = query.where(rating_repair.c.institution_code == institution_code)
    if after is not None:
        query = query.where(rating_repair.c.repair_id > after)
    ids = list(await session.scalars(query.order_by(rating_repair.c.repair_id).limit(limit)))
    found: dict[UUID, list[RepairEntry]] = {one: [] for one in ids}
    rows = await session.execute(sa.select(rating_repair).where(rating_repair.c.repair_id.in_(ids)))
    for row in rows.mappings():
        found[row["repair_id"]].append(_entry(row))
    return [sorted(entries, key=lambda one: one.act is not RepairAct.APPLIED) for entries in found.values()]


def _entry(row: sa.RowMapping) -> RepairEntry:
    return RepairEntry(**{**row, "act": RepairAct(row["act"])})
