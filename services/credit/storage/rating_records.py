"""Inputs of ratings that no event brings, entered by officers; a record is taken back by another, never changed."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.storage.register import in_region
from services.credit.storage.tables import rating_record


@dataclass(frozen=True, slots=True)
class RatingRecord:
    """What an officer recorded about an institution."""

    record_id: UUID
    institution_code: str
    metric: str
    quantity: int
    case_key: str
    occurred_on: date
    document_number: str
    recorded_at: datetime
    recorded_by: str
    withdraws_record_id: UUID | None = None

    def same_as(self, other: "RatingRecord") -> bool:
        """Tell whether both say the same, whoever entered it when."""
        return all(
            getattr(self, name) == getattr(other, name)
            for name in (
                "record_id",
                "institution_code",
                "metric",
                "quantity",
                "case_key",
                "occurred_on",
                "document_number",
                "withdraws_record_id",
            )
        )


async def add(session: AsyncSession, record: RatingRecord) -> bool:
    """Store a record; False when its id is taken or what it takes back has been taken back."""
    row = await session.execute(
        postgresql.insert(rating_record)
        .values(
            record_id=record.record_id,
            institution_code=record.institution_code,
            metric=record.metric,
            quantity=record.quantity,
            case_key=record.case_key,
            occurred_on=record.occurred_on,
            document_number=record.document_number,
            recorded_at=record.recorded_at,
            recorded_by=record.recorded_by,
            withdraws_record_id=record.withdraws_record_id,
        )
        .on_conflict_do_nothing()
        .returning(rating_record.c.record_id)
    )
    return row.one_or_none() is not None


async def find(session: AsyncSession, record_id: UUID) -> RatingRecord | None:
    """Return a record, None when there is none."""
    rows = await session.execute(sa.select(rating_record).where(rating_record.c.record_id == record_id))
    row = rows.mappings().one_or_none()
    return None if row is None else _record(row)


async def page(
    session: AsyncSession, *, institution_code: str | None, region: str, after: int, limit: int
) -> list[tuple[int, RatingRecord]]:
    """Return records with their positions in the order entered, those behind ``after``."""
    query = sa.select(rating_record).where(rating_record.c.position > after)
    query = query.where(in_region(rating_record.c.institution_code, region))
    if institution_code is not None:
        query = query.where(rating_record.c.institution_code == institution_code)
    rows = await session.execute(query.order_by(rating_record.c.position).limit(limit))
    return [(row["position"], _record(row)) for row in rows.mappings()]


def _record(row: sa.RowMapping) -> RatingRecord:
    fields: dict[str, Any] = dict(row)
    del fields["position"]
    return RatingRecord(**fields)
