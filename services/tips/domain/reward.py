"""How large a reward (举报奖励) is: a share of the case value under the rate table of a region.

Rounding: rates, additions and the insider's bonus are exact fractions; the result is rounded down once, to the fen or
to the yuan as the table says, and then kept within its bounds (at most 200 to 200,000 yuan, 医保办发〔2022〕22号).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Literal

from services.tips.domain.access import region_above
from services.tips.domain.errors import TipRuleError

BASIS_POINTS = 10_000

NATIONAL_MINIMUM_FEN = 20_000
"""No table may pay less than 200 yuan (医保办发〔2022〕22号)."""

NATIONAL_MAXIMUM_FEN = 20_000_000
"""No table may pay more than 200,000 yuan (医保办发〔2022〕22号)."""

_NATION = "000000"


class Exclusion(StrEnum):
    """Why a reporter gets no reward although the tip is true; each table names those that hold."""

    AGENCY_STAFF = "agency_staff"
    """Staff of insurance departments, or of a third party that works for them."""
    KNOWN_FROM_DUTY = "known_from_duty"
    """A public official who learnt of it on duty."""
    REPORTED_INSTITUTION = "reported_institution"
    """The institution itself, or somebody who speaks for it."""
    OFFENDER = "offender"
    """An offender who confesses, or informs during the investigation."""
    ALREADY_KNOWN = "already_known"
    """The main facts were known before."""
    IN_LITIGATION = "in_litigation"
    WITHDRAWN = "withdrawn"
    UNREACHABLE = "unreachable"
    """Nobody can be told: no identity, no receipt in use."""
    SOCIAL_SUPERVISOR = "social_supervisor"
    """A social supervisor (社会监督员) who reports under the appointment."""


@dataclass(frozen=True, slots=True)
class Step:
    """Rate for case values up to a bound."""

    up_to_fen: int | None
    """Largest case value the step holds for; None for any."""
    rate_basis_points: int
    """Share of the whole case value (of the part within the step in a staged table), in 1/10,000."""
    minimum_fen: int
    """Smallest reward of the step."""
    addition_fen: int = 0
    """Fixed sum on top of the share."""


@dataclass(frozen=True, slots=True)
class InsiderBonus:
    """What staff or former staff of the reported institution get on top."""

    kind: Literal["share_of_amount", "added_rate"]
    """A share of the amount, or basis points added to the rate."""
    basis_points: int


@dataclass(frozen=True, slots=True)
class FixedReward:
    """What a region pays for a true tip that cost the fund nothing: a sum of its own, not a share of anything."""

    minimum_fen: int
    maximum_fen: int
    """Equal to the minimum where the rules name one sum; else the handler states one within these bounds."""


Levels = Mapping[int, Sequence[Step]]


@dataclass(frozen=True, slots=True)
class RewardPolicy:
    """Rate table of one region from one day on, and the rules that go with it."""

    version: str
    region: str
    """Administrative division the table is for; 000000 is national."""
    effective_from: date
    source: str
    verified: bool
    """Whether the numbers were read in the text of the rules themselves, not in a report about them."""
    minimum_fen: int
    maximum_fen: int
    levels: Levels
    """Steps by level of the reporter's help; a region without levels has level 1 only."""
    insider: InsiderBonus | None
    person_levels: Levels = field(default_factory=dict)
    """Steps for cases of persons instead of institutions; empty where they are the same."""
    staged: bool = False
    """Whether each part of the case value counts at the rate of its own step (分段累计)."""
    rounding_fen: int = 1
    """Amounts are rounded down to a multiple of this: 1 is the fen, 100 the yuan."""
    decisive_basis_points: int = 0
    """Share of later reporters who added decisive evidence, of the whole; 0: only the first reporter is rewarded."""
    exclusions: frozenset[Exclusion] = frozenset(Exclusion)
    claim_months: int = 2
    """Months after the notice in which a reward must be claimed; afterwards it counts as waived."""
    extension_months: int = 0
    """Months by which the time to claim may be extended, once; 0: it may not."""
    token_days: int = 90
    """Days a payment token is good for; afterwards the reporter fetches a new one."""
    reclaims: bool = True
    """Whether what was paid too much, after a finding fell, is to be paid back."""
    without_loss: FixedReward | None = None
    """What a true tip earns that cost the fund nothing; None: nothing, as the national rules have it."""


def policy_in_force(
    policies: Sequence[RewardPolicy], region: str | None, on: date, *, otherwise: str | None = None
) -> RewardPolicy:
    """Return the newest table with rates that is in force on a day for a region, or for the next region above it.

    Where none is, the regions from ``otherwise`` upwards are asked, then the nation. Raises TipRuleError where there
    is none at all.
    """
    nearest: RewardPolicy | None = None
    for place in [*_upwards(region), *_upwards(otherwise), _NATION]:
        candidates = [policy for policy in policies if policy.region == place and policy.effective_from <= on]
        if candidates:
            found = max(candidates, key=lambda policy: policy.effective_from)
            if found.levels:
                return found
            nearest = nearest or found
    if nearest is None:
        raise TipRuleError(
            "no_reward_policy",
            zh="该地区在此日期没有生效的举报奖励标准。",
            en="No reward policy is in force in this region on this day.",
        )
    return nearest


def reward_amount(
    policy: RewardPolicy, case_value_fen: int, *, level: int, insider: bool, of_person: bool = False
) -> int:
    """Return the reward of a case in fen; 0 where the fund lost nothing.

    Raises TipRuleError where the policy knows no rate for the level.
    """
    steps = (policy.person_levels if of_person and policy.person_levels else policy.levels).get(level)
    if steps is None:
        raise TipRuleError(
            "no_rate_for_level",
            zh="奖励标准中没有该等级的比例。",
            en="The reward policy has no rate for this level.",
        )
    if case_value_fen <= 0:
        return 0
    added, bonus = Fraction(0), Fraction(0)
    if insider and policy.insider is not None:
        share = Fraction(policy.insider.basis_points, BASIS_POINTS)
        if policy.insider.kind == "added_rate":
            added = share
        else:
            bonus = share
    last = _step_of(steps, case_value_fen)
    if policy.staged:
        amount = sum(
            (part * (_rate(step) + added) + step.addition_fen for step, part in _parts(steps, case_value_fen)),
            Fraction(0),
        )
    else:
        amount = case_value_fen * (_rate(last) + added) + last.addition_fen
    return _within(policy, max(amount, Fraction(last.minimum_fen)) * (1 + bonus))


def reward_without_loss(policy: RewardPolicy, stated_fen: int | None) -> int:
    """Return the reward of a true tip that cost the fund nothing, in fen; neither level nor insider's bonus change it.

    ``stated_fen`` is what the handler proposes; it may be left out where the table names one sum. Raises TipRuleError
    where the table pays nothing, no sum is stated, or one outside of the table's bounds.
    """
    fixed = policy.without_loss
    if fixed is None:
        raise TipRuleError("no_loss", zh="案值为零，不予奖励。", en="There is no loss left to reward.")
    if stated_fen is None and fixed.minimum_fen == fixed.maximum_fen:
        return fixed.minimum_fen
    if stated_fen is None or not fixed.minimum_fen <= stated_fen <= fixed.maximum_fen:
        raise TipRuleError(
            "fixed_reward_amount",
            zh=f"无损失举报的奖励须在 {fixed.minimum_fen} 至 {fixed.maximum_fen} 分之间，请注明金额。",
            en=f"For a tip without a loss, state between {fixed.minimum_fen} and {fixed.maximum_fen} fen.",
        )
    return stated_fen


def _within(policy: RewardPolicy, amount: Fraction) -> int:
    rounded = int(amount // policy.rounding_fen) * policy.rounding_fen
    return min(max(rounded, policy.minimum_fen), policy.maximum_fen)


def _rate(step: Step) -> Fraction:
    return Fraction(step.rate_basis_points, BASIS_POINTS)


def _step_of(steps: Sequence[Step], value: int) -> Step:
    return next(step for step in steps if step.up_to_fen is None or value <= step.up_to_fen)


def _parts(steps: Sequence[Step], value: int) -> list[tuple[Step, int]]:
    """Return the steps a value reaches with the part of it that lies in each."""
    parts, below = [], 0
    for step in steps:
        upper = value if step.up_to_fen is None else min(value, step.up_to_fen)
        if upper > below:
            parts.append((step, upper - below))
            below = upper
    return parts


def _upwards(region: str | None) -> list[str]:
    """Return a region and those above it, up to the province."""
    chain = []
    while region is not None and region != _NATION:
        chain.append(region)
        region = region_above(region)
    return chain
