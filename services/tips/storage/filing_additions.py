"""What was signed for messages and files that were added to a tip later, sealed for the holder of its receipt."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.tips.domain.filing import AdditionKind
from services.tips.storage.tables import filing_additions as _table


@dataclass(frozen=True, slots=True, repr=False)
class SealedAddition:
    """One addition of a tip."""

    number: int
    """From 1, in the order of arrival."""
    kind: AdditionKind
    filed: bytes


async def insert_addition(session: AsyncSession, tip_id: UUID, filed: bytes, message_id: UUID | None) -> None:
    """Store an addition as the last of its tip, which must be locked."""
    last = await session.scalar(sa.select(sa.func.max(_table.c.number)).where(_table.c.tip_id == tip_id))
    values = {"tip_id": tip_id, "number": (last or 0) + 1, "message_id": message_id, "filed": filed}
    await session.execute(sa.insert(_table).values(values))


async def list_additions(session: AsyncSession, tip_id: UUID) -> list[SealedAddition]:
    """Return the additions of a tip in order."""
    query = sa.select(_table).where(_table.c.tip_id == tip_id).order_by(_table.c.number)
    return [
        SealedAddition(row.number, AdditionKind.FILES if row.message_id is None else AdditionKind.MESSAGE, row.filed)
        for row in await session.execute(query)
    ]


async def of_message(session: AsyncSession, message_id: UUID) -> bytes | None:
    """Return what was signed for a message."""
    filed: bytes | None = await session.scalar(sa.select(_table.c.filed).where(_table.c.message_id == message_id))
    return filed


async def reseal(session: AsyncSession, tip_id: UUID, number: int, filed: bytes) -> None:
    """Replace the sealed form of an addition."""
    of = sa.and_(_table.c.tip_id == tip_id, _table.c.number == number)
    await session.execute(sa.update(_table).where(of).values(filed=filed))


async def delete_additions(session: AsyncSession, tip_id: UUID) -> None:
    """Delete what was signed for a tip's additions; before its messages."""
    await session.execute(sa.delete(_table).where(_table.c.tip_id == tip_id))
