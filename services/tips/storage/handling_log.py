"""The handling log: rows in one chain over all tips, only ever added."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.tips.domain.handling_log import GENESIS, LogEntry, first_broken, seal
from services.tips.storage.tables import handling_log

_CHAIN_LOCK = 0x7469_7073_6C6F_67
"""Advisory lock of whoever adds the next row; held to the end of the transaction, so it is taken last."""

_CHUNK = 1000


async def append(
    session: AsyncSession,
    tip_id: UUID,
    *,
    at: datetime,
    actor: str,
    action: str,
    details: Mapping[str, str | int | bool | None] | None = None,
) -> None:
    """Add a row to the chain."""
    await session.execute(sa.select(sa.func.pg_advisory_xact_lock(_CHAIN_LOCK)))
    last = (
        await session.execute(
            sa.select(handling_log.c.position, handling_log.c.seal).order_by(handling_log.c.position.desc()).limit(1)
        )
    ).first()
    position, previous = (1, GENESIS) if last is None else (last.position + 1, last.seal)
    content = dict(details or {})
    await session.execute(
        sa.insert(handling_log).values(
            position=position,
            tip_id=tip_id,
            at=at,
            actor=actor,
            action=action,
            details=content,
            previous=previous,
            seal=seal(position, tip_id, at, actor, action, content, previous),
        )
    )


async def verify(session: AsyncSession) -> int | None:
    """Read the whole chain; return the position at which it breaks, None where it holds."""
    previous, position = GENESIS, 1
    async for entries in _chunks(session):
        broken = first_broken(entries, previous, position)
        if broken is not None:
            return broken
        previous, position = entries[-1].seal, position + len(entries)
    return None


async def list_for_tip(session: AsyncSession, tip_id: UUID) -> list[LogEntry]:
    """Return the rows of one tip in order."""
    query = sa.select(handling_log).where(handling_log.c.tip_id == tip_id).order_by(handling_log.c.position)
    return [LogEntry(**row) for row in (await session.execute(query)).mappings()]


async def _chunks(session: AsyncSession) -> AsyncIterator[list[LogEntry]]:
    after = -(2**63)
    while True:
        query = sa.select(handling_log).where(handling_log.c.position > after).order_by(handling_log.c.position)
        entries = [LogEntry(**row) for row in (await session.execute(query.limit(_CHUNK))).mappings()]
        if not entries:
            return
        yield entries
        after = entries[-1].position
