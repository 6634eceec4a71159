"""Taking back (追回) what was paid of a reward: demanded by two persons, repaid in parts or at once, or waived.

A reclaim never changes what the reward says was paid; it stands beside it, and so do the repayments.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.tips.domain.errors import TipRuleError
from services.tips.domain.reward import Exclusion
from services.tips.domain.reward_claim import Reward, RewardState


class ReclaimReason(StrEnum):
    """Why money is demanded back; no rule of law lists the reasons, these are ours."""

    CASE_VALUE_REDUCED = "case_value_reduced"
    """A finding fell after an appeal, and with it part of the case value."""
    EXCLUDED = "excluded"
    """The reporter turned out to be one who gets no reward; the exclusion is named beside it."""
    WRONG_AMOUNT = "wrong_amount"
    """Level, insider's bonus or sharing were wrong, or more was transferred than approved."""
    FRAUDULENT_CLAIM = "fraudulent_claim"
    """Claimed with forged evidence, or by somebody who was not the reporter."""


class WaiverReason(StrEnum):
    """Why what was demanded is not pursued any more."""

    HARDSHIP = "hardship"
    UNREACHABLE = "unreachable"
    """Nobody is known from whom it could be demanded, and nobody asked with the receipt."""
    COST_EXCEEDS_AMOUNT = "cost_exceeds_amount"
    GOOD_FAITH = "good_faith"
    """The mistake was not the reporter's, who has relied on the payment."""
    DEMAND_UNFOUNDED = "demand_unfounded"
    """What it rested on was taken back itself."""


class ReclaimState(StrEnum):
    """Where a reclaim stands."""

    PROPOSED = "proposed"
    TURNED_DOWN = "turned_down"
    DEMANDED = "demanded"
    REPAID = "repaid"
    WAIVED = "waived"
    """What is left is not pursued; what was repaid before stays repaid."""


@dataclass(frozen=True, slots=True)
class Reclaim:
    """One demand for what was paid of the reward of one tip."""

    tip_id: UUID
    number: int
    """From 1, for each reward."""
    state: ReclaimState
    reason: ReclaimReason
    exclusion: Exclusion | None
    amount_fen: int
    proposed_by: str
    proposed_at: datetime
    repayment_number: UUID | None = None
    """Random, and shown to the reporter and the payout office only: money that comes with it leads to no tip."""
    decided_by: str | None = None
    decided_at: datetime | None = None
    repaid_fen: int = 0
    waiver: WaiverReason | None = None
    waived_by: str | None = None
    waived_at: datetime | None = None

    @property
    def outstanding_fen(self) -> int:
        """What is still to be repaid; nothing before it is demanded and once it is waived."""
        return self.amount_fen - self.repaid_fen if self.state is ReclaimState.DEMANDED else 0

    @property
    def involved(self) -> frozenset[str]:
        """Who proposed or decided it."""
        return frozenset({self.proposed_by, *([] if self.decided_by is None else [self.decided_by])})


@dataclass(frozen=True, slots=True)
class Claimed:
    """What somebody wants to demand."""

    reason: ReclaimReason
    amount_fen: int
    exclusion: Exclusion | None = None


def most_reclaimable(reward: Reward, reason: ReclaimReason, others: Sequence[Reclaim]) -> int:
    """Return the most that may be demanded now, in fen.

    Together with what was demanded before, repaid or waived, it is never more than was paid; because of a smaller case
    value never more than `Reward.over_paid_fen` says.
    """
    if reward.state is not RewardState.PAID or reward.paid_fen is None:
        return 0
    standing = [other for other in others if other.state is not ReclaimState.TURNED_DOWN]
    left = reward.paid_fen - sum(other.amount_fen for other in standing)
    if reason is ReclaimReason.CASE_VALUE_REDUCED:
        for_value = sum(other.amount_fen for other in standing if other.reason is reason)
        left = min(left, reward.over_paid_fen - for_value)
    return max(0, left)


def propose_reclaim(reward: Reward, claimed: Claimed, others: Sequence[Reclaim], *, by: str, now: datetime) -> Reclaim:
    """Propose to demand something back.

    Raises TipRuleError where nothing was paid, the amount is none or more than may be demanded, another proposal waits,
    or an exclusion is missing or out of place.
    """
    if reward.state is not RewardState.PAID:
        raise TipRuleError("reward_not_paid", zh="奖励尚未发放，无需追回。", en="The reward has not been paid.")
    if any(other.state is ReclaimState.PROPOSED for other in others):
        raise TipRuleError("reclaim_pending", zh="已有待审批的追回建议。", en="Another reclaim waits for its decision.")
    if (claimed.reason is ReclaimReason.EXCLUDED) != (claimed.exclusion is not None):
        raise TipRuleError(
            "exclusion_not_named",
            zh="因不符合奖励条件追回的，须注明情形；其他理由不得注明。",
            en="Name the exclusion where that is the reason, and only there.",
        )
    most = most_reclaimable(reward, claimed.reason, others)
    if not 0 < claimed.amount_fen <= most:
        raise TipRuleError(
            "reclaim_amount",
            zh=f"追回金额须大于零，且不超过可追回的 {most} 分。",
            en=f"The amount must be more than nothing and at most {most} fen.",
        )
    return Reclaim(
        tip_id=reward.tip_id,
        number=len(others) + 1,
        state=ReclaimState.PROPOSED,
        reason=claimed.reason,
        exclusion=claimed.exclusion,
        amount_fen=claimed.amount_fen,
        proposed_by=by,
        proposed_at=now,
    )


def demand(reclaim: Reclaim, *, by: str, now: datetime, repayment_number: UUID) -> Reclaim:
    """Demand it as a second person; the same person again changes nothing. Raises TipRuleError."""
    if reclaim.state is not ReclaimState.PROPOSED and reclaim.decided_by == by:
        _require(reclaim, ReclaimState.DEMANDED, ReclaimState.REPAID, ReclaimState.WAIVED)
        return reclaim
    _require(reclaim, ReclaimState.PROPOSED)
    _require_other(reclaim, by)
    return replace(
        reclaim, state=ReclaimState.DEMANDED, decided_by=by, decided_at=now, repayment_number=repayment_number
    )


def turn_down_reclaim(reclaim: Reclaim, *, by: str, now: datetime) -> Reclaim:
    """Refuse a proposal as a second person; the same person again changes nothing. Raises TipRuleError."""
    if reclaim.state is ReclaimState.TURNED_DOWN and reclaim.decided_by == by:
        return reclaim
    _require(reclaim, ReclaimState.PROPOSED)
    _require_other(reclaim, by)
    return replace(reclaim, state=ReclaimState.TURNED_DOWN, decided_by=by, decided_at=now)


def waive(reclaim: Reclaim, reason: WaiverReason, *, by: str, now: datetime) -> Reclaim:
    """Give up what is left of a demand, as a third person; the same again changes nothing. Raises TipRuleError."""
    if reclaim.state is ReclaimState.WAIVED and (reclaim.waived_by, reclaim.waiver) == (by, reason):
        return reclaim
    _require(reclaim, ReclaimState.DEMANDED)
    _require_other(reclaim, by)
    return replace(reclaim, state=ReclaimState.WAIVED, waiver=reason, waived_by=by, waived_at=now)


def repay(reclaim: Reclaim, amount_fen: int, reward: Reward, *, by: str) -> Reclaim:
    """Count money that came back, in parts or at once.

    Raises TipRuleError where nothing is demanded, the amount is none or more than is left, or whoever notes it took
    part in the reward or in the demand.
    """
    _require(reclaim, ReclaimState.DEMANDED)
    if by in reward.involved | reclaim.involved:
        raise TipRuleError(
            "own_approval",
            zh="提出或审批奖励、追回的人员不得登记退款。",
            en="Whoever decided on the reward or the demand does not note the repayment.",
        )
    if not 0 < amount_fen <= reclaim.outstanding_fen:
        raise TipRuleError(
            "repayment_amount",
            zh=f"退款金额须大于零，且不超过尚欠的 {reclaim.outstanding_fen} 分。",
            en=f"The amount must be more than nothing and at most the {reclaim.outstanding_fen} fen that are left.",
        )
    repaid = reclaim.repaid_fen + amount_fen
    state = ReclaimState.REPAID if repaid == reclaim.amount_fen else ReclaimState.DEMANDED
    return replace(reclaim, state=state, repaid_fen=repaid)


def _require(reclaim: Reclaim, *states: ReclaimState) -> None:
    if reclaim.state not in states:
        raise TipRuleError(
            "wrong_reclaim_state",
            zh=f"追回当前状态为 {reclaim.state}，不能执行此步骤。",
            en=f"The reclaim is {reclaim.state}; this step is not possible now.",
        )


def _require_other(reclaim: Reclaim, by: str) -> None:
    if by in reclaim.involved:
        raise TipRuleError(
            "own_reclaim",
            zh="不得审批或免除本人提出、审批的追回。",
            en="Nobody decides on, or waives, a reclaim of their own.",
        )
