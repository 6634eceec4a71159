"""Sessions of the desk's pages: the digest of the cookie and whom it stands for, never the token itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.tips.storage.tables import desk_sessions as _table


@dataclass(frozen=True, slots=True)
class StoredSession:
    """One session."""

    digest: bytes
    claims: Mapping[str, object]
    ends_at: datetime
    idle_after: datetime


async def insert_session(session: AsyncSession, stored: StoredSession) -> None:
    """Store a new session, and drop those that are over."""
    await session.execute(sa.delete(_table).where(_table.c.ends_at < sa.func.now()))
    await session.execute(
        sa.insert(_table).values(
            digest=stored.digest, claims=dict(stored.claims), ends_at=stored.ends_at, idle_after=stored.idle_after
        )
    )


async def find_session(session: AsyncSession, digest: bytes) -> StoredSession | None:
    """Return a session."""
    row = (await session.execute(sa.select(_table).where(_table.c.digest == digest))).mappings().first()
    return None if row is None else StoredSession(**row)


async def keep_alive(session: AsyncSession, digest: bytes, idle_after: datetime) -> None:
    """Move the moment at which an unused session ends."""
    await session.execute(sa.update(_table).where(_table.c.digest == digest).values(idle_after=idle_after))


async def delete_session(session: AsyncSession, digest: bytes) -> None:
    """End a session."""
    await session.execute(sa.delete(_table).where(_table.c.digest == digest))
