"""The conversation between reporter and handlers, each message sealed twice: for the team and for the reporter."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.tips.storage.tables import messages


@dataclass(frozen=True, slots=True, repr=False)
class SealedMessage:
    """One message of a conversation."""

    id: UUID
    """Chosen by the sender, so that a repeated request is recognised."""
    tip_id: UUID
    author: Literal["reporter", "handler"]
    handler: str | None
    posted_on: date
    for_team: bytes
    for_reporter: bytes
    fingerprint: bytes
    number: int = 0
    """Place in the conversation; given when it is stored."""


async def find_message(session: AsyncSession, message_id: UUID) -> SealedMessage | None:
    """Return a message by the id its sender chose."""
    row = (await session.execute(sa.select(messages).where(messages.c.id == message_id))).mappings().first()
    return None if row is None else SealedMessage(**row)


async def insert_message(session: AsyncSession, message: SealedMessage) -> None:
    """Store a message as the last of its conversation; the tip must be locked."""
    last = await session.scalar(sa.select(sa.func.max(messages.c.number)).where(messages.c.tip_id == message.tip_id))
    await session.execute(sa.insert(messages).values(asdict(message) | {"number": (last or 0) + 1}))


async def list_messages(session: AsyncSession, tip_id: UUID) -> list[SealedMessage]:
    """Return a conversation in order."""
    query = sa.select(messages).where(messages.c.tip_id == tip_id).order_by(messages.c.number)
    return [SealedMessage(**row) for row in (await session.execute(query)).mappings()]


async def reseal(session: AsyncSession, message_id: UUID, *, for_team: bytes, for_reporter: bytes) -> None:
    """Replace both sealed forms of a message."""
    statement = sa.update(messages).where(messages.c.id == message_id)
    await session.execute(statement.values(for_team=for_team, for_reporter=for_reporter))
