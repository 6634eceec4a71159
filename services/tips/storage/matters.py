"""Tips that belong to one matter: the lead, those that follow it, and the order in which they arrived."""

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.tips.domain.tip import Tip
from services.tips.storage.tables import handling_log, tips
from services.tips.storage.tips import tip_of_row

_LAST_ADDITION = 100
"""Most tips of one institution that are compared for duplicates; the newest."""


async def lock_matter(session: AsyncSession, tip_id: UUID) -> tuple[Tip | None, list[Tip]]:
    """Return a tip and its followers, all locked, in one fixed order so that two handlers never wait in a circle."""
    query = (
        sa.select(tips)
        .where(sa.or_(tips.c.id == tip_id, tips.c.merged_into == tip_id))
        .order_by(tips.c.id)
        .with_for_update()
    )
    found = [tip_of_row(dict(row)) for row in (await session.execute(query)).mappings()]
    lead = next((tip for tip in found if tip.id == tip_id), None)
    return lead, [tip for tip in found if tip.id != tip_id]


async def lock_all(session: AsyncSession, tip_ids: Collection[UUID]) -> dict[UUID, Tip]:
    """Return some tips with their followers, locked in the same fixed order."""
    query = (
        sa.select(tips)
        .where(sa.or_(tips.c.id.in_(tip_ids), tips.c.merged_into.in_(tip_ids)))
        .order_by(tips.c.id)
        .with_for_update()
    )
    return {row["id"]: tip_of_row(dict(row)) for row in (await session.execute(query)).mappings()}


async def followers(session: AsyncSession, tip_id: UUID) -> list[Tip]:
    """Return the tips that follow one."""
    query = sa.select(tips).where(tips.c.merged_into == tip_id).order_by(tips.c.id)
    return [tip_of_row(dict(row)) for row in (await session.execute(query)).mappings()]


async def arrival(session: AsyncSession, tip_ids: Collection[UUID]) -> list[UUID]:
    """Return some tips in the order in which they arrived, as the log has it; the first reporter comes first."""
    query = (
        sa.select(handling_log.c.tip_id)
        .where(handling_log.c.tip_id.in_(tip_ids), handling_log.c.action == "received")
        .order_by(handling_log.c.position)
    )
    return list((await session.scalars(query)).all())


async def open_about(session: AsyncSession, institution_code: str, *, besides: UUID) -> list[Tip]:
    """Return undecided tips about an institution that follow no other, the newest first."""
    about = sa.or_(tips.c.institution_code == institution_code, tips.c.reported_institution_code == institution_code)
    query = (
        sa.select(tips)
        .where(about, tips.c.status.in_(["received", "accepted"]), tips.c.merged_into.is_(None), tips.c.id != besides)
        .order_by(tips.c.id.desc())
        .limit(_LAST_ADDITION)
    )
    return [tip_of_row(dict(row)) for row in (await session.execute(query)).mappings()]
