"""Tips: the part the handling works with, and the sealed part beside it."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.tips.domain.tip import Kind, RefusalReason, Status, Tip
from services.tips.storage import tables
from services.tips.storage.sealing import SealedText

_tips = tables.tips
_sealed = tables.sealed_tips


@dataclass(frozen=True, slots=True, repr=False)
class SealedTip:
    """What of a tip is sealed or hashed."""

    tip_id: UUID
    receipt_lookup: bytes
    reporter_public_key: bytes
    text: SealedText
    identity: bytes | None
    fingerprint: bytes
    """Keyed digest of the request, to tell a repeated submission from another one."""


async def insert_tip(session: AsyncSession, tip: Tip, sealed: SealedTip) -> bool:
    """Store a new tip; False where its receipt exists already."""
    await session.execute(sa.insert(_tips).values(**asdict(tip)))
    stored = await session.scalar(
        insert(_sealed)
        .values(
            tip_id=sealed.tip_id,
            receipt_lookup=sealed.receipt_lookup,
            reporter_public_key=sealed.reporter_public_key,
            wrapped_key=sealed.text.wrapped_key,
            content=sealed.text.content,
            identity=sealed.identity,
            fingerprint=sealed.fingerprint,
        )
        .on_conflict_do_nothing(index_elements=[_sealed.c.receipt_lookup])
        .returning(_sealed.c.tip_id)
    )
    if stored is None:
        await session.execute(sa.delete(_tips).where(_tips.c.id == tip.id))
    return stored is not None


async def update_tip(session: AsyncSession, tip: Tip) -> None:
    """Store the handling state of a tip."""
    await session.execute(sa.update(_tips).where(_tips.c.id == tip.id).values(**asdict(tip)))


async def find_tip(session: AsyncSession, tip_id: UUID, *, lock: bool = False) -> Tip | None:
    """Return a tip, locked until the end of the transaction where asked."""
    query = sa.select(_tips).where(_tips.c.id == tip_id)
    row = (await session.execute(query.with_for_update() if lock else query)).mappings().first()
    return None if row is None else _tip(dict(row))


async def find_by_receipt(session: AsyncSession, receipt_lookup: bytes) -> SealedTip | None:
    """Return the sealed part of the tip that a receipt's look-up key finds."""
    return await _find_sealed(session, _sealed.c.receipt_lookup == receipt_lookup)


async def find_sealed(session: AsyncSession, tip_id: UUID) -> SealedTip | None:
    """Return the sealed part of a tip."""
    return await _find_sealed(session, _sealed.c.tip_id == tip_id)


async def list_tips(
    session: AsyncSession, *, after: UUID | None, status: Status | None, overdue_on: date | None, limit: int
) -> list[Tip]:
    """Return tips in the order of their arrival, by day, after a given one."""
    query = sa.select(_tips).order_by(_tips.c.id).limit(limit)
    if after is not None:
        query = query.where(_tips.c.id > after)
    if status is not None:
        query = query.where(_tips.c.status == status)
    if overdue_on is not None:
        query = query.where(_tips.c.status == Status.ACCEPTED, _tips.c.due_on < overdue_on)
    return [_tip(dict(row)) for row in (await session.execute(query)).mappings()]


async def _find_sealed(session: AsyncSession, condition: sa.ColumnElement[bool]) -> SealedTip | None:
    row = (await session.execute(sa.select(_sealed).where(condition))).first()
    if row is None:
        return None
    return SealedTip(
        tip_id=row.tip_id,
        receipt_lookup=row.receipt_lookup,
        reporter_public_key=row.reporter_public_key,
        text=SealedText(row.wrapped_key, row.content),
        identity=row.identity,
        fingerprint=row.fingerprint,
    )


def _tip(row: dict[str, Any]) -> Tip:
    row["kind"] = Kind(row["kind"])
    row["status"] = Status(row["status"])
    row["refusal_reason"] = row["refusal_reason"] and RefusalReason(row["refusal_reason"])
    row["outcome"] = row["outcome"] and Status(row["outcome"])
    return Tip(**row)
