"""The last day, fen and count that pass and the first that do not, where a check's own tests stop short of them."""

from datetime import timedelta
from types import MappingProxyType

import pytest

from services.contracts.intake import SettlementListFiled
from services.contracts.settlement_list import ListedDiagnosis, ListedOperation
from services.screening.domain.checks.age import youngest_days
from services.screening.domain.engine import screen
from services.screening.domain.history import History
from tests.unit.screening.claims import (
    DRUG,
    NOON,
    OTHER_SERVICE,
    RULE,
    SERVICE,
    UNLISTED,
    claim,
    findings,
    line,
    plan_of,
    point,
    ref,
    stay,
)

DAY = timedelta(days=1)


class TestBillingDate:
    plan = plan_of("billing_date", parameters={"tolerance_days": 3})

    @pytest.mark.parametrize(("days", "found"), [(-4, 1), (-3, 0), (8, 0), (9, 1)])
    def test_the_tolerance_holds_before_admission_and_after_discharge(self, days, found) -> None:
        assert len(findings(self.plan, stay(line(charged_at=NOON + days * DAY), days=5))) == found


class TestCourseLength:
    @pytest.mark.parametrize("stated", [{"within_days": 90}, {}])
    @pytest.mark.parametrize(("later", "found"), [(89, 1), (90, 0)])
    def test_ninety_days_are_counted_with_both_ends(self, stated, later, found) -> None:
        plan = plan_of("course_length", point(when={"max_days": 1, "window": "rolling"} | stated))
        second = claim(line(charged_at=NOON + later * DAY), name="second", started_at=NOON + later * DAY)
        told = findings(plan, claim(line(), name="first"), second)
        assert len(told) == found
        if told:
            assert (told[0].values["first_day"], told[0].values["last_day"]) == ("2026-03-10", "2026-06-07")
            assert told[0].values["days"] == 2

    @pytest.mark.parametrize(("kept", "found"), [(0, 0), (1, 1)])
    def test_a_day_on_which_everything_was_given_back_is_no_day_of_use(self, kept, found) -> None:
        plan = plan_of("course_length", point(when={"max_days": 1, "window": "rolling", "within_days": 90}))
        first = claim(line(quantity=2), line(quantity=kept - 2), name="first")
        second = claim(line(charged_at=NOON + DAY), name="second", started_at=NOON + DAY, ended_at=NOON + DAY)
        assert len(findings(plan, first, second)) == found

    def test_the_texts_name_the_visit_or_the_days(self) -> None:
        lines = [line(), line(charged_at=NOON + DAY)]
        for when, zh, en in (
            ({"window": "visit"}, "本次就诊", "in this visit"),
            ({"window": "rolling", "within_days": 7}, "7天内", "within 7 days"),
        ):
            (found,) = findings(plan_of("course_length", point(when={"max_days": 1} | when)), stay(*lines))
            assert zh in found.text_zh
            assert en in found.text_en


IN_FORCE = [
    ({"from": "2026-03-10"}, 1),
    ({"from": "2026-03-11"}, 0),
    ({"until": "2026-03-10"}, 1),
    ({"until": "2026-03-09"}, 0),
]
"""Dates of a point, and whether it holds on 10 March 2026."""


def named(when):
    """A point that names no items."""
    return {"id": "P1", "rule": RULE, "name": "知识点", "when": when}


class TestDiagnosisAge:
    when = MappingProxyType({"diagnoses": ["O00-O99"], "at_least_years": 10})

    @pytest.mark.parametrize(("short", "found"), [(0, 0), (1, 1)])
    def test_the_day_of_the_tenth_birthday_passes(self, short, found) -> None:
        plan = plan_of("diagnosis_age", named(dict(self.when)))
        given = claim(line(), diagnosis_codes=("O80.000",), age_days=youngest_days(10) - short)
        assert len(findings(plan, given)) == found

    @pytest.mark.parametrize(("dates", "found"), IN_FORCE)
    def test_the_days_on_which_a_point_begins_and_ends_are_its_own(self, dates, found) -> None:
        given = claim(line(), diagnosis_codes=("O80.000",), age_days=5 * 365)
        assert len(findings(plan_of("diagnosis_age", named(dict(self.when)) | dates), given)) == found


@pytest.mark.parametrize(("dates", "found"), IN_FORCE)
@pytest.mark.parametrize(
    ("kind", "stated", "given"),
    [
        (
            "diagnosis_sex",
            named({"sex": "male", "diagnoses": ["N40"]}),
            claim(line(), sex="female", diagnosis_codes=("N40.x00",)),
        ),
        ("operation_sex", named({"sex": "female", "operations": ["68"]}), stay(line(), name="claim")),
        ("diagnosis_operation", named({"diagnoses": ["K80"], "operations": ["68"]}), stay(line(), name="claim")),
        (
            "unsupported_diagnosis",
            point([SERVICE], when={"diagnoses": ["N18"]}),
            stay(line(), diagnosis_codes=("N18.000",)),
        ),
    ],
)
def test_a_point_about_the_record_holds_on_its_first_and_last_day(kind, stated, given, dates, found) -> None:
    listed = SettlementListFiled(
        list_ref=ref("list"),
        institution_code="H35010000001",
        settlement_id="claim",
        settlement_ref=ref("claim"),
        version=1,
        filed_at=NOON,
        operations=(ListedOperation(code="68.4100", main=True),),
        diagnoses=(ListedDiagnosis(code="I10.x00", main=True),),
    )
    screening = screen(plan_of(kind, stated | dates), given, History(lists=[listed]))
    assert (screening.failures, len(screening.findings)) == ((), found)


class TestDistinctItems:
    @pytest.mark.parametrize(
        ("limits", "quantity", "found"),
        [({"most": 1}, 90, 0), ({"most_fen": 50_000}, 5, 0), ({"most_fen": 50_000}, 6, 1)],
    )
    def test_either_limit_may_stand_alone_and_only_what_is_set_is_told(self, limits, quantity, found) -> None:
        plan = plan_of("distinct_items", parameters={"item_kinds": ["drug"]} | limits)
        told = findings(plan, claim(line(quantity=quantity, prescription_number="R1")))
        assert len(told) == found
        if told:
            assert told[0].values == {"items": 1, "amount_fen": 60_000} | limits
            assert "1个品种、600.00元" in told[0].text_zh

    def test_lines_of_other_kinds_do_not_count_though_they_name_the_prescription(self) -> None:
        plan = plan_of("distinct_items", parameters={"item_kinds": ["drug"], "most": 1})
        lines = [line(code, prescription_number="R1") for code in (DRUG, SERVICE, OTHER_SERVICE)]
        assert findings(plan, claim(*lines)) == []


class TestDoseLimit:
    @pytest.mark.parametrize(
        ("line_fields", "found"),
        [
            # 60.00 units over 10 days are 6 a day; over 9.99 days they are more.
            ({"quantity": 60, "days_of_supply_e2": 1_000}, 0),
            ({"quantity": 60, "days_of_supply_e2": 999}, 1),
            # A dose without its frequency is not judged as one.
            ({"quantity": 1, "dose_e4": 99_000_000}, 0),
        ],
    )
    def test_a_day_comes_to_the_quantity_over_days_of_supply(self, line_fields, found) -> None:
        plan = plan_of("dose_limit", point(when={"max_daily_dose_e4": 1_500_000, "max_daily_quantity_e4": 60_000}))
        assert len(findings(plan, claim(line(**line_fields)))) == found

    def test_the_text_tells_the_line_that_is_furthest_above(self) -> None:
        plan = plan_of("dose_limit", point(when={"max_daily_dose_e4": 1_500_000}))
        lines = [line(dose_e4=dose * 10_000, doses_per_day_e4=40_000) for dose in (50, 90, 70)]
        (found,) = findings(plan, claim(*lines))
        assert found.values == {"daily_e4": 3_600_000, "limit_e4": 1_500_000}


class TestDecomposedBilling:
    @pytest.mark.parametrize("when", [{"parts": 2}, {"parts": 2, "whole_price_fen": {"2": 15_000}}])
    def test_all_is_at_issue_where_the_price_of_the_whole_is_not_known(self, when) -> None:
        plan = plan_of("decomposed_billing", point([SERVICE, OTHER_SERVICE], others=[DRUG], when=when))
        (found,) = findings(plan, claim(line(SERVICE), line(OTHER_SERVICE)))
        assert found.amount_at_issue_fen == 20_000


class TestDuplicateTherapy:
    def plan(self, **given):
        return plan_of("duplicate_therapy", point([DRUG, UNLISTED], when=given))

    @pytest.mark.parametrize(("days", "found"), [(-2, 1), (-3, 0)])
    def test_days_are_counted_back_from_the_first_line(self, days, found) -> None:
        before = claim(line(UNLISTED, charged_at=NOON + days * DAY), name="before", started_at=NOON + days * DAY)
        given = stay(line(), line(charged_at=NOON + 5 * DAY))
        told = findings(self.plan(within_days=2), before, given)
        assert len(told) == found
        if told:
            assert told[0].values["items"] == 2
            assert [(one.settlement_ref, one.line_number) for one in told[0].prior] == [(ref("before"), 1)]

    @pytest.mark.parametrize(("hours", "found"), [(-12, 1), (-13, 0)])
    def test_where_no_days_are_stated_the_day_itself_counts(self, hours, found) -> None:
        at = NOON + timedelta(hours=hours)
        before = claim(line(UNLISTED, charged_at=at), name="before", started_at=at)
        assert len(findings(self.plan(), before, claim(line()))) == found

    def test_an_item_that_was_given_back_is_neither_counted_nor_evidence(self) -> None:
        before = claim(line(UNLISTED), line(UNLISTED, quantity=-1), name="before")
        assert findings(self.plan(within_days=2), before, claim(line())) == []


class TestExclusiveItems:
    def plan(self, window, *, dates=MappingProxyType({}), **given):
        pair = point([SERVICE], others=[OTHER_SERVICE], name="成对", when={"window": window} | given)
        return plan_of("exclusive_items", pair | dates)

    @pytest.mark.parametrize(
        ("at", "found"),
        [
            (NOON - timedelta(seconds=1), 0),
            (NOON, 1),
            (NOON + 5 * DAY, 1),
            (NOON + 5 * DAY + timedelta(seconds=1), 0),
        ],
    )
    def test_what_was_settled_before_of_the_same_visit_counts_from_its_beginning_to_its_end(self, at, found) -> None:
        span = {"started_at": NOON - DAY, "ended_at": NOON + 9 * DAY}
        first = stay(line(SERVICE, charged_at=at), name="first", **span)
        assert len(findings(self.plan("visit"), first, stay(line(OTHER_SERVICE), name="second", days=5))) == found

    @pytest.mark.parametrize(("dates", "found"), IN_FORCE)
    def test_a_pair_holds_on_the_first_and_last_day_of_its_point(self, dates, found) -> None:
        plan = self.plan("day", dates=dates)
        assert len(findings(plan, claim(line(SERVICE), line(OTHER_SERVICE)))) == found
        for first, second in ((SERVICE, OTHER_SERVICE), (OTHER_SERVICE, SERVICE)):
            assert len(findings(plan, claim(line(first), name="first"), claim(line(second)))) == found

    def test_an_earlier_item_that_was_given_back_excludes_nothing(self) -> None:
        first = claim(line(SERVICE), line(SERVICE, quantity=-1), name="first")
        assert findings(self.plan("day"), first, claim(line(OTHER_SERVICE))) == []

    def test_one_line_beside_it_is_enough_and_only_those_beside_it_are_evidence(self) -> None:
        lines = [line(SERVICE), line(SERVICE, charged_at=NOON + DAY), line(SERVICE, charged_at=NOON + 2 * DAY)]
        included = [line(OTHER_SERVICE), line(OTHER_SERVICE, charged_at=NOON + DAY)]
        (found,) = findings(self.plan("day"), stay(*lines, *included))
        assert (found.line_numbers, found.related_lines) == ((4, 5), (1, 2))
        assert found.values == {"window": "day"}
        (found,) = findings(self.plan("hours", hours=6), claim(line(SERVICE), line(OTHER_SERVICE)))
        assert found.values == {"window": "hours", "hours": 6}
