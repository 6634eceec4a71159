"""Tips: the part the handling works with, and the sealed part beside it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.tips.domain.tip import Channel, Kind, RefusalReason, Status, Tip
from services.tips.storage import tables
from services.tips.storage.sealing import TipKeys
from services.tips.storage.tip_keys import insert_keys, keys_of

_tips = tables.tips
_sealed = tables.sealed_tips
_keys = tables.tip_keys


@dataclass(frozen=True, slots=True, repr=False)
class SealedTip:
    """What of a tip is sealed or hashed."""

    tip_id: UUID
    receipt_lookup: bytes
    reporter_public_key: bytes
    keys: TipKeys
    content: bytes
    identity: bytes | None
    fingerprint: bytes
    """Keyed digest of the request, to tell a repeated submission from another one."""
    identity_key_id: str | None = None
    """Which officer's key opens the identity; None for a nameless tip, and where the row does not tell."""
    filing: bytes | None = None
    """Statement of filing and what opens it, sealed for the holder of the receipt."""


async def insert_tip(session: AsyncSession, tip: Tip, sealed: SealedTip) -> bool:
    """Store a new tip; False where its receipt exists already."""
    await session.execute(sa.insert(_tips).values(**asdict(tip)))
    stored = await session.scalar(
        insert(_sealed)
        .values(
            tip_id=sealed.tip_id,
            receipt_lookup=sealed.receipt_lookup,
            reporter_public_key=sealed.reporter_public_key,
            content=sealed.content,
            identity=sealed.identity,
            identity_key_id=sealed.identity_key_id,
            filing=sealed.filing,
            fingerprint=sealed.fingerprint,
        )
        .on_conflict_do_nothing(index_elements=[_sealed.c.receipt_lookup])
        .returning(_sealed.c.tip_id)
    )
    if stored is None:
        await session.execute(sa.delete(_tips).where(_tips.c.id == tip.id))
        return False
    await insert_keys(session, tip.id, sealed.keys)
    return True


def tip_of_row(row: Mapping[str, Any]) -> Tip:
    """Read a tip from a row of its table."""
    return Tip(
        **{
            **row,
            "kind": Kind(row["kind"]),
            "status": Status(row["status"]),
            "channel": Channel(row["channel"]),
            "refusal_reason": row["refusal_reason"] and RefusalReason(row["refusal_reason"]),
            "outcome": row["outcome"] and Status(row["outcome"]),
        }
    )


async def update_tip(session: AsyncSession, tip: Tip) -> None:
    """Store the handling state of a tip."""
    await session.execute(sa.update(_tips).where(_tips.c.id == tip.id).values(**asdict(tip)))


async def store_identity(session: AsyncSession, tip_id: UUID, identity: bytes, key_id: str) -> None:
    """Store the sealed identity that a reporter gave later."""
    values = {"identity": identity, "identity_key_id": key_id}
    await session.execute(sa.update(_sealed).where(_sealed.c.tip_id == tip_id).values(values))


async def find_tip(session: AsyncSession, tip_id: UUID, *, lock: bool = False) -> Tip | None:
    """Return a tip, locked until the end of the transaction where asked."""
    query = sa.select(_tips).where(_tips.c.id == tip_id)
    row = (await session.execute(query.with_for_update() if lock else query)).mappings().first()
    return None if row is None else tip_of_row(dict(row))


async def find_by_receipt(session: AsyncSession, receipt_lookup: bytes) -> SealedTip | None:
    """Return the sealed part of the tip that a receipt's look-up key finds."""
    return await _find_sealed(session, _sealed.c.receipt_lookup == receipt_lookup)


async def find_sealed(session: AsyncSession, tip_id: UUID) -> SealedTip | None:
    """Return the sealed part of a tip."""
    return await _find_sealed(session, _sealed.c.tip_id == tip_id)


async def reseal(session: AsyncSession, tip_id: UUID, *, content: bytes, identity: bytes | None) -> None:
    """Replace the sealed content and identity of a tip."""
    statement = sa.update(_sealed).where(_sealed.c.tip_id == tip_id)
    await session.execute(statement.values(content=content, identity=identity))


async def _find_sealed(session: AsyncSession, condition: sa.ColumnElement[bool]) -> SealedTip | None:
    query = sa.select(_sealed, _keys).join(_keys, _keys.c.tip_id == _sealed.c.tip_id).where(condition)
    row = (await session.execute(query)).first()
    if row is None:
        return None
    return SealedTip(
        tip_id=row.tip_id,
        receipt_lookup=row.receipt_lookup,
        reporter_public_key=row.reporter_public_key,
        keys=keys_of(row),
        content=row.content,
        identity=row.identity,
        fingerprint=row.fingerprint,
        identity_key_id=row.identity_key_id,
        filing=row.filing,
    )
