"""Rewards, one per rewarded tip; those of one matter share one case value."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.tips.domain.reward import Exclusion
from services.tips.domain.reward_claim import Reward, RewardState
from services.tips.storage.tables import rewards


async def find_reward(session: AsyncSession, tip_id: UUID) -> Reward | None:
    """Return the reward of a tip; whoever changes it holds the tip's lock."""
    row = (await session.execute(sa.select(rewards).where(rewards.c.tip_id == tip_id))).mappings().first()
    return None if row is None else reward_of_row(dict(row))


async def list_rewards(session: AsyncSession, matter_id: UUID) -> list[Reward]:
    """Return the rewards of a matter, the first reporter's first."""
    query = sa.select(rewards).where(rewards.c.matter_id == matter_id).order_by(rewards.c.place, rewards.c.tip_id)
    return [reward_of_row(dict(row)) for row in (await session.execute(query)).mappings()]


async def find_by_token(session: AsyncSession, token_hash: bytes) -> UUID | None:
    """Return the tip whose reward a payment token belongs to."""
    found: UUID | None = await session.scalar(sa.select(rewards.c.tip_id).where(rewards.c.token_hash == token_hash))
    return found


async def store_reward(session: AsyncSession, reward: Reward) -> None:
    """Store a reward, new or changed."""
    values = asdict(reward) | {"approvers": list(reward.approvers)}
    statement = insert(rewards).values(values)
    await session.execute(statement.on_conflict_do_update(index_elements=[rewards.c.tip_id], set_=values))


async def delete_rewards(session: AsyncSession, matter_id: UUID) -> None:
    """Delete the rewards of a matter of which nothing is left, before it is proposed anew."""
    await session.execute(sa.delete(rewards).where(rewards.c.matter_id == matter_id))


def together(found: Sequence[Reward]) -> int:
    """Return the amount of all rewards of a matter, in fen."""
    return sum(reward.amount_fen for reward in found)


def reward_of_row(row: dict[str, Any]) -> Reward:
    """Read a reward from a row of its table."""
    return Reward(
        **{
            **row,
            "state": RewardState(row["state"]),
            "exclusion": row["exclusion"] and Exclusion(row["exclusion"]),
            "approvers": tuple(row["approvers"]),
        }
    )
