"""How far the relay is behind."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.db import driver


async def estimate(session: AsyncSession) -> int:
    """Return about how many facts wait in the outbox: the distance of its ends, gaps included, without counting."""
    connection = await driver(session)
    waiting: int = await connection.fetchval(
        "select coalesce((select sequence from outbox order by sequence desc limit 1)"
        " - (select sequence from outbox order by sequence limit 1) + 1, 0)"
    )
    return waiting
