"""Record that a reward was paid."""

from uuid import UUID

from services.kit.clock import Clock, business_date
from services.kit.db import Database
from services.tips.domain.reward_claim import Reward, pay
from services.tips.storage import rewards
from services.tips.use_cases.errors import as_conflict, no_such_reward
from services.tips.use_cases.handling import locked_tip, log_step


class RecordPayout:
    """Takes the payment token in exchange for the payout, once; the desk learns no name."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, tip_id: UUID, payment_token: str, reference: str, *, by: str) -> Reward:
        """Return the paid reward; raises NotFound, and Conflict for a wrong token or a reward that is not claimed."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            tip = await locked_tip(session, tip_id)
            reward = await rewards.find_reward(session, tip_id)
            if reward is None:
                raise no_such_reward()
            with as_conflict():
                paid = pay(reward, payment_token, by=by, now=now, today=business_date(now), reference=reference)
            if paid is not reward:
                await rewards.store_reward(session, paid)
                details = {"amount_fen": paid.paid_fen, "reference": reference}
                await log_step(session, tip, "reward_paid", by=by, now=now, details=details)
        return paid
