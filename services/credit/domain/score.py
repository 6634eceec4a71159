"""Credit score of an institution (信用评价): a base less what the year's ledger holds, and the tier it falls into."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.credit.domain.policy import ScorePolicy, Severity, Step, Tier


class ScoreCause(StrEnum):
    """What an entry of the score ledger comes from."""

    FINDING_CONFIRMED = "finding_confirmed"
    FINDING_OVERTURNED = "finding_overturned"
    FINDING_WITHDRAWN = "finding_withdrawn"
    TIP_SUBSTANTIATED = "tip_substantiated"


@dataclass(frozen=True, slots=True)
class ScoreEntry:
    """One line of an institution's score ledger; a correction is a line of its own that counters another."""

    entry_id: UUID
    institution_code: str
    year: int
    """Calendar year whose score it moves; a counter-entry moves the year of the entry it takes back."""
    delta_e2: int
    """Change of the score, times 100; negative for a deduction."""
    cause: ScoreCause
    cause_id: UUID
    """The finding or the tip."""
    occurred_at: datetime
    """When the cause happened."""
    recorded_at: datetime
    policy_version: str
    amount_fen: int
    rule_code: str | None = None
    severity: Severity | None = None
    counters_entry_id: UUID | None = None
    traceparent: str | None = None


def finding_delta(policy: ScorePolicy, severity: Severity, amount_fen: int) -> int:
    """Return the change a confirmed finding makes, score times 100, zero or negative."""
    return -_deduction(policy.finding_deductions[severity], amount_fen)


def tip_delta(policy: ScorePolicy, case_value_fen: int) -> int:
    """Return the change a substantiated tip makes, score times 100, zero or negative."""
    return -_deduction(policy.tip_deductions, case_value_fen)


def _deduction(steps: tuple[Step, ...], amount_fen: int) -> int:
    """Find the highest step an amount reaches; a negative amount counts as none."""
    reached = steps[0]
    for step in steps:
        if amount_fen >= step.from_fen:
            reached = step
    return reached.deduct_e2


def score_of(policy: ScorePolicy, deltas_e2: Iterable[int]) -> int:
    """Return the score times 100: the base and all changes of the year, not below the floor."""
    return max(policy.floor_e2, policy.base_e2 + sum(deltas_e2))


def tier_of(policy: ScorePolicy, score_e2: int) -> Tier:
    """Return the best tier whose lowest score is reached."""
    return next((tier for tier in policy.tiers if score_e2 >= tier.from_e2), policy.tiers[-1])
