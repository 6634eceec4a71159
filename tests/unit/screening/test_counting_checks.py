"""Checks that count: frequency, course length, items that exclude each other."""

from datetime import timedelta

import pytest

from tests.unit.screening.claims import (
    DRUG,
    NOON,
    OTHER_HOSPITAL,
    OTHER_SERVICE,
    SERVICE,
    claim,
    findings,
    line,
    plan_of,
    point,
    ref,
    stay,
)

DAY = timedelta(days=1)


class TestFrequencyPerDay:
    plan = plan_of("frequency", point([SERVICE], when={"window": "day", "limit": 1}))

    def test_the_limit_itself_is_allowed(self) -> None:
        assert findings(self.plan, claim(line(SERVICE))) == []

    def test_at_issue_is_the_excess_on_the_last_line(self) -> None:
        later = line(SERVICE, quantity=2, charged_at=NOON + timedelta(hours=2))
        (finding,) = findings(self.plan, claim(later, line(SERVICE)))
        assert finding.line_numbers == (1,)
        assert finding.amount_at_issue_fen == 20_000
        assert finding.values["quantity_e4"] == 30_000

    def test_half_a_line_is_half_its_amount(self) -> None:
        (finding,) = findings(self.plan, claim(line(SERVICE, quantity=2)))
        assert finding.amount_at_issue_fen == 10_000

    def test_the_day_ends_at_midnight_in_shanghai(self) -> None:
        before, after = NOON.replace(hour=15, minute=59), NOON.replace(hour=16)
        assert findings(self.plan, stay(line(SERVICE, charged_at=before), line(SERVICE, charged_at=after))) == []
        morning = NOON.replace(hour=0)
        assert len(findings(self.plan, stay(line(SERVICE, charged_at=morning), line(SERVICE, charged_at=before)))) == 1

    def test_counts_what_an_earlier_claim_of_the_day_used(self) -> None:
        (finding,) = findings(self.plan, claim(line(SERVICE), name="first"), claim(line(SERVICE), name="second"))
        assert [reference.settlement_ref for reference in finding.prior] == [ref("first")]
        assert finding.rests_on(ref("first"))

    def test_other_institutions_and_other_persons_do_not_count(self) -> None:
        elsewhere = claim(line(SERVICE), name="first", institution=OTHER_HOSPITAL)
        somebody = claim(line(SERVICE), name="other", insured_ref="b" * 32)
        assert findings(self.plan, elsewhere, somebody, claim(line(SERVICE))) == []

    def test_counts_anywhere_when_the_rule_says_so(self) -> None:
        plan = plan_of(
            "frequency", point([SERVICE], when={"window": "day", "limit": 1}), parameters={"scope": "anywhere"}
        )
        elsewhere = claim(line(SERVICE), name="first", institution=OTHER_HOSPITAL)
        assert len(findings(plan, elsewhere, claim(line(SERVICE)))) == 1

    def test_a_refund_in_the_claim_or_before_it_counts_down(self) -> None:
        assert findings(self.plan, claim(line(SERVICE), line(SERVICE), line(SERVICE, quantity=-1))) == []
        refunded = claim(line(SERVICE, quantity=-1), name="refund")
        assert findings(self.plan, claim(line(SERVICE), name="first"), refunded, claim(line(SERVICE))) == []


class TestFrequencyPerVisit:
    def test_days_of_the_stay_multiply_the_limit(self) -> None:
        plan = plan_of("frequency", point([SERVICE], when={"window": "visit", "limit": 1, "per": "stay_day"}))
        assert findings(plan, stay(line(SERVICE, quantity=6), days=5)) == []
        (finding,) = findings(plan, stay(line(SERVICE, quantity=7), days=5))
        assert (finding.values["limit_e4"], finding.amount_at_issue_fen) == (60_000, 10_000)

    def test_begun_hours_of_the_stay_count(self) -> None:
        plan = plan_of("frequency", point([SERVICE], when={"window": "visit", "limit": 1, "per": "stay_hour"}))
        ended = NOON + timedelta(hours=9, minutes=1)
        assert findings(plan, stay(line(SERVICE, quantity=10), ended_at=ended)) == []
        assert len(findings(plan, stay(line(SERVICE, quantity=11), ended_at=ended))) == 1

    def test_a_stay_settled_in_two_parts_is_one_visit(self) -> None:
        plan = plan_of("frequency", point([SERVICE], when={"window": "visit", "limit": 2}))
        first = stay(line(SERVICE, quantity=2), name="first")
        assert len(findings(plan, first, stay(line(SERVICE, charged_at=NOON + DAY), name="second"))) == 1
        month = NOON + 30 * DAY
        assert findings(plan, first, stay(line(SERVICE, charged_at=month), started_at=month, name="third")) == []


class TestFrequencyInARollingPeriod:
    plan = plan_of("frequency", point([SERVICE], when={"window": "rolling", "limit": 1, "days": 14}))

    @pytest.mark.parametrize(("days", "found"), [(0, 1), (1, 1), (13, 1), (14, 0), (-13, 1), (-14, 0)])
    def test_a_period_of_fourteen_days_holds_one_whichever_claim_comes_first(self, days, found) -> None:
        at = NOON + days * DAY
        other = claim(line(SERVICE, charged_at=at), name="other", started_at=at, ended_at=at)
        assert len(findings(self.plan, claim(line(SERVICE), name="first"), other)) == found


class TestCourseLength:
    def course(self, count: int, start: int = 0):
        return [line(DRUG, charged_at=NOON + (start + day) * DAY) for day in range(count)]

    def test_days_of_use_up_to_the_limit_are_paid(self) -> None:
        plan = plan_of("course_length", point(when={"max_days": 14, "window": "visit"}))
        assert findings(plan, stay(*self.course(14), days=20)) == []
        (finding,) = findings(plan, stay(*self.course(16), days=20))
        assert finding.line_numbers == (15, 16)
        assert finding.values["days"] == 16

    def test_two_lines_of_one_day_are_one_day(self) -> None:
        plan = plan_of("course_length", point(when={"max_days": 2, "window": "visit"}))
        assert findings(plan, stay(*self.course(2), *self.course(2))) == []

    def test_another_stay_begins_anew(self) -> None:
        plan = plan_of("course_length", point(when={"max_days": 3, "window": "visit"}))
        later = stay(*self.course(3, start=10), name="second", started_at=NOON + 10 * DAY)
        assert findings(plan, stay(*self.course(3), name="first"), later) == []

    def test_a_rolling_course_spans_claims_and_institutions(self) -> None:
        plan = plan_of("course_length", point(when={"max_days": 14, "window": "rolling", "within_days": 90}))
        first = stay(*self.course(10), name="first", days=10, institution=OTHER_HOSPITAL)
        second = stay(*self.course(5, start=20), name="second", started_at=NOON + 20 * DAY)
        (finding,) = findings(plan, first, second)
        assert finding.line_numbers == (5,)
        assert {reference.settlement_ref for reference in finding.prior} == {ref("first")}
        distant = stay(*self.course(5, start=100), name="third", started_at=NOON + 100 * DAY)
        assert findings(plan, first, distant) == []

    def test_a_late_claim_of_earlier_days_is_held_to_the_same_count(self) -> None:
        plan = plan_of("course_length", point(when={"max_days": 14, "window": "rolling", "within_days": 90}))
        later = stay(*self.course(10, start=20), name="later", days=10, started_at=NOON + 20 * DAY)
        (finding,) = findings(plan, later, stay(*self.course(5), name="late"))
        assert finding.line_numbers == (5,)


class TestExclusiveItems:
    def plan(self, window: str, **given):
        pair = point([SERVICE], others=[OTHER_SERVICE], name="急诊监护费×病房床位费", when={"window": window} | given)
        return plan_of("exclusive_items", pair)

    def test_the_included_item_is_at_issue_and_the_other_is_evidence(self) -> None:
        (finding,) = findings(self.plan("day"), claim(line(OTHER_SERVICE), line(SERVICE)))
        assert (finding.line_numbers, finding.related_lines) == ((1,), (2,))
        assert finding.amount_at_issue_fen == 10_000

    def test_either_item_alone_passes(self) -> None:
        assert findings(self.plan("day"), claim(line(SERVICE))) == []
        assert findings(self.plan("day"), claim(line(OTHER_SERVICE), line(OTHER_SERVICE))) == []

    def test_another_day_passes_unless_the_window_is_the_visit(self) -> None:
        both = stay(line(SERVICE), line(OTHER_SERVICE, charged_at=NOON + DAY))
        assert findings(self.plan("day"), both) == []
        assert len(findings(self.plan("visit"), both)) == 1

    @pytest.mark.parametrize(("minutes", "found"), [(359, 1), (360, 0), (-359, 1), (-360, 0)])
    def test_hours_are_counted_both_ways(self, minutes, found) -> None:
        other = line(OTHER_SERVICE, charged_at=NOON + timedelta(minutes=minutes))
        assert len(findings(self.plan("hours", hours=6), claim(line(SERVICE), other))) == found

    @pytest.mark.parametrize(("first", "second"), [(SERVICE, OTHER_SERVICE), (OTHER_SERVICE, SERVICE)])
    def test_a_pair_split_over_two_claims_is_found_from_either_side(self, first, second) -> None:
        (finding,) = findings(
            self.plan("day"), claim(line(first), name="first"), claim(line(second, quantity=3), name="second")
        )
        assert [reference.settlement_ref for reference in finding.prior] == [ref("first")]
        # At issue is the included item: this line, or no more than it was charged before.
        assert finding.amount_at_issue_fen == (30_000 if second == OTHER_SERVICE else 10_000)

    def test_another_institution_on_the_same_day_passes(self) -> None:
        elsewhere = claim(line(SERVICE), name="first", institution=OTHER_HOSPITAL)
        assert findings(self.plan("day"), elsewhere, claim(line(OTHER_SERVICE))) == []

    def test_a_refunded_item_excludes_nothing(self) -> None:
        refunded = claim(line(SERVICE), line(SERVICE, quantity=-1), line(OTHER_SERVICE))
        assert findings(self.plan("day"), refunded) == []

    def test_another_visit_of_the_same_person_is_not_this_visit(self) -> None:
        first = stay(line(SERVICE), name="first")
        later = NOON + 30 * DAY
        second = stay(line(OTHER_SERVICE, charged_at=later), started_at=later, name="second")
        assert findings(self.plan("visit"), first, second) == []
