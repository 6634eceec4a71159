"""Sanctions against institutions as recorded; who was scored for them stands in the points ledger."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.storage.tables import sanction


@dataclass(frozen=True, slots=True)
class RecordedSanction:
    """A sanction with the circumstances of its recording."""

    sanction_id: UUID
    institution_code: str
    kind: str
    deciding_authority: str
    document_number: str
    decided_on: date
    digest: bytes
    """SHA-256 of the request in canonical form."""
    policy_version: str
    recorded_at: datetime
    recorded_by: str


async def add(session: AsyncSession, recorded: RecordedSanction) -> bool:
    """Store a sanction; False when its id is taken, after waiting for whoever is storing it at the moment."""
    row = await session.execute(
        postgresql.insert(sanction)
        .values(
            sanction_id=recorded.sanction_id,
            institution_code=recorded.institution_code,
            kind=recorded.kind,
            deciding_authority=recorded.deciding_authority,
            document_number=recorded.document_number,
            decided_on=recorded.decided_on,
            digest=recorded.digest,
            policy_version=recorded.policy_version,
            recorded_at=recorded.recorded_at,
            recorded_by=recorded.recorded_by,
        )
        .on_conflict_do_nothing()
        .returning(sanction.c.sanction_id)
    )
    return row.one_or_none() is not None


async def find(session: AsyncSession, sanction_id: UUID) -> RecordedSanction | None:
    """Return a sanction, None when there is none of this id."""
    rows = await session.execute(sa.select(sanction).where(sanction.c.sanction_id == sanction_id))
    row = rows.mappings().one_or_none()
    return None if row is None else RecordedSanction(**row)
