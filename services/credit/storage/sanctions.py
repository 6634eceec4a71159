"""Sanctions against institutions as recorded; who was scored for them stands in the points ledger."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.agreement import AgreementEffect
from services.credit.storage.tables import sanction, sanction_annulment


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
    agreement: AgreementEffect | None = None
    agreement_until: date | None = None


@dataclass(frozen=True, slots=True)
class Annulment:
    """A sanction that a higher authority, a court or its own author set aside."""

    sanction_id: UUID
    deciding_authority: str
    document_number: str
    annulled_on: date
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
            agreement=None if recorded.agreement is None else recorded.agreement.value,
            agreement_until=recorded.agreement_until,
        )
        .on_conflict_do_nothing()
        .returning(sanction.c.sanction_id)
    )
    return row.one_or_none() is not None


async def find(session: AsyncSession, sanction_id: UUID) -> RecordedSanction | None:
    """Return a sanction, None when there is none of this id."""
    rows = await session.execute(sa.select(sanction).where(sanction.c.sanction_id == sanction_id))
    row = rows.mappings().one_or_none()
    if row is None:
        return None
    effect = row["agreement"]
    return RecordedSanction(**{**row, "agreement": None if effect is None else AgreementEffect(effect)})


async def annul(session: AsyncSession, annulment: Annulment) -> bool:
    """Store an annulment; False when the sanction is annulled already."""
    row = await session.execute(
        postgresql.insert(sanction_annulment)
        .values(
            sanction_id=annulment.sanction_id,
            deciding_authority=annulment.deciding_authority,
            document_number=annulment.document_number,
            annulled_on=annulment.annulled_on,
            recorded_at=annulment.recorded_at,
            recorded_by=annulment.recorded_by,
        )
        .on_conflict_do_nothing()
        .returning(sanction_annulment.c.sanction_id)
    )
    return row.one_or_none() is not None


async def annulment(session: AsyncSession, sanction_id: UUID) -> Annulment | None:
    """Return the annulment of a sanction, None while it stands."""
    rows = await session.execute(sa.select(sanction_annulment).where(sanction_annulment.c.sanction_id == sanction_id))
    row = rows.mappings().one_or_none()
    return None if row is None else Annulment(**row)


async def hold(session: AsyncSession, sanction_id: UUID) -> bool:
    """Wait for whoever annuls or scores under the sanction and hold it until the commit; False when it is unknown."""
    query = sa.select(sanction.c.sanction_id).where(sanction.c.sanction_id == sanction_id)
    # Not the key: entries that name the sanction may be added meanwhile by whoever holds their person.
    query = query.with_for_update(key_share=True)
    return (await session.execute(query)).one_or_none() is not None
