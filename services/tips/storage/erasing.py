"""Finds tips whose time is over and takes away everything of them but the row for statistics."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.tips.domain.reward_claim import RewardState
from services.tips.domain.reward_reclaim import ReclaimState
from services.tips.domain.tip import Status
from services.tips.storage.attachments import delete_files
from services.tips.storage.filing_additions import delete_additions
from services.tips.storage.identity_openings import forget_reasons
from services.tips.storage.payouts import forget_payee
from services.tips.storage.reclaims import forget_repayment_numbers
from services.tips.storage.tables import erasures, messages, reward_reclaims, rewards, sealed_tips, tips
from services.tips.storage.tip_keys import destroy_keys

_UNSETTLED = (RewardState.PROPOSED, RewardState.APPROVED, RewardState.CLAIMED, RewardState.PAYING)
"""A reporter whose reward is on its way needs the tip; one that was not claimed in time is waived."""


async def due_tips(
    session: AsyncSession, outcome: Status, *, ended_by: date, ended_before: datetime, today: date, limit: int
) -> Sequence[UUID]:
    """Return some tips, locked, that ended with an outcome on a day or before it and are still there.

    A tip ended when it was closed (``ended_before``, the instant after that day) or, withdrawn before it was taken up,
    on the day it was withdrawn.
    """
    waiting = sa.exists().where(
        rewards.c.tip_id == tips.c.id,
        rewards.c.state.in_(_UNSETTLED),
        sa.or_(rewards.c.claim_until.is_(None), rewards.c.claim_until >= today, rewards.c.claimed_on.is_not(None)),
    )
    # Whoever has to repay sees the demand, and its number, with the receipt only.
    demanded = sa.exists().where(
        reward_reclaims.c.tip_id == tips.c.id,
        reward_reclaims.c.state.in_((ReclaimState.PROPOSED, ReclaimState.DEMANDED)),
    )
    ended = sa.or_(
        sa.and_(tips.c.status == Status.CLOSED, tips.c.closed_at < ended_before),
        sa.and_(tips.c.status == Status.WITHDRAWN, tips.c.withdrawn_on <= ended_by),
    )
    gone = sa.exists().where(erasures.c.tip_id == tips.c.id)
    query = (
        sa.select(tips.c.id)
        .where(tips.c.outcome == outcome, ended, ~waiting, ~demanded, ~gone)
        .order_by(tips.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(await session.scalars(query))


async def erase(session: AsyncSession, tip_id: UUID, *, today: date, policy_version: str) -> list[UUID]:
    """Destroy the keys of a tip and delete all that is sealed of it; return the files to be removed afterwards."""
    await destroy_keys(session, tip_id)
    files = await delete_files(session, tip_id)
    await forget_reasons(session, tip_id)
    await delete_additions(session, tip_id)
    await session.execute(sa.delete(messages).where(messages.c.tip_id == tip_id))
    await session.execute(sa.delete(sealed_tips).where(sealed_tips.c.tip_id == tip_id))
    await session.execute(
        sa.update(rewards).where(rewards.c.tip_id == tip_id).values(token_hash=None, token_nonce=None)
    )
    await forget_payee(session, tip_id)
    await forget_repayment_numbers(session, tip_id)
    await session.execute(sa.insert(erasures).values(tip_id=tip_id, erased_on=today, policy_version=policy_version))
    return files


async def erased_on(session: AsyncSession, tip_id: UUID) -> date | None:
    """Return the day on which a tip was erased."""
    day: date | None = await session.scalar(sa.select(erasures.c.erased_on).where(erasures.c.tip_id == tip_id))
    return day
