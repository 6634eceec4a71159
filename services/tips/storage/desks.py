"""Desks and their members, interests in institutions, and recusals from single tips."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.tips.storage.tables import desk_members, desks, interests, recusals


async def store_desk(session: AsyncSession, code: str, region: str | None, name: str, members: Sequence[str]) -> None:
    """Write a desk and who works at it."""
    statement = insert(desks).values(code=code, region=region, name=name)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["code"], set_={"region": region, "name": name})
    )
    await session.execute(sa.delete(desk_members).where(desk_members.c.desk == code))
    if members:
        rows = [{"desk": code, "subject": subject} for subject in sorted(set(members))]
        await session.execute(sa.insert(desk_members), rows)


async def desk_region(session: AsyncSession, code: str) -> tuple[bool, str | None]:
    """Tell whether a desk exists, and its region."""
    row = (await session.execute(sa.select(desks.c.region).where(desks.c.code == code))).first()
    return (False, None) if row is None else (True, row.region)


async def list_desks(session: AsyncSession) -> list[tuple[str, str | None, str]]:
    """Return code, region and name of every desk."""
    return [tuple(row) for row in await session.execute(sa.select(desks).order_by(desks.c.code))]


async def declare_interest(
    session: AsyncSession, subject: str, institution_code: str, *, by: str, now: datetime
) -> bool:
    """Store that somebody has an interest in an institution; False where it is known."""
    statement = (
        insert(interests)
        .values(subject=subject, institution_code=institution_code, declared_by=by, declared_at=now)
        .on_conflict_do_nothing()
        .returning(interests.c.subject)
    )
    return await session.scalar(statement) is not None


async def recuse(session: AsyncSession, tip_id: UUID, subject: str, *, by: str, now: datetime) -> bool:
    """Keep somebody away from a tip; False where that is so already."""
    statement = (
        insert(recusals)
        .values(tip_id=tip_id, subject=subject, stated_by=by, stated_at=now)
        .on_conflict_do_nothing()
        .returning(recusals.c.subject)
    )
    return await session.scalar(statement) is not None
