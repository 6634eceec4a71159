"""Who of several reporters of one matter shares in its reward.

That is the first, those who reported together with the first, and late ones who brought decisive evidence.
Rounding: every share is rounded down to the unit of the table, and what is left over goes to the first reporter, so
that the shares add up to the reward to the fen.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from services.tips.domain.errors import TipRuleError
from services.tips.domain.reward import BASIS_POINTS, RewardPolicy


@dataclass(frozen=True, slots=True)
class Share:
    """What part of the reward the reporter of one tip gets."""

    tip_id: UUID
    fraction: Fraction


def shares(
    policy: RewardPolicy, eligible: Sequence[UUID], *, joint: Mapping[UUID, int], decisive: Collection[UUID]
) -> list[Share]:
    """Return the shares of the eligible reporters of a matter, given in the order of their arrival.

    ``joint`` names those who reported together with the first, by the weight they agreed on; equal weights stand for
    equal shares, and the first has weight 1 unless it is named as well. ``decisive`` names later reporters whose
    evidence decided the case. Raises TipRuleError where nobody is eligible, somebody named is not, or the policy pays
    nothing for late evidence.
    """
    if not eligible:
        raise TipRuleError("nobody_to_reward", zh="没有可以奖励的举报人。", en="There is no reporter to be rewarded.")
    first = eligible[0]
    late = [tip for tip in eligible if tip in decisive]
    if first in decisive or not {*joint, *decisive} <= set(eligible) or set(joint) & set(decisive):
        raise TipRuleError(
            "not_a_sharer",
            zh="所列举报不能分享奖励，或被重复列出。",
            en="A tip that is named cannot share in the reward, or is named twice.",
        )
    if late and not policy.decisive_basis_points:
        raise TipRuleError(
            "first_reporter_only",
            zh="按该奖励标准，只奖励最先举报人。",
            en="Under this policy only the first reporter is rewarded.",
        )
    weights = {first: 1} | dict(joint)
    if any(weight <= 0 for weight in weights.values()):
        raise TipRuleError("not_a_sharer", zh="分配比例须大于零。", en="A share must be more than nothing.")
    for_late = Fraction(policy.decisive_basis_points, BASIS_POINTS) if late else Fraction(0)
    together = sum(weights.values())
    found = [Share(tip, (1 - for_late) * weights[tip] / together) for tip in eligible if tip in weights]
    return found + [Share(tip, for_late / len(late)) for tip in late]


def split(total_fen: int, fractions: Sequence[Fraction], *, unit_fen: int) -> list[int]:
    """Return the amounts of shares in fen, the first reporter's first; they add up to the total."""
    amounts = [int(total_fen * fraction // unit_fen) * unit_fen for fraction in fractions]
    return [total_fen - sum(amounts[1:]), *amounts[1:]]
