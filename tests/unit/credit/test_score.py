"""Score and tier of an institution at every step."""

import pytest

from services.credit.domain.policy import Severity
from services.credit.domain.score import finding_delta, score_of, tier_of, tip_delta


@pytest.mark.parametrize(
    ("severity", "amount_fen", "delta_e2"),
    [
        (Severity.VIOLATION, 0, -50),
        (Severity.VIOLATION, 99_999, -50),
        (Severity.VIOLATION, 100_000, -100),
        (Severity.VIOLATION, 999_999, -100),
        (Severity.VIOLATION, 1_000_000, -200),
        (Severity.VIOLATION, 9_999_999, -200),
        (Severity.VIOLATION, 10_000_000, -500),
        (Severity.SUSPICION, 0, -20),
        (Severity.SUSPICION, 10_000_000, -250),
        (Severity.SUSPICION, -1, -20),
    ],
)
def test_a_finding_costs_by_severity_and_amount(policy, severity, amount_fen, delta_e2):
    assert finding_delta(policy.score, severity, amount_fen) == delta_e2


@pytest.mark.parametrize(("value_fen", "delta_e2"), [(0, -100), (999_999, -100), (1_000_000, -300), (10**7, -600)])
def test_a_tip_costs_by_the_value_of_the_case(policy, value_fen, delta_e2):
    assert tip_delta(policy.score, value_fen) == delta_e2


@pytest.mark.parametrize(
    ("score_e2", "tier", "zh"),
    [
        (10_000, "excellent", "优秀"),
        (9_000, "excellent", "优秀"),
        (8_999, "good", "良好"),
        (8_000, "good", "良好"),
        (7_999, "qualified", "合格"),
        (6_000, "qualified", "合格"),
        (5_999, "substandard", "不达标"),
        (0, "substandard", "不达标"),
    ],
)
def test_a_tier_starts_at_exactly_its_score(policy, score_e2, tier, zh):
    found = tier_of(policy.score, score_e2)
    assert (found.name, found.text.zh) == (tier, zh)


def test_a_score_starts_at_its_base_and_does_not_fall_below_the_floor(policy):
    assert score_of(policy.score, []) == 10_000
    assert score_of(policy.score, [-9_999, -1, -1]) == 0
    assert score_of(policy.score, [-200, 200]) == 10_000
