"""Openings of sealed identities: who asked, who decided, who received, and why."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.tips.domain.identity_opening import Category, Opening, OpeningState
from services.tips.storage.tables import identity_openings, sealed_tips

_FIELDS = tuple(Opening.__dataclass_fields__)
_COLUMNS = [identity_openings.c[name] for name in _FIELDS]


async def insert_opening(session: AsyncSession, opening: Opening, reason: bytes) -> None:
    """Store a request with its sealed reason."""
    values = {name: getattr(opening, name) for name in _FIELDS}
    await session.execute(sa.insert(identity_openings).values(**values, reason=reason))


async def update_opening(session: AsyncSession, opening: Opening) -> None:
    """Store how an opening stands."""
    values = {name: getattr(opening, name) for name in _FIELDS}
    await session.execute(sa.update(identity_openings).where(identity_openings.c.id == opening.id).values(**values))


async def find_opening(session: AsyncSession, opening_id: UUID) -> tuple[Opening, bytes | None] | None:
    """Return an opening and its sealed reason; whoever changes it holds the tip's lock."""
    query = sa.select(*_COLUMNS, identity_openings.c.reason).where(identity_openings.c.id == opening_id)
    row = (await session.execute(query)).mappings().first()
    return None if row is None else (_opening(row), row["reason"])


async def list_openings(session: AsyncSession, tip_id: UUID) -> list[tuple[Opening, bytes | None]]:
    """Return the openings of a tip with their sealed reasons, in order."""
    query = sa.select(*_COLUMNS, identity_openings.c.reason).where(identity_openings.c.tip_id == tip_id)
    rows = (await session.execute(query.order_by(identity_openings.c.requested_at, identity_openings.c.id))).mappings()
    return [(_opening(row), row["reason"]) for row in rows]


async def forget_reasons(session: AsyncSession, tip_id: UUID) -> None:
    """Take the sealed words out of the openings of a tip that is erased."""
    await session.execute(sa.update(identity_openings).where(identity_openings.c.tip_id == tip_id).values(reason=None))


async def count_by_officer_key(session: AsyncSession) -> dict[str | None, int]:
    """Return how many identities are sealed for each officer's key."""
    query = sa.select(sealed_tips.c.identity_key_id, sa.func.count().label("tips")).where(
        sealed_tips.c.identity.is_not(None)
    )
    rows = await session.execute(query.group_by(sealed_tips.c.identity_key_id))
    return {row.identity_key_id: row.tips for row in rows}


def _opening(row: sa.RowMapping) -> Opening:
    values = {name: row[name] for name in _FIELDS}
    return Opening(**{**values, "state": OpeningState(row["state"]), "category": Category(row["category"])})
