"""Rewards, one per tip."""

from dataclasses import asdict
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.tips.domain.reward_claim import Reward, RewardState
from services.tips.storage.tables import rewards


async def find_reward(session: AsyncSession, tip_id: UUID) -> Reward | None:
    """Return the reward of a tip; whoever changes it holds the tip's lock."""
    row = (await session.execute(sa.select(rewards).where(rewards.c.tip_id == tip_id))).mappings().first()
    if row is None:
        return None
    return Reward(**{**row, "state": RewardState(row["state"]), "approvers": tuple(row["approvers"])})


async def store_reward(session: AsyncSession, reward: Reward) -> None:
    """Store a reward, new or changed."""
    values = asdict(reward) | {"approvers": list(reward.approvers)}
    statement = insert(rewards).values(values)
    await session.execute(statement.on_conflict_do_update(index_elements=[rewards.c.tip_id], set_=values))
