"""The life of a reward: proposed, approved by two others, claimed with the receipt, paid by two of the payout office.

It may also lapse, or be refused for a reason of the table; both approvers decide on that as well.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

from services.tips.domain.deadline import add_months
from services.tips.domain.errors import TipRuleError
from services.tips.domain.reward import Exclusion

APPROVERS = 2
"""People other than the proposer who must approve."""


class RewardState(StrEnum):
    """Where a reward stands."""

    NONE = "none"
    PROPOSED = "proposed"
    APPROVED = "approved"
    CLAIMED = "claimed"
    PAYING = "paying"
    """One of the payout office has made the transfer; a second one has to confirm it."""
    PAID = "paid"
    LAPSED = "lapsed"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Reward:
    """The reward of one tip, which may be a share in that of a matter."""

    tip_id: UUID
    state: RewardState
    policy_version: str
    level: int
    insider: bool
    case_value_fen: int
    amount_fen: int
    proposed_by: str
    proposed_at: datetime
    matter_id: UUID
    """The tip that leads the matter; its ledger holds the case value."""
    place: int = 0
    """Place among those who share, the first reporter at 0."""
    share_part: int = 1
    share_of: int = 1
    """The share is ``share_part / share_of`` of the reward of the matter."""
    of_person: bool = False
    """Whether the case is one of a person instead of an institution."""
    exclusion: Exclusion | None = None
    """Why nothing is paid, where that is what is proposed."""
    approvers: tuple[str, ...] = ()
    """Who approved the present amount, in order."""
    claim_until: date | None = None
    """Last day for the claim."""
    extended_by: str | None = None
    """Who extended the time to claim, which happens once."""
    claimed_on: date | None = None
    token_nonce: bytes | None = None
    token_hash: bytes | None = None
    token_until: date | None = None
    """Last day on which the payment token is good."""
    prepared_by: str | None = None
    """Who of the payout office made the transfer."""
    paid_fen: int | None = None
    paid_at: datetime | None = None
    paid_by: str | None = None
    """Who of the payout office confirmed it."""
    payout_reference: str | None = None
    over_paid_fen: int = 0
    """How much more was paid than the case value now justifies, where the policy wants it back."""

    @property
    def fraction(self) -> Fraction:
        """Share in the reward of the matter."""
        return Fraction(self.share_part, self.share_of)

    @property
    def involved(self) -> frozenset[str]:
        """Who proposed or approved it, and so does not pay it."""
        return frozenset({self.proposed_by, *self.approvers})

    def state_on(self, today: date) -> RewardState:
        """State seen on a day: an approved reward that nobody claimed in time has lapsed."""
        late = self.claim_until is not None and today > self.claim_until
        return RewardState.LAPSED if self.state is RewardState.APPROVED and late else self.state


def approve(reward: Reward, *, by: str, today: date, claim_months: int) -> Reward:
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
    if reward.exclusion is not None:
        return replace(reward, approvers=approvers, state=RewardState.EXCLUDED)
    if reward.claimed_on is not None:
        return replace(reward, approvers=approvers, state=RewardState.CLAIMED)
    until = add_months(today, claim_months)
    return replace(reward, approvers=approvers, state=RewardState.APPROVED, claim_until=until)


def turn_down(reward: Reward, *, by: str, today: date) -> Reward:
    """Refuse a proposal that nobody has claimed yet, so that another one can be made; raises TipRuleError."""
    if reward.state is not RewardState.PROPOSED or reward.claimed_on is not None:
        raise _wrong_state(reward, today)
    if by == reward.proposed_by:
        raise TipRuleError(
            "own_proposal", zh="不得审批本人提出的奖励。", en="A reward is not approved by the person who proposed it."
        )
    return replace(reward, state=RewardState.NONE, approvers=())


def extend_claim(reward: Reward, *, by: str, today: date, months: int) -> Reward:
    """Give the reporter more time to claim, once and while it has not passed; raises TipRuleError."""
    if reward.extended_by is not None:
        return reward
    if months == 0:
        raise TipRuleError(
            "no_extension",
            zh="该奖励标准不允许延长领取期限。",
            en="The policy knows no extension of the time to claim.",
        )
    if reward.state_on(today) is not RewardState.APPROVED or reward.claim_until is None:
        raise _wrong_state(reward, today)
    if by == reward.proposed_by:
        raise TipRuleError(
            "own_proposal", zh="不得审批本人提出的奖励。", en="A reward is not approved by the person who proposed it."
        )
    return replace(reward, extended_by=by, claim_until=add_months(reward.claim_until, months))


def claim(reward: Reward, *, nonce: bytes, token_of: Callable[[bytes], str], today: date, token_days: int) -> Reward:
    """Claim with the receipt. Claimed before, nothing changes while the token is good; after that a new one is made.

    Raises TipRuleError where it cannot be claimed.
    """
    again = reward.state is RewardState.CLAIMED
    if again and reward.token_until is not None and today <= reward.token_until:
        return reward
    state = reward.state_on(today)
    if state is RewardState.LAPSED:
        raise TipRuleError(
            "reward_lapsed", zh="领取期限已过，视为放弃。", en="The time to claim has passed; the reward is waived."
        )
    if state not in {RewardState.APPROVED, RewardState.CLAIMED}:
        raise _wrong_state(reward, today)
    return replace(
        reward,
        state=RewardState.CLAIMED,
        claimed_on=reward.claimed_on or today,
        token_nonce=nonce,
        token_hash=hash_token(token_of(nonce)),
        token_until=today + timedelta(days=token_days),
    )


def transfer(reward: Reward, token: str, *, by: str, today: date, reference: str) -> Reward:
    """Note that one of the payout office paid it without cash against the token; the same transfer again is the same.

    Raises TipRuleError for a wrong or expired token, another state, and whoever proposed or approved the reward.
    """
    known = reward.token_hash is not None and hmac.compare_digest(reward.token_hash, hash_token(token))
    if not known:
        raise wrong_token()
    if reward.state in {RewardState.PAYING, RewardState.PAID} and reward.payout_reference == reference:
        return reward
    if reward.state is not RewardState.CLAIMED:
        raise _wrong_state(reward, today)
    _require_payer(reward, by)
    if reward.token_until is None or today > reward.token_until:
        raise TipRuleError(
            "payment_token_expired",
            zh="领奖凭证已过期，请举报人凭回执重新获取。",
            en="The payment token has expired; the reporter gets a new one with the receipt.",
        )
    return replace(reward, state=RewardState.PAYING, prepared_by=by, payout_reference=reference)


def confirm(reward: Reward, *, by: str, now: datetime, today: date) -> Reward:
    """Confirm the transfer as a second one of the payout office; the same confirmation again changes nothing."""
    if reward.state is RewardState.PAID and reward.paid_by == by:
        return reward
    _require_second(reward, by, today)
    return replace(reward, state=RewardState.PAID, paid_fen=reward.amount_fen, paid_at=now, paid_by=by)


def send_back(reward: Reward, *, by: str, today: date) -> Reward:
    """Undo a transfer that did not arrive, as a second one of the payout office; the token is good again."""
    if reward.state is RewardState.CLAIMED and reward.prepared_by is None:
        return reward
    _require_second(reward, by, today)
    return replace(reward, state=RewardState.CLAIMED, prepared_by=None, payout_reference=None)


def revalue(reward: Reward, *, case_value_fen: int, amount_fen: int, today: date, reclaims: bool = True) -> Reward:
    """Take a smaller case value into account.

    Unpaid: a changed amount needs both approvals anew, a claim already made stays made, and without a loss no reward is
    left. Paid, or on its way: what was paid too much is noted for recovery, where the policy wants it back.
    """
    reward = replace(reward, case_value_fen=case_value_fen)
    if reward.state in {RewardState.PAID, RewardState.PAYING}:
        given = reward.amount_fen if reward.paid_fen is None else reward.paid_fen
        return replace(reward, over_paid_fen=max(0, given - amount_fen) if reclaims else 0)
    if reward.exclusion is not None or amount_fen == reward.amount_fen:
        return reward
    if reward.state_on(today) in {RewardState.NONE, RewardState.LAPSED}:
        return reward
    state = RewardState.PROPOSED if amount_fen else RewardState.NONE
    return replace(reward, state=state, amount_fen=amount_fen, approvers=(), claim_until=None)


def payment_token(key: bytes, tip_id: UUID, nonce: bytes) -> str:
    """Make a payment token, 120 bits in six groups of four letters and digits.

    It depends on a random number that is drawn for each claim and on the holder's receipt: the database, which has the
    first, cannot make it; the reporter, who has the second, can be shown it again.
    """
    digest = hashlib.blake2b(tip_id.bytes + nonce, key=key, digest_size=15, person=b"tips-token").digest()
    letters = base64.b32encode(digest).decode()
    return "-".join(letters[index : index + 4] for index in range(0, len(letters), 4))


def hash_token(token: str) -> bytes:
    """What is stored of a payment token: with 120 bits of its own a plain hash is enough."""
    return hashlib.sha256(token.strip().upper().replace(" ", "").replace("-", "").encode()).digest()


def wrong_token() -> TipRuleError:
    """Build the refusal of a token that belongs to nothing."""
    return TipRuleError("wrong_payment_token", zh="领奖凭证不正确。", en="The payment token belongs to no reward.")


def _require_payer(reward: Reward, by: str) -> None:
    if by in reward.involved:
        raise TipRuleError(
            "own_approval",
            zh="提出或审批奖励的人员不得办理发放。",
            en="Whoever proposed or approved a reward does not pay it.",
        )


def _require_second(reward: Reward, by: str, today: date) -> None:
    if reward.state is not RewardState.PAYING:
        raise _wrong_state(reward, today)
    _require_payer(reward, by)
    if by == reward.prepared_by:
        raise TipRuleError("own_transfer", zh="不得复核本人办理的发放。", en="Nobody confirms a transfer of their own.")


def _wrong_state(reward: Reward, today: date) -> TipRuleError:
    state = reward.state_on(today)
    return TipRuleError(
        "wrong_reward_state",
        zh=f"奖励当前状态为 {state}，不能执行此步骤。",
        en=f"The reward is {state}; this step is not possible now.",
    )
