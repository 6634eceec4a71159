"""Approve a proposed reward."""

from uuid import UUID

from services.kit.clock import Clock, business_date
from services.kit.db import Database
from services.kit.errors import Conflict
from services.tips.domain.reward_claim import Reward, approve
from services.tips.storage import rewards
from services.tips.use_cases.errors import as_conflict, no_such_reward
from services.tips.use_cases.handling import locked_tip, log_step


class ApproveReward:
    """Adds one of the two approvals; the same approver again changes nothing."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, tip_id: UUID, amount_fen: int, *, by: str) -> Reward:
        """Return the reward; raises NotFound, and Conflict for the proposer or where the amount is another one now."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            tip = await locked_tip(session, tip_id)
            reward = await rewards.find_reward(session, tip_id)
            if reward is None:
                raise no_such_reward()
            if reward.amount_fen != amount_fen:
                raise Conflict(
                    "reward_amount_changed", zh="奖励金额已变化，请重新核对。", en="The amount has changed; look again."
                )
            with as_conflict():
                approved = approve(reward, by=by, today=business_date(now))
            if approved is not reward:
                await rewards.store_reward(session, approved)
                await log_step(session, tip, "reward_approved", by=by, now=now, details={"amount_fen": amount_fen})
        return approved
