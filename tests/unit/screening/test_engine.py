"""The engine: dates, isolation, refunds, redelivery, attribution, verdicts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.contracts.intake import SettlementAccepted, SettlementLine
from services.screening.domain.attribution import attribute
from services.screening.domain.checks.table import KINDS, PLACES
from services.screening.domain.claim import Claim, ClaimLine
from services.screening.domain.engine import CheckFailure, screen, verdict
from services.screening.domain.finding import Finding
from services.screening.domain.history import History
from services.screening.domain.plan import compile_plan
from services.screening.domain.rulebook import parse_rulebook
from tests.unit.screening.claims import (
    DRUG,
    NOON,
    RULE,
    SERVICE,
    UNLISTED,
    claim,
    document,
    findings,
    line,
    plan_of,
    point,
    ref,
    rule,
    stay,
)

FEMALE = {"sex": "female"}


def test_the_decoded_event_is_a_claim_as_it_stands() -> None:
    event: SettlementAccepted = claim(line())
    as_claim: Claim = event
    as_line: ClaimLine = event.lines[0]
    for protocol, value in ((Claim, as_claim), (ClaimLine, as_line)):
        missing = [name for name in vars(protocol) if not name.startswith("_") and not hasattr(value, name)]
        assert missing == []


def test_a_line_answers_to_every_name_the_engine_reads() -> None:
    wanted = {name for name in vars(ClaimLine) if not name.startswith("_")}
    assert wanted <= set(SettlementLine.__struct_fields__)


def test_every_kind_has_a_check_and_every_check_a_kind() -> None:
    assert PLACES.keys() == KINDS.keys()


class TestDates:
    def found(self, at, **dates) -> int:
        plan = plan_of("sex", point(when=FEMALE, **dates))
        return len(findings(plan, claim(line(charged_at=at), started_at=at, ended_at=at)))

    def test_a_point_holds_from_its_first_day_in_shanghai(self) -> None:
        midnight = NOON.replace(hour=16) - timedelta(days=1)
        assert self.found(midnight, **{"from": "2026-03-10"}) == 1
        assert self.found(midnight - timedelta(microseconds=1), **{"from": "2026-03-10"}) == 0

    def test_a_point_holds_to_the_end_of_its_last_day(self) -> None:
        midnight = NOON.replace(hour=16)
        assert self.found(midnight - timedelta(microseconds=1), until="2026-03-10") == 1
        assert self.found(midnight, until="2026-03-10") == 0

    def test_each_line_is_judged_by_its_own_day(self) -> None:
        plan = plan_of("sex", point(when=FEMALE, **{"from": "2026-03-12"}))
        (finding,) = findings(plan, stay(line(), line(charged_at=NOON + timedelta(days=2))))
        assert finding.line_numbers == (2,)

    def test_a_wrong_billing_date_does_not_choose_the_law(self) -> None:
        later = point([UNLISTED], id="P2", when=FEMALE, **{"from": "2026-12-01"})
        for others in ((), (later,)):
            plan = plan_of("sex", point(when=FEMALE, **{"from": "2026-03-01"}), *others)
            assert len(findings(plan, claim(line(charged_at=NOON - timedelta(days=60))))) == 1

    def test_a_rule_for_every_claim_holds_on_its_days_too(self) -> None:
        plan = plan_of("billing_date", **{"from": "2026-03-11"})
        assert findings(plan, stay(line(charged_at=NOON - timedelta(days=9)))) == []

    def test_a_condition_that_changed_is_two_points(self) -> None:
        plan = plan_of(
            "facility_level",
            point(when={"min_level": 3}, until="2026-03-09"),
            point(id="P2", when={"min_level": 2}, **{"from": "2026-03-10"}),
        )
        assert findings(plan, claim(line(), level=2)) == []
        yesterday = NOON - timedelta(days=1)
        before = claim(line(charged_at=yesterday), level=2, started_at=yesterday, ended_at=yesterday)
        assert [finding.knowledge_point for finding in findings(plan, before)] == ["P1"]


def test_a_check_that_raises_costs_neither_the_claim_nor_the_other_checks() -> None:
    plan = plan_of("sex", point(when=FEMALE), point([UNLISTED], id="P2", when=FEMALE))

    class Broken:
        def examine(self, case, lines):
            yield from plan.by_item[UNLISTED][0].check.examine(case, lines)
            raise ZeroDivisionError("told of person 110101199001011234")

    plan.by_item[DRUG] = (replace(plan.by_item[DRUG][0], check=Broken()),)
    result = screen(plan, claim(line(DRUG), line(UNLISTED)), History())
    assert [finding.knowledge_point for finding in result.findings] == ["P2"]
    assert result.failures == (CheckFailure(RULE, "P1", "ZeroDivisionError"),)


def test_a_claim_that_already_stands_in_the_history_is_screened_the_same() -> None:
    plan = plan_of("frequency", point([SERVICE], when={"window": "day", "limit": 1}))
    history = History()
    history.add_claim(claim(line(SERVICE)), plan)
    assert findings(plan, claim(line(SERVICE)), history=history) == []


def test_a_reversed_claim_is_forgotten() -> None:
    plan = plan_of("frequency", point([SERVICE], when={"window": "day", "limit": 1}))
    history = History()
    history.add_claim(claim(line(SERVICE), name="first"), plan)
    history.remove(ref("first"))
    history.remove(ref("first"))
    assert findings(plan, claim(line(SERVICE)), history=history) == []


class TestRefunds:
    plan = plan_of("sex", point(when=FEMALE))

    def test_a_line_given_back_is_not_held_against_anybody(self) -> None:
        assert findings(self.plan, claim(line(), line(quantity=-1))) == []

    def test_what_is_left_after_a_part_was_given_back_is(self) -> None:
        (finding,) = findings(self.plan, claim(line(quantity=3), line(quantity=-1)))
        assert (finding.line_numbers, finding.amount_at_issue_fen) == ((1,), 20_000)

    def test_the_latest_line_is_given_back_first(self) -> None:
        (finding,) = findings(self.plan, claim(line(charged_at=NOON + timedelta(minutes=5)), line(), line(quantity=-1)))
        assert finding.line_numbers == (2,)

    def test_a_refund_of_another_item_changes_nothing(self) -> None:
        assert len(findings(self.plan, claim(line(), line(UNLISTED), line(UNLISTED, quantity=-1)))) == 1


class TestAttribution:
    def finding(self, code: str, severity: str, *shares: tuple[int, int]) -> Finding:
        return Finding(
            ref("claim"),
            "H35010000001",
            code,
            None,
            severity,
            tuple(number for number, _ in shares),
            sum(fen for _, fen in shares),
            (),
            "",
            "",
            shares=shares,
        )

    def test_later_findings_get_what_is_left_of_a_line(self) -> None:
        first, second = self.finding("A", "violation", (1, 80), (2, 50)), self.finding("B", "violation", (1, 60))
        done = attribute([second, first], {1: 100, 2: 100}, {"A": 0, "B": 1})
        assert [(one.rule_code, one.amount_at_issue_fen) for one in done] == [("A", 130), ("B", 20)]

    def test_violations_come_before_suspicions(self) -> None:
        first, second = self.finding("A", "suspicion", (1, 100)), self.finding("B", "violation", (1, 100))
        done = attribute([first, second], {1: 100}, {"A": 0, "B": 1})
        assert [(one.rule_code, one.amount_at_issue_fen) for one in done] == [("B", 100), ("A", 0)]

    def test_two_rules_on_one_line_do_not_count_it_twice(self) -> None:
        rules = [rule("sex"), rule("facility_level", code="GZ10000101012000")]
        points = [point(when=FEMALE), point(id="P2", rule="GZ10000101012000", when={"min_level": 3})]
        plan = compile_plan(parse_rulebook(document(rules, points)))
        done = findings(plan, claim(line(), level=1))
        assert [(one.knowledge_point, one.amount_at_issue_fen) for one in done] == [("P1", 10_000), ("P2", 0)]


class TestVerdict:
    @pytest.mark.parametrize(
        ("severities", "expected"),
        [((), "pass"), (("suspicion",), "review"), (("suspicion", "violation"), "refuse")],
    )
    def test_the_gravest_finding_decides(self, severities, expected) -> None:
        plans = {severity: plan_of("sex", point(when=FEMALE), severity=severity) for severity in severities}
        found = [finding for plan in plans.values() for finding in findings(plan, claim(line()))]
        assert verdict(found) == expected

    def test_a_point_may_be_weaker_than_its_rule(self) -> None:
        (finding,) = findings(plan_of("sex", point(when=FEMALE, severity="suspicion")), claim(line()))
        assert finding.severity == "suspicion"


class TestFingerprint:
    plan = plan_of("sex", point(when=FEMALE))

    def test_tells_claims_and_lines_apart_and_nothing_else(self) -> None:
        (one,) = findings(self.plan, claim(line(), line(UNLISTED)))
        (same,) = findings(self.plan, claim(line(quantity=5), line(SERVICE)))
        (other_line,) = findings(self.plan, claim(line(UNLISTED), line()))
        (other_claim,) = findings(self.plan, claim(line(), name="other"))
        assert one.fingerprint == same.fingerprint
        assert len({one.fingerprint, other_line.fingerprint, other_claim.fingerprint}) == 3
        assert len(one.fingerprint) == 32
