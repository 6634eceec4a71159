"""The directory of inspectors (执法检查人员名录库), which is only added to; the newest entry of a code counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.storage.tables import inspector_entry


@dataclass(frozen=True, slots=True)
class Recusal:
    """An institution that an inspector must not inspect."""

    institution_code: str
    ground: str
    """Code of the ground; never published."""


@dataclass(frozen=True, slots=True)
class InspectorEntry:
    """An inspector as last stated."""

    inspector_code: str
    active: bool
    certified_until: date
    """Last day of the certificate."""
    skills: tuple[str, ...]
    recusals: tuple[Recusal, ...]
    stated_at: datetime
    stated_by: str


async def add(session: AsyncSession, entry: InspectorEntry) -> None:
    """Add a statement about an inspector."""
    await session.execute(
        sa.insert(inspector_entry).values(
            inspector_code=entry.inspector_code,
            active=entry.active,
            certified_until=entry.certified_until,
            skills=list(entry.skills),
            recusals=[{"institution_code": one.institution_code, "ground": one.ground} for one in entry.recusals],
            stated_at=entry.stated_at,
            stated_by=entry.stated_by,
        )
    )


async def lock(session: AsyncSession, code: str) -> None:
    """Let statements about one inspector come one after the other, until the commit."""
    await session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(f"inspector:{code}", 0))))


async def find(session: AsyncSession, code: str) -> InspectorEntry | None:
    """Return an inspector as last stated, None when nobody stated one of this code."""
    newest = _newest()
    row = (await session.execute(sa.select(newest).where(newest.c.inspector_code == code))).one_or_none()
    return None if row is None else _entry(row)


async def certified(session: AsyncSession, until: date) -> list[InspectorEntry]:
    """Return active inspectors whose certificate holds up to and including a day, by code."""
    newest = _newest()
    rows = await session.execute(
        sa.select(newest)
        .where(newest.c.active, newest.c.certified_until >= until)
        .order_by(newest.c.inspector_code.collate("C"))
    )
    return [_entry(row) for row in rows]


async def page(session: AsyncSession, *, after: str, limit: int) -> list[InspectorEntry]:
    """Return the directory by code, those behind ``after``."""
    newest = _newest()
    code = newest.c.inspector_code.collate("C")
    rows = await session.execute(sa.select(newest).where(code > after).order_by(code).limit(limit))
    return [_entry(row) for row in rows]


def _newest() -> sa.Subquery:
    return (
        sa.select(inspector_entry)
        .ext(postgresql.distinct_on(inspector_entry.c.inspector_code))
        .order_by(inspector_entry.c.inspector_code, inspector_entry.c.position.desc())
        .subquery()
    )


def _entry(row: sa.Row[Any]) -> InspectorEntry:
    recusals: Sequence[dict[str, str]] = row.recusals
    return InspectorEntry(
        inspector_code=row.inspector_code,
        active=row.active,
        certified_until=row.certified_until,
        skills=tuple(row.skills),
        recusals=tuple(Recusal(one["institution_code"], one["ground"]) for one in recusals),
        stated_at=row.stated_at,
        stated_by=row.stated_by,
    )
