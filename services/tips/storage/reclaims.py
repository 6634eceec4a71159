"""What is taken back of paid rewards: demands by reward, repayments by voucher."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.tips.domain.access import region_prefix
from services.tips.domain.reward import Exclusion
from services.tips.domain.reward_reclaim import Reclaim, ReclaimReason, ReclaimState, WaiverReason
from services.tips.storage.tables import reward_reclaims, reward_repayments, tips


@dataclass(frozen=True, slots=True)
class RegionalReclaim:
    """A reclaim with the region of its tip, for the check of who may see it."""

    reclaim: Reclaim
    region: str | None


@dataclass(frozen=True, slots=True)
class Repayment:
    """Money that came back."""

    reference: str
    tip_id: UUID
    number: int
    amount_fen: int
    noted_by: str
    noted_at: datetime


async def list_reclaims(session: AsyncSession, tip_id: UUID) -> list[Reclaim]:
    """Return the reclaims of a reward in order; whoever changes one holds the tip's lock."""
    query = sa.select(reward_reclaims).where(reward_reclaims.c.tip_id == tip_id).order_by(reward_reclaims.c.number)
    return [_reclaim(dict(row)) for row in (await session.execute(query)).mappings()]


async def store_reclaim(session: AsyncSession, reclaim: Reclaim) -> None:
    """Store a reclaim, new or changed."""
    values = asdict(reclaim)
    statement = insert(reward_reclaims).values(values)
    await session.execute(statement.on_conflict_do_update(index_elements=["tip_id", "number"], set_=values))


async def list_demanded(session: AsyncSession, region: str | None) -> Sequence[Reclaim]:
    """Return what is to be repaid in a region, the oldest demand first."""
    query = (
        sa.select(reward_reclaims)
        .join(tips, tips.c.id == reward_reclaims.c.tip_id)
        .where(reward_reclaims.c.state == ReclaimState.DEMANDED)
        .order_by(reward_reclaims.c.decided_at)
    )
    if prefix := region_prefix(region):
        query = query.where(tips.c.region.startswith(prefix, autoescape=True))
    return [_reclaim(dict(row)) for row in (await session.execute(query.limit(500))).mappings()]


async def find_by_number(session: AsyncSession, repayment_number: UUID) -> RegionalReclaim | None:
    """Return the reclaim to which money with a number belongs."""
    query = (
        sa.select(reward_reclaims, tips.c.region.label("of_region"))
        .join(tips, tips.c.id == reward_reclaims.c.tip_id)
        .where(reward_reclaims.c.repayment_number == repayment_number)
    )
    row = (await session.execute(query)).mappings().first()
    if row is None:
        return None
    own = {str(name): value for name, value in row.items()}
    region = own.pop("of_region")
    return RegionalReclaim(_reclaim(own), region)


async def find_repayment(session: AsyncSession, reference: str) -> Repayment | None:
    """Return what was noted under a voucher."""
    table = reward_repayments
    query = sa.select(*(table.c[name] for name in Repayment.__dataclass_fields__)).where(table.c.reference == reference)
    row = (await session.execute(query)).mappings().first()
    return None if row is None else Repayment(**row)


async def insert_repayment(session: AsyncSession, repayment: Repayment) -> bool:
    """Note money that came; False where the voucher is noted already."""
    statement = insert(reward_repayments).values(asdict(repayment)).on_conflict_do_nothing()
    return await session.scalar(statement.returning(reward_repayments.c.reference)) is not None


async def forget_repayment_numbers(session: AsyncSession, tip_id: UUID) -> None:
    """Take away the numbers that the reporter of an erased tip was shown."""
    statement = sa.update(reward_reclaims).where(reward_reclaims.c.tip_id == tip_id)
    await session.execute(statement.values(repayment_number=None))


def _reclaim(row: dict[str, Any]) -> Reclaim:
    return Reclaim(
        **{
            **row,
            "state": ReclaimState(row["state"]),
            "reason": ReclaimReason(row["reason"]),
            "exclusion": row["exclusion"] and Exclusion(row["exclusion"]),
            "waiver": row["waiver"] and WaiverReason(row["waiver"]),
        }
    )
