"""The record itself: fee lines, settlement lists, operations, diagnoses, uploads."""

from datetime import date, timedelta

import pytest

from services.contracts.intake import SettlementListFiled
from services.contracts.settlement_list import ListedDiagnosis, ListedOperation, ListGap
from services.screening.domain.engine import screen
from services.screening.domain.history import History
from tests.unit.screening.claims import (
    DRUG,
    NOON,
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
OPERATION = "003311010010000"


def filed(*operations, diagnoses=(), gaps=(), **given):
    """The list filed for the claim."""
    return SettlementListFiled(
        list_ref=ref("list"),
        institution_code="H35010000001",
        settlement_id="claim",
        settlement_ref=ref("claim"),
        version=1,
        filed_at=NOON,
        operations=tuple(operations),
        diagnoses=tuple(diagnoses),
        gaps=tuple(gaps),
        **given,
    )


def found_with(plan, given, listed=None):
    """Findings on a claim with its list."""
    screening = screen(plan, given, History(lists=[] if listed is None else [listed]))
    assert screening.failures == ()
    return list(screening.findings)


def record_point(**when):
    return {"id": "P1", "rule": RULE, "name": "某组", "when": when}


class TestLineRecord:
    plan = plan_of("line_record", parameters={"rounding_fen": 1})

    @pytest.mark.parametrize(("amount", "found"), [(10_000, 0), (10_001, 0), (9_999, 0), (10_002, 1), (9_998, 1)])
    def test_quantity_times_price_is_the_amount_but_for_rounding(self, amount, found) -> None:
        got = findings(self.plan, claim(line(amount_fen=amount)))
        assert [one.values["fault"] for one in got] == ["amount"] * found
        assert all(one.amount_at_issue_fen == 0 for one in got)

    def test_refund_lines_are_held_to_the_same(self) -> None:
        assert findings(self.plan, claim(line(), line(quantity=-1))) == []
        assert len(findings(self.plan, claim(line(), line(quantity=-1, amount_fen=-9_000)))) == 1

    def test_an_amount_without_a_price_is_a_fault_of_its_own(self) -> None:
        (found,) = findings(self.plan, claim(line(unit_price_e4=0)))
        assert found.values["fault"] == "price"

    def test_in_a_hospital_somebody_ordered_it(self) -> None:
        assert len(findings(self.plan, claim(line(), practitioner_code=None))) == 1
        assert findings(self.plan, claim(line(practitioner_code="D1"), practitioner_code=None)) == []
        assert findings(self.plan, claim(line(), practitioner_code=None, institution_kind="pharmacy")) == []


class TestFiledRecord:
    plan = plan_of("filed_record")

    def test_gaps_of_the_list_are_stated_once_and_name_the_version(self) -> None:
        gaps = [ListGap(pointer="/diagnoses", problem="missing"), ListGap(pointer="/discharge_way", problem="missing")]
        (found,) = found_with(self.plan, stay(line()), filed(gaps=gaps))
        assert found.values == {"gaps": "/diagnoses missing,/discharge_way missing", "list_version": 1}

    def test_a_whole_list_and_none_at_all_are_nothing(self) -> None:
        assert found_with(self.plan, stay(line()), filed()) == []
        assert found_with(self.plan, stay(line())) == []


class TestOperationRecord:
    plan = plan_of("operation_record")

    def faults(self, given, listed):
        return [one.values["fault"] for one in found_with(self.plan, given, listed)]

    def test_operations_charged_but_not_listed(self) -> None:
        assert self.faults(stay(line(OPERATION)), filed()) == ["missing"]
        assert self.faults(stay(line(SERVICE)), filed()) == []

    def test_codes_and_the_main_operation(self) -> None:
        right = ListedOperation(code="51.2300", main=True)
        assert self.faults(stay(line(OPERATION)), filed(right)) == []
        assert self.faults(stay(line(OPERATION)), filed(right, ListedOperation(code="CHOLE"))) == ["form"]
        assert self.faults(stay(line(OPERATION)), filed(ListedOperation(code="51.2300"))) == ["main"]
        assert self.faults(stay(line(OPERATION)), filed(right, right)) == ["main"]


class TestOperationSex:
    plan = plan_of("operation_sex", record_point(operations=["68"], sex="female"))

    @pytest.mark.parametrize(("code", "sex", "found"), [("68.4100", "male", 1), ("68.4100", "female", 0)])
    def test_an_operation_of_the_other_sex(self, code, sex, found) -> None:
        assert len(found_with(self.plan, stay(line(), sex=sex), filed(ListedOperation(code=code)))) == found

    def test_an_unknown_sex_another_operation_or_no_list_is_nothing(self) -> None:
        assert found_with(self.plan, stay(line(), sex="unknown"), filed(ListedOperation(code="68.4100"))) == []
        assert found_with(self.plan, stay(line()), filed(ListedOperation(code="51.2300"))) == []
        assert found_with(self.plan, stay(line())) == []


class TestDiagnosisOperation:
    plan = plan_of(
        "diagnosis_operation",
        record_point(operations=["51.2"], diagnoses=["K80-K82"]),
        {"id": "P2", "rule": RULE, "name": "肿瘤", "when": {"operations": ["51.2"], "diagnoses": ["C23"]}},
    )

    @pytest.mark.parametrize(("diagnosis", "found"), [("K80.100", 0), ("C23.x00", 0), ("I10.x00", 1)])
    def test_the_main_operation_goes_with_the_main_diagnosis(self, diagnosis, found) -> None:
        listed = filed(
            ListedOperation(code="51.2300", main=True),
            diagnoses=[ListedDiagnosis(code="K80.100"), ListedDiagnosis(code=diagnosis, main=True)],
        )
        assert len(found_with(self.plan, stay(line()), listed)) == found

    def test_operations_nobody_spoke_of_and_lists_without_a_main_one_are_not_judged(self) -> None:
        other = filed(ListedOperation(code="47.0900", main=True), diagnoses=[ListedDiagnosis(code="I10", main=True)])
        assert found_with(self.plan, stay(line()), other) == []
        assert found_with(self.plan, stay(line()), filed(ListedOperation(code="51.2300"))) == []


class TestUnsupportedDiagnosis:
    plan = plan_of("unsupported_diagnosis", point([SERVICE, DRUG], when={"diagnoses": ["N18"]}))

    def test_a_diagnosis_with_none_of_its_items_is_found(self) -> None:
        (found,) = findings(self.plan, stay(line(UNLISTED), diagnosis_codes=("I10.x00", "N18.000")))
        assert (found.line_numbers, found.amount_at_issue_fen) == ((), 0)

    def test_any_of_its_items_supports_it_and_outpatients_are_not_asked(self) -> None:
        assert findings(self.plan, stay(line(DRUG), diagnosis_codes=("N18.000",))) == []
        assert findings(self.plan, stay(line(UNLISTED), diagnosis_codes=("I10.x00",))) == []
        assert findings(self.plan, claim(line(UNLISTED), diagnosis_codes=("N18.000",))) == []


class TestSurgicalProphylaxis:
    plan = plan_of("surgical_prophylaxis", point(), parameters={"days_after": 2, "infections": ["J12-J18"]})
    operation = ListedOperation(code="51.2300", performed_on=date(2026, 3, 11), main=True)

    def course(self, *days, **given):
        return stay(*(line(charged_at=NOON + day * DAY) for day in days), days=9, **given)

    @pytest.mark.parametrize(("days", "at_issue"), [((1, 2, 3), ()), ((1, 2, 3, 4), (4,)), ((0, 4, 5), (2, 3))])
    def test_days_beyond_two_after_the_operation_are_at_issue(self, days, at_issue) -> None:
        found = found_with(self.plan, self.course(*days), filed(self.operation))
        assert tuple(number for one in found for number in one.line_numbers) == at_issue

    def test_an_infection_explains_it_in_the_claim_or_in_the_list(self) -> None:
        assert found_with(self.plan, self.course(1, 6, diagnosis_codes=("J18.900",)), filed(self.operation)) == []
        listed = filed(self.operation, diagnoses=[ListedDiagnosis(code="J15.900")])
        assert found_with(self.plan, self.course(1, 6), listed) == []

    def test_what_began_later_was_no_prophylaxis_and_without_a_date_nothing_is_known(self) -> None:
        assert found_with(self.plan, self.course(5, 6), filed(self.operation)) == []
        assert found_with(self.plan, self.course(1, 6), filed(ListedOperation(code="51.2300"))) == []
        assert found_with(self.plan, self.course(1, 6)) == []


class TestLateUpload:
    plan = plan_of("late_upload", parameters={"within_hours": 24})

    @pytest.mark.parametrize(("hours", "found"), [(24, 0), (25, 1)])
    def test_a_day_is_in_time_and_an_hour_more_is_not(self, hours, found) -> None:
        given = claim(line(), settled_at=NOON, received_at=NOON + timedelta(hours=hours))
        assert len(findings(self.plan, given)) == found

    def test_an_arrival_nobody_recorded_is_not_late(self) -> None:
        assert findings(self.plan, claim(line())) == []
