"""Institutions that an accepted tip draws attention to, until the tip is closed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.screening.storage.tables import tip_attention

_NOBODY = ""
"""Stands for the institution once the tip is closed: the row stays, so that a late acceptance does not revive it."""


async def note(session: AsyncSession, tip_id: UUID, institution_code: str, since: datetime) -> None:
    """Remember that a tip about an institution was accepted, unless something newer of the tip is known."""
    await _write(session, tip_id, institution_code, since)


async def end(session: AsyncSession, tip_id: UUID, closed_at: datetime) -> None:
    """Remember that a tip was closed; one that is accepted again later, after a dispute, draws attention anew."""
    await _write(session, tip_id, _NOBODY, closed_at)


async def _write(session: AsyncSession, tip_id: UUID, institution_code: str, since: datetime) -> None:
    statement = insert(tip_attention).values(tip_id=tip_id, institution_code=institution_code, since=since)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["tip_id"],
            set_={"institution_code": institution_code, "since": since},
            where=tip_attention.c.since < since,
        )
    )
