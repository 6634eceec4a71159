"""Institutions that an accepted tip draws attention to."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.screening.storage.tables import tip_attention


async def note(session: AsyncSession, tip_id: UUID, institution_code: str, since: datetime) -> None:
    """Remember that a tip about an institution was accepted; once per tip."""
    await session.execute(
        insert(tip_attention)
        .values(tip_id=tip_id, institution_code=institution_code, since=since)
        .on_conflict_do_nothing()
    )
