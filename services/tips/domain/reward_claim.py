"""The life of a reward: proposed, approved by two others, claimed with the receipt, paid against a token; or lapsed."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.tips.domain.deadline import add_months
from services.tips.domain.errors import TipRuleError

CLAIM_MONTHS = 2
"""Months in which a reward must be claimed; afterwards it counts as waived (医保办发〔2022〕22号)."""

APPROVERS = 2
"""People other than the proposer who must approve."""


class RewardState(StrEnum):
    """Where a reward stands."""

    NONE = "none"
    PROPOSED = "proposed"
    APPROVED = "approved"
    CLAIMED = "claimed"
    PAID = "paid"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Reward:
    """The reward of one tip."""

    tip_id: UUID
    state: RewardState
    policy_version: str
    level: int
    insider: bool
    case_value_fen: int
    amount_fen: int
    proposed_by: str
    proposed_at: datetime
    approvers: tuple[str, ...] = ()
    """Who approved the present amount, in order."""
    claim_until: date | None = None
    """Last day for the claim."""
    claimed_on: date | None = None
    token_hash: bytes | None = None
    paid_fen: int | None = None
    paid_at: datetime | None = None
    paid_by: str | None = None
    payout_reference: str | None = None
    over_paid_fen: int = 0
    """How much more was paid than the case value now justifies."""

    def state_on(self, today: date) -> RewardState:
        """State seen on a day: an approved reward that nobody claimed in time has lapsed."""
        late = self.claim_until is not None and today > self.claim_until
        return RewardState.LAPSED if self.state is RewardState.APPROVED and late else self.state


def approve(reward: Reward, *, by: str, today: date) -> Reward:
    """Approve the amount; the second approval starts the time to claim, or revives a claim already made.

    Raises TipRuleError where the approver proposed it, or nothing is left to approve.
    """
    if by in reward.approvers:
        return reward
    if reward.state is not RewardState.PROPOSED:
        raise _wrong_state(reward, today)
    if by == reward.proposed_by:
        raise TipRuleError(
            "own_proposal", zh="不得审批本人提出的奖励。", en="A reward is not approved by the person who proposed it."
        )
    approvers = (*reward.approvers, by)
    if len(approvers) < APPROVERS:
        return replace(reward, approvers=approvers)
    if reward.claimed_on is not None:
        return replace(reward, approvers=approvers, state=RewardState.CLAIMED)
    until = add_months(today, CLAIM_MONTHS)
    return replace(reward, approvers=approvers, state=RewardState.APPROVED, claim_until=until)


def claim(reward: Reward, token: str, *, today: date) -> Reward:
    """Claim with the receipt; the same claim again changes nothing. Raises TipRuleError where it cannot be claimed."""
    if reward.state is RewardState.CLAIMED:
        return reward
    state = reward.state_on(today)
    if state is RewardState.LAPSED:
        raise TipRuleError(
            "reward_lapsed", zh="领取期限已过，视为放弃。", en="The time to claim has passed; the reward is waived."
        )
    if state is not RewardState.APPROVED:
        raise _wrong_state(reward, today)
    return replace(reward, state=RewardState.CLAIMED, claimed_on=today, token_hash=hash_token(token))


def pay(reward: Reward, token: str, *, by: str, now: datetime, today: date, reference: str) -> Reward:
    """Record the payout against the token, once; the same payout again changes nothing."""
    known = reward.token_hash is not None and hmac.compare_digest(reward.token_hash, hash_token(token))
    if reward.state is RewardState.PAID and known and reward.payout_reference == reference:
        return reward
    if reward.state is not RewardState.CLAIMED:
        raise _wrong_state(reward, today)
    if not known:
        raise TipRuleError(
            "wrong_payment_token", zh="领奖凭证不正确。", en="The payment token does not belong to this reward."
        )
    return replace(
        reward,
        state=RewardState.PAID,
        paid_fen=reward.amount_fen,
        paid_at=now,
        paid_by=by,
        payout_reference=reference,
    )


def revalue(reward: Reward, *, case_value_fen: int, amount_fen: int, today: date) -> Reward:
    """Take a smaller case value into account.

    Unpaid: a changed amount needs both approvals anew, a claim already made stays made, and without a loss no reward is
    left. Paid: what was paid too much is noted for recovery.
    """
    reward = replace(reward, case_value_fen=case_value_fen)
    if reward.paid_fen is not None:
        return replace(reward, over_paid_fen=max(0, reward.paid_fen - amount_fen))
    if amount_fen == reward.amount_fen or reward.state_on(today) in {RewardState.NONE, RewardState.LAPSED}:
        return reward
    state = RewardState.PROPOSED if amount_fen else RewardState.NONE
    return replace(reward, state=state, amount_fen=amount_fen, approvers=(), claim_until=None)


def payment_token(key: bytes, tip_id: UUID) -> str:
    """Derive the payment token, 120 bits in six groups of four letters and digits, from the holder's receipt."""
    digest = hashlib.blake2b(tip_id.bytes, key=key, digest_size=15, person=b"tips-token").digest()
    letters = base64.b32encode(digest).decode()
    return "-".join(letters[index : index + 4] for index in range(0, len(letters), 4))


def hash_token(token: str) -> bytes:
    """What is stored of a payment token: with 120 bits of its own a plain hash is enough."""
    return hashlib.sha256(token.strip().upper().replace(" ", "").replace("-", "").encode()).digest()


def _wrong_state(reward: Reward, today: date) -> TipRuleError:
    state = reward.state_on(today)
    return TipRuleError(
        "wrong_reward_state",
        zh=f"奖励当前状态为 {state}，不能执行此步骤。",
        en=f"The reward is {state}; this step is not possible now.",
    )
