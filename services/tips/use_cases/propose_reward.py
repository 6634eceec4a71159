"""Propose a reward for a substantiated tip."""

from collections.abc import Sequence
from uuid import UUID

from services.kit.clock import Clock, business_date
from services.kit.db import Database
from services.kit.errors import Conflict
from services.tips.domain.case_value import case_value
from services.tips.domain.reward import RewardPolicy, policy_in_force, reward_amount
from services.tips.domain.reward_claim import Reward, RewardState
from services.tips.domain.tip import Status, Tip
from services.tips.storage import case_values, rewards
from services.tips.use_cases.errors import as_conflict, repeated_otherwise
from services.tips.use_cases.handling import Details, locked_tip, log_step


class ProposeReward:
    """Computes the reward by the table that was in force on the day of the decision."""

    def __init__(self, database: Database, clock: Clock, policies: Sequence[RewardPolicy], *, region: str) -> None:
        self._database = database
        self._clock = clock
        self._policies = policies
        self._region = region

    async def __call__(self, tip_id: UUID, *, level: int, insider: bool, by: str) -> Reward:
        """Return the proposal; raises NotFound, and Conflict where the tip earns none or it was proposed otherwise."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            tip = await locked_tip(session, tip_id)
            stored = await rewards.find_reward(session, tip_id)
            if stored is not None and stored.state is not RewardState.NONE:
                if (stored.level, stored.insider) != (level, insider):
                    raise repeated_otherwise()
                return stored
            value = case_value(await case_values.list_entries(session, tip_id))
            _require_rewardable(tip, value)
            with as_conflict():
                policy = policy_in_force(self._policies, self._region, business_date(tip.decided_at or now))
                amount = reward_amount(policy, value, level=level, insider=insider)
            reward = Reward(
                tip_id=tip_id,
                state=RewardState.PROPOSED,
                policy_version=policy.version,
                level=level,
                insider=insider,
                case_value_fen=value,
                amount_fen=amount,
                proposed_by=by,
                proposed_at=now,
            )
            await rewards.store_reward(session, reward)
            details: Details = {"amount_fen": amount, "case_value_fen": value, "level": level, "policy": policy.version}
            await log_step(session, tip, "reward_proposed", by=by, now=now, details=details)
        return reward


def _require_rewardable(tip: Tip, case_value_fen: int) -> None:
    if Status.SUBSTANTIATED not in {tip.status, tip.outcome}:
        raise Conflict("not_substantiated", zh="举报尚未查实。", en="The tip has not been substantiated.")
    if tip.withdrawn_on is not None:
        raise Conflict("tip_withdrawn", zh="举报已撤回，不予奖励。", en="A withdrawn tip earns no reward.")
    if case_value_fen == 0:
        raise Conflict("no_loss", zh="案值为零，不予奖励。", en="There is no loss left to reward.")
