"""The policy of inspections: weights rise with risk, and the frame of the law cannot be left."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.credit.domain.errors import PolicyInvalidError
from services.credit.domain.inspection_policy import InspectionCause, read_inspection_policy
from services.credit.domain.rating_policy_document import read_rating_policy

DOCUMENT: dict[str, Any] = {
    "article": "条例第二十九条",
    "tier_weights": {"excellent": 1, "good": 2, "qualified": 4, "substandard": 8},
    "unrated_weight": 3,
    "risk_steps": [
        {"from_findings": 0, "factor": 1},
        {"from_findings": 3, "factor": 2},
        {"from_findings": 10, "factor": 4},
    ],
    "risk_months": 12,
    "team_size": 2,
    "skills": {"hospital": ["finance", "clinical"], "pharmacy": ["pharmacy"]},
    "on_site_a_year": 1,
    "excepted_causes": ["tip", "data_clue"],
}


@pytest.mark.parametrize(
    ("tier", "findings", "weight"),
    [
        ("excellent", 0, 1),
        ("excellent", 2, 1),
        ("excellent", 3, 2),
        ("good", 9, 4),
        ("substandard", 10, 32),
        (None, 0, 3),
        ("no such grade", 10, 12),
    ],
)
def test_weight_is_grade_times_risk(tier, findings, weight) -> None:
    assert read_inspection_policy(DOCUMENT).weight(tier, findings) == weight


@pytest.mark.parametrize(
    ("cause", "on_site", "limited"),
    [
        (InspectionCause.PLAN, True, True),
        (InspectionCause.PLAN, False, False),
        (InspectionCause.TIP, True, False),
        (InspectionCause.DATA_CLUE, True, False),
    ],
)
def test_the_limit_of_a_year_holds_for_planned_visits_on_site(cause, on_site, limited) -> None:
    assert read_inspection_policy(DOCUMENT).limits(cause, on_site=on_site) is limited


def test_the_exceptions_are_data() -> None:
    strict = read_inspection_policy({**DOCUMENT, "excepted_causes": ["tip"]})
    assert strict.limits(InspectionCause.DATA_CLUE, on_site=True)


@pytest.mark.parametrize(
    "change",
    [
        {"team_size": 1},
        {"tier_weights": {"excellent": 0}},
        {"unrated_weight": 0},
        {"unrated_weight": 251},
        {"risk_steps": []},
        {"risk_steps": [{"from_findings": 1, "factor": 1}]},
        {"risk_steps": [{"from_findings": 0, "factor": 2}, {"from_findings": 3, "factor": 1}]},
        {"risk_steps": [{"from_findings": 0, "factor": 0}]},
        {"risk_months": 0},
        {"on_site_a_year": 0},
        {"excepted_causes": ["plan"]},
    ],
)
def test_a_policy_outside_the_frame_is_refused(change) -> None:
    with pytest.raises(PolicyInvalidError):
        read_inspection_policy({**DOCUMENT, **change})


def test_every_grade_of_every_shipped_rating_policy_has_a_weight_and_lower_ones_never_less() -> None:
    folder = Path(__file__).parents[3] / "services/credit/policies"
    policy = read_inspection_policy(json.loads((folder / "national-2024.json").read_text("utf-8"))["inspection"])
    for path in (folder / "ratings").glob("*.json"):
        rules = read_rating_policy(json.loads(path.read_text("utf-8")))
        weights = [policy.grade_weights[rules.version][grade.name] for grade in rules.grades]
        assert weights == sorted(weights)
        assert weights[0] < weights[-1]


@pytest.mark.parametrize(
    ("final", "weight"),
    [(("seven", "D-"), 16), (("seven", "A+"), 2), (("seven", "E"), 4), (("unknown", "D-"), 4), (None, 4)],
)
def test_a_final_yearly_grade_comes_before_the_tier_where_the_policy_weighs_it(final, weight) -> None:
    policy = read_inspection_policy({**DOCUMENT, "grade_weights": {"seven": {"A+": 1, "D-": 8}}})
    assert policy.weight("good", 3, final) == weight


def test_a_yearly_grade_has_a_ticket_too() -> None:
    with pytest.raises(PolicyInvalidError):
        read_inspection_policy({**DOCUMENT, "grade_weights": {"seven": {"A+": 0}}})
