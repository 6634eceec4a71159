"""Rulebooks: what may stand in one, and the one that comes with the product."""

import json
from importlib.resources import files
from typing import Any

import pytest

from services.screening import rulebooks
from services.screening.domain.checks.table import KINDS
from services.screening.domain.plan import compile_plan
from services.screening.domain.rulebook import RulebookError, parse_rulebook
from services.screening.rulebooks import read_rulebook
from tests.unit.screening.claims import DRUG, OTHER_SERVICE, RULE, SERVICE, claim, document, findings, line, point, rule

FEMALE = {"sex": "female"}


def problems_of(rules: list[dict[str, Any]], *points: dict[str, Any]) -> str:
    """What is said against a rulebook."""
    with pytest.raises(RulebookError) as refused:
        parse_rulebook(document(rules, points))
    return "\n".join(refused.value.problems)


def test_all_problems_are_said_at_once() -> None:
    said = problems_of([rule("sex"), rule("astrology", code="GZ1")], point(["X1"], when={}), point(id="P2", rule="GZ9"))
    assert "unknown kind astrology" in said
    assert "P1: X1 is no item code" in said
    assert "P1: parameter sex is missing" in said
    assert "P2: unknown rule GZ9" in said


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"code": "GZ123"}, "GZ123: not a rule code"),
        ({"severity": "grave"}, "severity must be one of"),
        ({"phases": ["someday"]}, "phases must be some of"),
        ({"parameters": {"colour": "red"}}, "unknown parameter colour"),
        ({"legal_basis": ""}, "legal_basis is missing"),
        ({"from": "2026-02-30"}, "from must be a date"),
        ({"from": "2026-02-02", "until": "2026-02-01"}, "ends before it begins"),
    ],
)
def test_a_rule_must_be_whole(changed, said) -> None:
    assert said in problems_of([rule("sex", **changed)])


@pytest.mark.parametrize(
    ("kind", "changed", "said"),
    [
        ("sex", {"when": {"sex": "woman"}}, "parameter sex has the wrong shape or value"),
        ("sex", {"codes": [], "when": FEMALE}, "codes are missing"),
        ("sex", {"when": FEMALE, "others": [SERVICE]}, "others are not for this kind"),
        ("age", {"when": {}}, "one of group, at_least_years, younger_than_years is missing"),
        ("facility_level", {"when": {"min_level": True}}, "wrong shape"),
        ("price_ceiling", {"when": {"ceilings_fen": {"4": 100}}}, "wrong shape"),
        ("exclusive_items", {"when": {"window": "day"}}, "others are missing"),
        ("exclusive_items", {"when": {"window": "day"}, "others": [DRUG]}, "cannot exclude itself"),
        ("exclusive_items", {"when": {"window": "hours"}, "others": [SERVICE]}, "parameter hours is missing"),
        ("frequency", {"when": {"window": "rolling", "limit": 1}}, "parameter days is missing"),
        ("frequency", {"when": {"window": "day", "limit": 0}}, "wrong shape"),
        ("diagnosis_sex", {"codes": [], "when": {"sex": "male", "diagnoses": ["N40-O10"]}}, "wrong shape"),
        ("billing_date", {}, "has no knowledge points"),
    ],
)
def test_a_point_must_fit_its_kind(kind, changed, said) -> None:
    assert said in problems_of([rule(kind)], point(**changed))


class TestContradictions:
    def test_two_conditions_for_one_item_at_one_time_contradict(self) -> None:
        said = problems_of([rule("sex")], point(when=FEMALE), point(id="P2", when={"sex": "male"}))
        assert f"P2 contradicts P1 on {DRUG}" in said

    def test_the_same_condition_twice_is_a_repetition(self) -> None:
        assert "P2 repeats P1" in problems_of([rule("sex")], point(when=FEMALE), point(id="P2", when=FEMALE))

    def test_one_condition_after_the_other_is_fine(self) -> None:
        parse_rulebook(
            document(
                [rule("sex")],
                [
                    point(when=FEMALE, until="2026-01-31"),
                    point(id="P2", when={"sex": "male"}, **{"from": "2026-02-01"}),
                ],
            )
        )

    def test_a_pair_may_not_stand_in_both_directions(self) -> None:
        said = problems_of(
            [rule("exclusive_items")],
            point([SERVICE], others=[OTHER_SERVICE], when={"window": "day"}),
            point([OTHER_SERVICE], id="P2", others=[SERVICE], when={"window": "visit"}),
        )
        assert "P2 contradicts P1" in said

    def test_a_limit_a_day_and_a_limit_a_stay_go_together(self) -> None:
        windows = [{"window": "day", "limit": 1}, {"window": "visit", "limit": 9}]
        points = [point([SERVICE], id=f"P{number}", when=when) for number, when in enumerate(windows)]
        parse_rulebook(document([rule("frequency")], points))

    def test_an_id_occurs_once(self) -> None:
        assert "P1: the point occurs twice" in problems_of(
            [rule("sex")], point(when=FEMALE), point([SERVICE], when=FEMALE)
        )


class TestOverrides:
    def test_a_province_sets_its_own_parameter(self) -> None:
        book = document([rule("age", parameters={"child_years": 18})], [point(when={"group": "child"})])
        fifteen = claim(line(), age_days=15 * 366)
        assert findings(compile_plan(parse_rulebook(book)), fifteen) == []
        assert len(findings(compile_plan(parse_rulebook(book, {RULE: {"child_years": 14}})), fifteen)) == 1

    def test_it_may_not_invent_rules_or_parameters(self) -> None:
        for overrides in ({"GZ9": {}}, {RULE: {"colour": 1}}):
            with pytest.raises(RulebookError):
                parse_rulebook(document([rule("age")]), overrides)


class TestTheBundledRulebook:
    book = parse_rulebook(read_rulebook())

    def test_it_has_all_88_national_rules_over_every_kind_of_check(self) -> None:
        assert len([one for one in self.book.rules if not one.code.startswith("FW")]) == 88
        assert {one.kind for one in self.book.rules} == KINDS.keys() - {"expression"}

    def test_points_stand_only_under_rules_whose_kind_takes_them(self) -> None:
        with_points = {one.rule_code for one in self.book.points}
        assert all(KINDS[self.book.rule(code).kind].points != "none" for code in with_points)
        assert len(with_points) >= 23

    def test_a_rule_that_needs_data_never_holds_a_violation(self) -> None:
        needing = [one for one in self.book.rules if one.needs]
        assert needing
        assert {one.severity for one in needing} == {"suspicion"}

    def test_it_stays_small_and_is_one_point_a_line(self) -> None:
        text = (files(rulebooks) / "national-2025.json").read_text(encoding="utf-8")
        assert len(text.encode()) < 500_000
        assert all(len(each) < 2000 for each in text.splitlines())
        assert json.loads(text)["version"] == self.book.version

    def test_every_rule_is_found_by_its_code(self) -> None:
        assert self.book.rule("GZ10000301004000").name_zh == "药品区分性别使用"
        with pytest.raises(KeyError):
            self.book.rule("GZ0")
