"""Visits: too many, split, idle, without indication."""

from datetime import timedelta

import pytest

from tests.unit.screening.claims import (
    DRUG,
    NOON,
    OTHER_HOSPITAL,
    claim,
    findings,
    line,
    plan_of,
    stay,
)

DAY = timedelta(days=1)
BED = "001109000010100"
LABORATORY = "002501010010000"
IMAGING = "002103000010000"
OPERATION = "003311010010000"


def visit_on(day, name, **given):
    """An outpatient visit on a day."""
    at = NOON + day * DAY
    return claim(line(charged_at=at), name=name, started_at=at, ended_at=at, settled_at=at, **given)


class TestFrequentVisits:
    plan = plan_of(
        "frequent_visits",
        parameters={
            "care_settings": ["outpatient"],
            "most": 2,
            "within_days": 30,
            "excepted_medical_types": ["14"],
        },
    )

    def test_the_visit_beyond_the_number_is_found_with_those_before_it(self) -> None:
        two = [visit_on(0, "a"), visit_on(3, "b", institution=OTHER_HOSPITAL)]
        assert findings(self.plan, *two) == []
        (found,) = findings(self.plan, *two, visit_on(29, "c"))
        assert (found.values["visits"], len(found.prior), found.amount_at_issue_fen) == (3, 2, 0)

    def test_the_period_ends_with_its_last_day(self) -> None:
        assert findings(self.plan, visit_on(0, "a"), visit_on(1, "b"), visit_on(30, "c")) == []

    def test_one_visit_settled_in_parts_other_settings_and_exceptions_do_not_count(self) -> None:
        twice = [visit_on(0, "a"), visit_on(0, "a2"), visit_on(3, "c")]
        assert findings(self.plan, *twice) == []
        excepted = [visit_on(0, "a", medical_type="14"), visit_on(1, "b"), visit_on(2, "c")]
        assert findings(self.plan, *excepted) == []
        bought = [visit_on(0, "a", care_setting="pharmacy"), visit_on(1, "b"), visit_on(2, "c")]
        assert findings(self.plan, *bought) == []


class TestSplitStay:
    plan = plan_of(
        "split_stay",
        parameters={"within_days": 15, "excepted_diagnoses": ["Z51"], "excepted_medical_types": ["52"]},
    )

    def two(self, gap, **second):
        at = NOON + (5 + gap) * DAY
        first = stay(line(), name="first", diagnosis_codes=("I50.900",), settled_at=NOON + 5 * DAY)
        given = {"diagnosis_codes": ("I50.100",), "started_at": at, "settled_at": at + 6 * DAY} | second
        return first, stay(line(charged_at=at), name="second", **given)

    @pytest.mark.parametrize(("gap", "found"), [(0, 1), (14, 1), (15, 0)])
    def test_a_return_within_days_for_the_same_illness(self, gap, found) -> None:
        got = findings(self.plan, *self.two(gap))
        assert [(one.values["days"], one.amount_at_issue_fen) for one in got] == [(gap, 10_000)] * found

    @pytest.mark.parametrize(
        "second",
        [
            {"institution": OTHER_HOSPITAL},
            {"diagnosis_codes": ("S72.000",)},
            {"diagnosis_codes": ("I50.100", "Z51.100")},
            {"diagnosis_codes": ()},
            {"medical_type": "52"},
        ],
    )
    def test_another_place_or_illness_and_courses_of_treatment_are_none(self, second) -> None:
        assert findings(self.plan, *self.two(2, **second)) == []

    def test_a_stay_settled_in_parts_is_one(self) -> None:
        first = stay(line(), name="first", diagnosis_codes=("I50.900",))
        assert findings(self.plan, first, stay(line(), name="second", diagnosis_codes=("I50.900",))) == []


class TestIdleStay:
    plan = plan_of("idle_stay", parameters={"idle_days": 3})

    def days(self, *active, length=6):
        beds = [line(BED, charged_at=NOON + day * DAY) for day in range(length)]
        return stay(*beds, *(line(DRUG, charged_at=NOON + day * DAY) for day in active), days=length)

    @pytest.mark.parametrize(("active", "idle"), [((0, 3), None), ((0, 4), 3), ((0,), 5), ((0, 1, 2, 3, 4, 5), None)])
    def test_three_days_on_end_with_nothing_but_the_bed(self, active, idle) -> None:
        got = findings(self.plan, self.days(*active))
        assert [one.values["idle_days"] for one in got] == ([] if idle is None else [idle])

    def test_at_issue_is_what_was_charged_on_those_days(self) -> None:
        (found,) = findings(self.plan, self.days(0, 4))
        assert (found.line_numbers, found.amount_at_issue_fen) == ((2, 3, 4), 30_000)

    def test_outpatients_lie_in_no_bed(self) -> None:
        assert findings(self.plan, claim(line(BED), ended_at=NOON + 9 * DAY)) == []


class TestLowIndicationAdmission:
    plan = plan_of(
        "low_indication_admission",
        parameters={"max_days": 3, "examination_percent": 70, "excepted_diagnoses": ["O80-O84"]},
    )

    def admitted(self, *lines, days=2, **given):
        return findings(self.plan, stay(*lines, days=days, **given))

    @pytest.mark.parametrize(("quantity", "found"), [(6, 0), (7, 1)])
    def test_a_short_stay_that_was_nearly_all_examination(self, quantity, found) -> None:
        lines = [line(LABORATORY, quantity=quantity - 1), line(IMAGING), line(DRUG, quantity=10 - quantity)]
        assert len(self.admitted(*lines)) == found

    @pytest.mark.parametrize(("days", "found"), [(2, 1), (3, 0)])
    def test_a_longer_stay_is_none(self, days, found) -> None:
        assert len(self.admitted(line(IMAGING), days=days)) == found

    def test_an_operation_or_an_excepted_diagnosis_is_indication_enough(self) -> None:
        assert self.admitted(line(IMAGING, quantity=9), line(OPERATION)) == []
        assert self.admitted(line(IMAGING), diagnosis_codes=("O80.000",)) == []
