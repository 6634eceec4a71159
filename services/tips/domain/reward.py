"""How large a reward (举报奖励) is: a share of the case value under the rate table of a region.

Rounding: rate and insider bonus are exact fractions; the result is rounded once, half a fen upwards, and then kept
within the policy's bounds (200 to 200,000 yuan, 医保办发〔2022〕22号).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal

from services.tips.domain.errors import TipRuleError

_BASIS_POINTS = 10_000


@dataclass(frozen=True, slots=True)
class Step:
    """Rate for case values up to a bound."""

    up_to_fen: int | None
    """Largest case value the step holds for; None for any."""
    rate_basis_points: int
    """Share of the whole case value, in 1/10,000."""
    minimum_fen: int
    """Smallest reward of the step."""


@dataclass(frozen=True, slots=True)
class InsiderBonus:
    """What staff or former staff of the reported institution get on top."""

    kind: Literal["share_of_amount", "added_rate"]
    """A share of the amount, or basis points added to the rate."""
    basis_points: int


@dataclass(frozen=True, slots=True)
class RewardPolicy:
    """Rate table of one region from one day on."""

    version: str
    region: str
    """Administrative division the table is for; 000000 is national."""
    effective_from: date
    source: str
    verified: bool
    """Whether the numbers were read in the text of the rules themselves, not in a report about them."""
    minimum_fen: int
    maximum_fen: int
    levels: Mapping[int, Sequence[Step]]
    """Steps by level of the reporter's help; a region without levels has level 1 only."""
    insider: InsiderBonus | None


def policy_in_force(policies: Sequence[RewardPolicy], region: str, on: date) -> RewardPolicy:
    """Return the newest table of a region that is in force on a day; raises TipRuleError where there is none."""
    candidates = [policy for policy in policies if policy.region == region and policy.effective_from <= on]
    if not candidates:
        raise TipRuleError(
            "no_reward_policy",
            zh="该地区在此日期没有生效的举报奖励标准。",
            en="No reward policy is in force in this region on this day.",
        )
    return max(candidates, key=lambda policy: policy.effective_from)


def reward_amount(policy: RewardPolicy, case_value_fen: int, *, level: int, insider: bool) -> int:
    """Return the reward in fen; 0 where the fund lost nothing.

    Raises TipRuleError where the policy knows no rate for the level.
    """
    steps = policy.levels.get(level)
    if steps is None:
        raise TipRuleError(
            "no_rate_for_level",
            zh="奖励标准中没有该等级的比例。",
            en="The reward policy has no rate for this level.",
        )
    if case_value_fen <= 0:
        return 0
    step = next(step for step in steps if step.up_to_fen is None or case_value_fen <= step.up_to_fen)
    rate = Fraction(step.rate_basis_points, _BASIS_POINTS)
    bonus = Fraction(0)
    if insider and policy.insider is not None:
        share = Fraction(policy.insider.basis_points, _BASIS_POINTS)
        if policy.insider.kind == "added_rate":
            rate += share
        else:
            bonus = share
    amount = max(case_value_fen * rate, Fraction(step.minimum_fen)) * (1 + bonus)
    rounded = int(amount + Fraction(1, 2))
    return min(max(rounded, policy.minimum_fen), policy.maximum_fen)
