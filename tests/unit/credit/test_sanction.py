"""What is wrong with a sanction by itself."""

from dataclasses import replace
from datetime import date

import pytest

from services.credit.domain.band import Modifier
from services.credit.domain.sanction import (
    Problem,
    ResponsiblePerson,
    Sanction,
    Violation,
    formal_problems,
    violation_points,
)
from services.kit.ids import new_id

TODAY = date(2026, 3, 10)


def make(kind: str = "liquidated_damages", *violations: Violation) -> Sanction:
    violations = violations or (Violation((new_id(),), "liquidated_damages", "general"),)
    return Sanction(
        sanction_id=new_id(),
        institution_code="H11010500001",
        kind=kind,
        deciding_authority="某市医疗保障局",
        document_number="医保处〔2026〕1号",
        decided_on=TODAY,
        persons=(ResponsiblePerson("D110105000001", violations),),
    )


def test_a_sound_sanction_has_no_problem(policy):
    assert formal_problems(make(), policy.points, TODAY) == []


def test_a_decision_of_today_is_taken_and_one_of_tomorrow_is_not(policy):
    tomorrow = replace(make(), decided_on=date(2026, 3, 11))
    assert formal_problems(tomorrow, policy.points, TODAY) == [Problem("/decided_on", "date_in_future")]


def test_a_kind_the_policy_does_not_know_is_named(policy):
    assert formal_problems(make("scolding"), policy.points, TODAY) == [Problem("/kind", "kind_unknown")]


@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        ("liquidated_damages", "penalty_article_38"),
        ("penalty_article_38", "penalty_article_40"),
        ("penalty_article_40", "other_band_3"),
        ("impersonation", "liquidated_damages"),
    ],
)
def test_a_cause_outside_the_bands_of_the_kind_is_refused(policy, kind, cause):
    sanction = make(kind, Violation((new_id(),), cause, "general"))
    assert formal_problems(sanction, policy.points, TODAY) == [
        Problem("/persons/0/violations/0/band_cause", "band_not_allowed")
    ]


def test_unknown_cause_and_degree_are_pointed_to(policy):
    sanction = make("liquidated_damages", Violation((new_id(),), "mischief", "total"))
    assert formal_problems(sanction, policy.points, TODAY) == [
        Problem("/persons/0/violations/0/band_cause", "cause_unknown"),
        Problem("/persons/0/violations/0/degree", "degree_unknown"),
    ]


def test_a_violation_rests_on_findings_unless_its_kind_needs_none(policy):
    bare = make("liquidated_damages", Violation((), "liquidated_damages", "general"))
    revoked = make("registration_cancelled", Violation((), "registration_cancelled", "principal"))
    assert formal_problems(bare, policy.points, TODAY) == [
        Problem("/persons/0/violations/0/finding_ids", "finding_missing")
    ]
    assert formal_problems(revoked, policy.points, TODAY) == []


def test_one_finding_is_not_scored_twice_for_one_person(policy):
    finding = new_id()
    twice = make(
        "liquidated_damages",
        Violation((finding,), "liquidated_damages", "general"),
        Violation((new_id(), finding), "other_band_1", "general"),
    )
    assert formal_problems(twice, policy.points, TODAY) == [
        Problem("/persons/0/violations/1/finding_ids/1", "finding_repeated")
    ]


def test_one_person_is_named_once(policy):
    sanction = make()
    doubled = replace(sanction, persons=(sanction.persons[0], make().persons[0]))
    assert formal_problems(doubled, policy.points, TODAY) == [
        Problem("/persons/1/practitioner_code", "person_repeated")
    ]


def test_two_persons_may_answer_for_one_finding(policy):
    sanction = make()
    other = replace(sanction.persons[0], practitioner_code="D110105000002")
    assert formal_problems(replace(sanction, persons=(sanction.persons[0], other)), policy.points, TODAY) == []


def test_a_violation_with_many_findings_is_scored_once(policy):
    violation = Violation((new_id(), new_id(), new_id()), "penalty_article_38", "principal", Modifier.NONE)
    assert violation_points(policy.points, violation).points == 6
