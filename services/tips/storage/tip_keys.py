"""The keys of tips: stored with them, wrapped again when the team's keys change, destroyed to destroy the tip."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.tips.storage.sealing import TipKeys
from services.tips.storage.tables import tip_keys


async def insert_keys(session: AsyncSession, tip_id: UUID, keys: TipKeys) -> None:
    """Store the keys of a new tip."""
    await session.execute(sa.insert(tip_keys).values(tip_id=tip_id, **_values(keys)))


async def find_keys(session: AsyncSession, tip_id: UUID) -> TipKeys | None:
    """Return the keys of a tip; None once they are destroyed."""
    row = (await session.execute(sa.select(tip_keys).where(tip_keys.c.tip_id == tip_id))).first()
    return None if row is None else keys_of(row)


async def replace_keys(session: AsyncSession, tip_id: UUID, keys: TipKeys) -> None:
    """Store keys that were wrapped again; a row that was destroyed meanwhile stays destroyed."""
    await session.execute(sa.update(tip_keys).where(tip_keys.c.tip_id == tip_id).values(**_values(keys)))


async def destroy_keys(session: AsyncSession, tip_id: UUID) -> None:
    """Destroy the keys of a tip, which makes everything sealed of it unreadable."""
    await session.execute(sa.delete(tip_keys).where(tip_keys.c.tip_id == tip_id))


async def wrapped_otherwise(
    session: AsyncSession, generation: str, *, after: UUID, limit: int
) -> Sequence[tuple[UUID, TipKeys]]:
    """Return some tips whose keys are not wrapped under a generation, locked; those somebody else holds are left."""
    query = sa.select(tip_keys).where(tip_keys.c.generation != generation, tip_keys.c.tip_id > after)
    rows = await session.execute(query.order_by(tip_keys.c.tip_id).limit(limit).with_for_update(skip_locked=True))
    return [(row.tip_id, keys_of(row)) for row in rows]


async def count_by_generation(session: AsyncSession) -> dict[str, int]:
    """Return how many tips are wrapped under each generation."""
    query = sa.select(tip_keys.c.generation, sa.func.count().label("tips")).group_by(tip_keys.c.generation)
    return {row.generation: row.tips for row in await session.execute(query)}


def keys_of(row: sa.Row[tuple[object, ...]]) -> TipKeys:
    """Read the keys from a row that has the columns of the table."""
    return TipKeys(
        generation=row.generation,
        wrapped_private=row.wrapped_private,
        public=row.public_key,
        wrapped_envelope=row.wrapped_envelope,
    )


def _values(keys: TipKeys) -> dict[str, object]:
    return {
        "public_key": keys.public,
        "generation": keys.generation,
        "wrapped_private": keys.wrapped_private,
        "wrapped_envelope": keys.wrapped_envelope,
    }
