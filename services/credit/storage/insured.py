"""The ledger of insured persons and the log of who read it, both only added to."""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.insured import InsuredEntry
from services.credit.storage.tables import insured_access, insured_entry


@dataclass(frozen=True, slots=True)
class Access:
    """One reading of one person's ledger, or an attempt."""

    read_at: datetime
    subject: str
    insured_ref: str
    matter: str
    """What was read."""
    purpose: str
    """Why, as the reader stated."""
    granted: bool


async def lock_person(session: AsyncSession, insured_ref: str) -> None:
    """Make changes of one person's ledger happen one after the other, until the commit."""
    await session.execute(
        sa.text("select pg_advisory_xact_lock(hashtextextended('fundwarden.credit.insured.' || :ref, 0))"),
        {"ref": insured_ref},
    )


async def add(session: AsyncSession, entry: InsuredEntry) -> None:
    """Add an entry to the ledger."""
    await session.execute(sa.insert(insured_entry).values(**asdict(entry)))


async def find(session: AsyncSession, entry_id: UUID) -> InsuredEntry | None:
    """Return an entry, None when there is none of this id."""
    rows = await session.execute(sa.select(*_columns()).where(insured_entry.c.entry_id == entry_id))
    row = rows.mappings().one_or_none()
    return None if row is None else InsuredEntry(**row)


async def counter_of(session: AsyncSession, entry_id: UUID) -> InsuredEntry | None:
    """Return the counter-entry that takes an entry back, None while it stands."""
    rows = await session.execute(sa.select(*_columns()).where(insured_entry.c.counters_entry_id == entry_id))
    row = rows.mappings().one_or_none()
    return None if row is None else InsuredEntry(**row)


async def of_person(session: AsyncSession, insured_ref: str, *, known_at: datetime | None = None) -> list[InsuredEntry]:
    """Return a person's ledger in order, as it stood at ``known_at`` when given."""
    query = sa.select(*_columns()).where(insured_entry.c.insured_ref == insured_ref)
    if known_at is not None:
        query = query.where(insured_entry.c.recorded_at <= known_at)
    rows = await session.execute(query.order_by(insured_entry.c.position))
    return [InsuredEntry(**row) for row in rows.mappings()]


async def note_access(session: AsyncSession, access: Access) -> None:
    """Add to the log of readings."""
    await session.execute(sa.insert(insured_access).values(**asdict(access)))


async def accesses(session: AsyncSession, *, after: int, limit: int) -> list[tuple[int, Access]]:
    """Return the log of readings in order with positions, those behind ``after``."""
    rows = await session.execute(
        sa.select(insured_access)
        .where(insured_access.c.position > after)
        .order_by(insured_access.c.position)
        .limit(limit)
    )
    found = []
    for row in rows.mappings():
        fields = dict(row)
        found.append((fields.pop("position"), Access(**fields)))
    return found


def _columns() -> list[sa.Column[object]]:
    return [column for column in insured_entry.columns if column is not insured_entry.c.position]
