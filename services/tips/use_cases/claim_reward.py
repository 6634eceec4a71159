"""Claim a reward with the receipt."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.clock import BUSINESS_ZONE, Clock, business_date
from services.kit.db import Database
from services.kit.errors import Conflict, Unavailable
from services.tips.domain.reward import RewardPolicy
from services.tips.domain.reward_claim import Reward, claim, payment_token
from services.tips.domain.tip import Tip
from services.tips.storage import handling_log, payouts, rewards, tips
from services.tips.storage.keyring import KeyringSource
from services.tips.storage.payouts import Payee, PayeeSealer
from services.tips.storage.sealing import in_envelope
from services.tips.storage.tips import SealedTip
from services.tips.use_cases.errors import as_conflict, no_such_reward
from services.tips.use_cases.handling import locked_with_lead
from services.tips.use_cases.receipt_gate import ReceiptGate

_NONCE_BYTES = 16


@dataclass(frozen=True, slots=True, repr=False)
class ClaimedReward:
    """What the reporter takes to the payout office, or what that office finds beside the payee."""

    payment_token: str
    amount_fen: int
    good_until: date
    """Last day of the token; a new one can be fetched afterwards."""
    payee_left: bool
    """Whether the payout office was told where the money goes."""


class ClaimReward:
    """Claims the reward of a receipt's tip; the same claim again shows the same token until it expires."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        gate: ReceiptGate,
        keyring: KeyringSource,
        policies: Mapping[str, RewardPolicy],
        sealer: PayeeSealer | None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._gate = gate
        self._keyring = keyring
        self._policies = policies
        self._sealer = sealer
        """None where the payout office has no key: reporters come in person, with the token."""

    async def __call__(self, receipt: str, payee: Payee | None = None) -> ClaimedReward:
        """Return the payment token; raises NotFound, Conflict where nothing can be claimed, TooMany and Unavailable.

        A payee is sealed for the payout office together with the token, in place of one given before.
        """
        if payee is not None and self._sealer is None:
            raise Unavailable(
                "no_payout_key",
                zh="暂不能在线填写收款信息，请凭领奖凭证到经办窗口领取。",
                en="Payees cannot be taken online; bring the payment token to the pay desk.",
            )
        keys = await self._gate.keys(receipt)
        today = business_date(self._clock.now())
        async with self._database.transaction() as session:
            sealed = await tips.find_by_receipt(session, keys.lookup)
            if sealed is None:
                raise self._gate.wrong_receipt()
            tip = await locked_with_lead(session, sealed.tip_id)
            reward = await rewards.find_reward(session, tip.id)
            if reward is None:
                raise no_such_reward()

            def token_of(nonce: bytes) -> str:
                return payment_token(keys.payment, tip.id, nonce)

            with as_conflict():
                claimed = claim(
                    reward,
                    nonce=secrets.token_bytes(_NONCE_BYTES),
                    token_of=token_of,
                    today=today,
                    token_days=self._policies[reward.policy_version].token_days,
                )
            if claimed.token_nonce is None or claimed.token_until is None:
                raise Conflict("no_token", zh="没有可用的领奖凭证。", en="There is no payment token.")
            token = token_of(claimed.token_nonce)
            await self._store(session, tip, reward, claimed, today)
            await self._leave(session, sealed, payee, token, renewed=claimed is not reward)
            left = await payouts.has_payee(session, tip.id)
        return ClaimedReward(token, claimed.amount_fen, claimed.token_until, left)

    @staticmethod
    async def _store(session: AsyncSession, tip: Tip, reward: Reward, claimed: Reward, today: date) -> None:
        if claimed is reward:
            return
        await rewards.store_reward(session, claimed)
        day = datetime.combine(today, time(), BUSINESS_ZONE)
        await handling_log.append(session, tip.id, at=day, actor="reporter", action="reward_claimed")

    async def _leave(
        self, session: AsyncSession, sealed: SealedTip, payee: Payee | None, token: str, *, renewed: bool
    ) -> None:
        """Store a payee; a payee of before goes with its token, which is sealed beside it and no longer good."""
        if payee is not None and self._sealer is not None:
            blob = in_envelope(self._sealer(payee, token), sealed.keys, self._keyring)
            await payouts.note_claim(session, sealed.tip_id, blob, self._sealer.key_id)
        elif renewed:
            await payouts.note_claim(session, sealed.tip_id, None, None)
