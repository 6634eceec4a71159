"""Policy of inspections as data: weights by grade and risk, teams, skills, and how often an institution is visited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from services.credit.domain.errors import PolicyInvalidError

FEWEST_INSPECTORS = 2
"""医疗保障基金使用监督管理条例 Art. 29: two or more persons with certificates."""

MOST_TICKETS = 1000
"""Tickets of one institution; beyond it a draw takes long and says nothing more."""


class InspectionCause(StrEnum):
    """Why an inspection takes place."""

    PLAN = "plan"
    """年度计划."""
    TIP = "tip"
    """举报投诉."""
    DATA_CLUE = "data_clue"
    """数据线索."""


@dataclass(frozen=True, slots=True)
class RiskStep:
    """One step of the table of risk."""

    from_findings: int
    """Smallest number of confirmed findings of the step."""
    factor: int


@dataclass(frozen=True, slots=True)
class InspectionPolicy:
    """Rules for drawing inspections."""

    tier_weights: Mapping[str, int]
    """Weight of each grade; lower grades weigh more."""
    grade_weights: Mapping[str, Mapping[str, int]]
    """Version of a rating policy to the weight of each of its yearly grades, which come before tiers."""
    unrated_weight: int
    """Weight of an institution without a grade, or with one the table does not name."""
    risk_steps: tuple[RiskStep, ...]
    risk_months: int
    """Months back in which confirmed findings count."""
    team_size: int
    skills: Mapping[str, tuple[str, ...]]
    """Kind of institution to the skills its team must hold."""
    on_site_a_year: int
    """On-site administrative inspections of one institution in a year."""
    excepted: frozenset[InspectionCause]
    """Causes that the limit does not hold for."""
    article: str

    def weighs(self, rating_policy: str, grade: str) -> bool:
        """Tell whether the policy names a weight for a yearly grade."""
        return grade in self.grade_weights.get(rating_policy, {})

    def weight(self, tier: str | None, findings: int, final: tuple[str, str] | None = None) -> int:
        """Return the tickets of an institution: the weight of its grade times the factor of its risk.

        ``final`` is the version of the rating policy and the final yearly grade; where the policy weighs it, the
        running tier does not matter.
        """
        base = self.unrated_weight if tier is None else self.tier_weights.get(tier, self.unrated_weight)
        if final is not None:
            base = self.grade_weights.get(final[0], {}).get(final[1], base)
        return base * max(step.factor for step in self.risk_steps if step.from_findings <= findings)

    def limits(self, cause: InspectionCause, *, on_site: bool) -> bool:
        """Tell whether such an inspection counts towards the limit of a year."""
        return on_site and cause not in self.excepted


def read_inspection_policy(document: Mapping[str, Any]) -> InspectionPolicy:
    """Build the rules of a policy's part ``inspection``; raises PolicyInvalidError, KeyError, TypeError, ValueError."""
    policy = InspectionPolicy(
        tier_weights={str(tier): int(weight) for tier, weight in document["tier_weights"].items()},
        grade_weights={
            str(version): {str(grade): int(weight) for grade, weight in weights.items()}
            for version, weights in document.get("grade_weights", {}).items()
        },
        unrated_weight=int(document["unrated_weight"]),
        risk_steps=tuple(RiskStep(int(step["from_findings"]), int(step["factor"])) for step in document["risk_steps"]),
        risk_months=int(document["risk_months"]),
        team_size=int(document["team_size"]),
        skills={kind: _sorted(document["skills"][kind]) for kind in ("hospital", "pharmacy")},
        on_site_a_year=int(document["on_site_a_year"]),
        excepted=frozenset(InspectionCause(cause) for cause in document["excepted_causes"]),
        article=str(document["article"]),
    )
    _check(policy)
    return policy


def _sorted(skills: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({str(skill) for skill in skills}))


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise PolicyInvalidError(message)


def _check(policy: InspectionPolicy) -> None:
    starts = [step.from_findings for step in policy.risk_steps]
    factors = [step.factor for step in policy.risk_steps]
    weights = [*policy.tier_weights.values(), policy.unrated_weight]
    weights += [weight for table in policy.grade_weights.values() for weight in table.values()]
    _require(bool(starts) and starts[0] == 0 and starts == sorted(set(starts)), "the table of risk rises from zero")
    _require(factors == sorted(factors) and factors[0] >= 1, "more findings never weigh less")
    _require(min(weights) >= 1, "every institution has a ticket")
    _require(max(weights) * factors[-1] <= MOST_TICKETS, f"nobody has more than {MOST_TICKETS} tickets")
    _require(policy.team_size >= FEWEST_INSPECTORS, "two inspectors or more (条例 Art. 29)")
    _require(policy.risk_months >= 1, "findings count for a month or more")
    _require(policy.on_site_a_year >= 1, "an institution may be visited once a year")
    _require(InspectionCause.PLAN not in policy.excepted, "planned inspections are what the limit is for")
