"""Claim a reward with the receipt."""

from dataclasses import dataclass
from datetime import datetime, time

from services.kit.clock import BUSINESS_ZONE, Clock, business_date
from services.kit.db import Database
from services.tips.domain.reward_claim import claim, payment_token
from services.tips.storage import handling_log, rewards, tips
from services.tips.use_cases.errors import as_conflict, no_such_reward
from services.tips.use_cases.handling import locked_tip
from services.tips.use_cases.receipt_gate import ReceiptGate


@dataclass(frozen=True, slots=True, repr=False)
class ClaimedReward:
    """What the reporter takes to the pay desk."""

    payment_token: str
    amount_fen: int


class ClaimReward:
    """Claims the reward of a receipt's tip; the same claim again shows the same token until it is paid."""

    def __init__(self, database: Database, clock: Clock, gate: ReceiptGate) -> None:
        self._database = database
        self._clock = clock
        self._gate = gate

    async def __call__(self, receipt: str) -> ClaimedReward:
        """Return the payment token; raises NotFound, Conflict where nothing can be claimed, and TooMany."""
        keys = await self._gate.keys(receipt)
        today = business_date(self._clock.now())
        async with self._database.transaction() as session:
            sealed = await tips.find_by_receipt(session, keys.lookup)
            if sealed is None:
                raise self._gate.wrong_receipt()
            tip = await locked_tip(session, sealed.tip_id)
            reward = await rewards.find_reward(session, tip.id)
            if reward is None:
                raise no_such_reward()
            token = payment_token(keys.payment, tip.id)
            with as_conflict():
                claimed = claim(reward, token, today=today)
            if claimed != reward:
                await rewards.store_reward(session, claimed)
                day = datetime.combine(today, time(), BUSINESS_ZONE)
                await handling_log.append(session, tip.id, at=day, actor="reporter", action="reward_claimed")
        return ClaimedReward(token, claimed.amount_fen)
