"""Checks of conduct: traceability codes, overlapping stays, practitioners without payment eligibility."""

from datetime import timedelta

import pytest

from services.screening.domain.history import History, Ineligibility
from tests.unit.screening.claims import (
    DRUG,
    HERB,
    NOON,
    OTHER_HOSPITAL,
    UNLISTED,
    claim,
    findings,
    line,
    plan_of,
    ref,
    stay,
)

HOUR = timedelta(hours=1)
CODE = "81234567890123456789"


class TestDuplicateTraceabilityCode:
    plan = plan_of("duplicate_traceability_code")

    def sold(self, name: str, **given):
        person = given.pop("insured_ref", name[0] * 32)
        item = given.pop("item", UNLISTED)
        at = given.pop("at", NOON)
        return claim(
            line(item, traceability_codes=(CODE,), charged_at=at, **given),
            name=name,
            insured_ref=person,
            institution=OTHER_HOSPITAL if name == "a" else "H35010000003",
        )

    def test_finds_a_pack_settled_for_another_person_elsewhere(self) -> None:
        (finding,) = findings(self.plan, self.sold("a"), self.sold("b"))
        assert finding.line_numbers == (1,)
        assert [(one.settlement_ref, one.what) for one in finding.prior] == [(ref("a"), "sale")]
        assert CODE not in finding.text_zh + finding.text_en

    def test_a_new_pack_passes(self) -> None:
        assert findings(self.plan, self.sold("a")) == []

    def test_the_same_settlement_sent_again_passes(self) -> None:
        assert findings(self.plan, self.sold("a"), self.sold("a")) == []
        assert findings(self.plan, claim(line(traceability_codes=(CODE,)), line(traceability_codes=(CODE,)))) == []

    @pytest.mark.parametrize(("first", "second"), [(True, True), (True, False), (False, True)])
    def test_split_packs_on_either_side_pass(self, first, second) -> None:
        assert findings(self.plan, self.sold("a", split_pack=first), self.sold("b", split_pack=second)) == []

    def test_herbs_pass(self) -> None:
        assert findings(self.plan, self.sold("a", item=HERB), self.sold("b", item=HERB)) == []

    def test_a_returned_pack_may_be_sold_again_but_only_once(self) -> None:
        returned = self.sold("a-back", insured_ref="a" * 32, quantity=-1, at=NOON + HOUR)
        again, more = self.sold("b", at=NOON + 2 * HOUR), self.sold("c", at=NOON + 3 * HOUR)
        assert findings(self.plan, self.sold("a"), returned, again) == []
        (finding,) = findings(self.plan, self.sold("a"), returned, again, more)
        assert [one.settlement_ref for one in finding.prior] == [ref("b")]

    def test_a_reversed_sale_no_longer_counts(self) -> None:
        history = History()
        history.add_claim(self.sold("a"), self.plan)
        history.remove(ref("a"))
        assert findings(self.plan, self.sold("b"), history=history) == []


class TestOverlappingStays:
    plan = plan_of("overlapping_stays", parameters={"tolerance_hours": 24})

    def other(self, start: timedelta, days: int = 5, **given):
        return stay(name="other", started_at=NOON + start, days=days, institution=OTHER_HOSPITAL, **given)

    @pytest.mark.parametrize(
        ("start", "found"),
        [(timedelta(days=4), 0), (timedelta(days=4) - HOUR, 1), (timedelta(days=-4), 0), (HOUR - timedelta(days=4), 1)],
    )
    def test_an_overlap_beyond_the_tolerance_is_found(self, start, found) -> None:
        assert len(findings(self.plan, self.other(start), stay(line(UNLISTED)))) == found

    def test_at_issue_is_what_was_charged_while_the_person_was_elsewhere(self) -> None:
        both = stay(line(UNLISTED), line(UNLISTED, charged_at=NOON + timedelta(days=4)))
        (finding,) = findings(self.plan, self.other(timedelta(days=2)), both)
        assert finding.line_numbers == (2,)
        assert (finding.values["overlap_hours"], finding.prior[0].what) == (72, "stay")

    def test_one_stay_settled_in_parts_is_one_stay(self) -> None:
        assert findings(self.plan, stay(name="first", days=3), stay(name="second", days=5)) == []

    def test_outpatients_and_other_persons_pass(self) -> None:
        other = self.other(timedelta(0))
        assert findings(self.plan, other, claim(line(UNLISTED))) == []
        assert findings(self.plan, other, stay(line(UNLISTED), insured_ref="b" * 32)) == []


class TestPractitionerEligibility:
    plan = plan_of("practitioner_eligibility")
    suspended = "D350100000009"

    def history(self, until=NOON + timedelta(days=30)) -> History:
        return History(ineligibilities=[Ineligibility(self.suspended, ref("measure"), NOON, until)])

    def ordered(self, at=NOON, **given):
        return claim(line(practitioner_code=self.suspended, charged_at=at), line(DRUG), **given)

    def test_finds_the_lines_the_person_ordered_and_names_the_person(self) -> None:
        (finding,) = findings(self.plan, self.ordered(), history=self.history())
        assert (finding.line_numbers, finding.practitioner_codes) == ((1,), (self.suspended,))
        assert finding.values["measure_id"] == str(ref("measure"))

    @pytest.mark.parametrize(
        ("at", "found"),
        [
            (NOON - timedelta(microseconds=1), 0),
            (NOON, 1),
            (NOON + timedelta(days=30) - timedelta(microseconds=1), 1),
            (NOON + timedelta(days=30), 0),
        ],
    )
    def test_a_measure_holds_from_its_first_instant_until_before_its_end(self, at, found) -> None:
        assert len(findings(self.plan, self.ordered(at=at), history=self.history())) == found

    def test_an_open_measure_has_no_end(self) -> None:
        late = NOON + timedelta(days=3000)
        assert len(findings(self.plan, self.ordered(at=late), history=self.history(until=None))) == 1

    def test_emergency_is_paid(self) -> None:
        assert findings(self.plan, self.ordered(care_setting="emergency"), history=self.history()) == []

    def test_lines_without_an_orderer_are_the_attending_practitioners(self) -> None:
        attended = claim(line(), line(practitioner_code="D350100000002"), practitioner_code=self.suspended)
        (finding,) = findings(self.plan, attended, history=self.history())
        assert finding.line_numbers == (1,)

    def test_other_medical_types_can_be_excepted(self) -> None:
        plan = plan_of("practitioner_eligibility", parameters={"excepted_medical_types": ["24"]})
        assert findings(plan, self.ordered(medical_type="24"), history=self.history()) == []
        assert len(findings(plan, self.ordered(medical_type="21"), history=self.history())) == 1
