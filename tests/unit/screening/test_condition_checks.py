"""Conditions on the use of an item: indication, contra-indication, person, place, evidence, companions, first line."""

from datetime import timedelta

import pytest

from services.screening.domain.diagnosis_codes import CodeSet
from tests.unit.screening.claims import (
    DRUG,
    NOON,
    OTHER_SERVICE,
    SERVICE,
    UNLISTED,
    claim,
    findings,
    line,
    plan_of,
    point,
    stay,
)

DAY = timedelta(days=1)


class TestCodeSets:
    @pytest.mark.parametrize(
        ("entry", "code", "inside"),
        [
            ("N40", "N40.x00", True),
            ("N40", "N41.000", False),
            ("N40-N42", "N42.900", True),
            ("N40-N42", "N43.000", False),
            ("E11.9", "E11.900", True),
            ("E11.9", "E11.200", False),
            ("C50", "c50.900†", True),
            ("68.3", "68.3100", True),
            ("68", "68.9x00", True),
            ("68", "69.0100", False),
        ],
    )
    def test_a_category_a_range_or_a_beginning_matches_full_codes(self, entry, code, inside) -> None:
        assert (CodeSet.of([entry]).among([code]) == [code]) is inside


class TestUseConditions:
    def broken(self, when, **given):
        plan = plan_of("use_conditions", point(when=when))
        return [one.values.get("broken") for one in findings(plan, claim(line(), **given))]

    def test_an_indication_must_be_among_the_diagnoses(self) -> None:
        when = {"diagnoses": ["C61", "C67-C68"]}
        assert self.broken(when, diagnosis_codes=("I10.x00", "C68.000")) == []
        assert self.broken(when, diagnosis_codes=("I10.x00",)) == ["diagnoses"]
        assert self.broken(when, diagnosis_codes=()) == [], "no diagnosis was sent: nothing can be held"

    def test_a_contra_indication_must_not(self) -> None:
        when = {"excluded_diagnoses": ["O00-O99", "Z33"]}
        assert self.broken(when, diagnosis_codes=("O82.000",)) == ["excluded_diagnoses"]
        assert self.broken(when, diagnosis_codes=("N39.000",)) == []

    @pytest.mark.parametrize(
        ("age_days", "expected"),
        [
            (12 * 365 + 2, ["at_least_years"]),
            (12 * 365 + 3, []),
            (65 * 365 + 16, []),
            (65 * 365 + 17, ["younger_than_years"]),
        ],
    )
    def test_ages_hold_to_the_birthday(self, age_days, expected) -> None:
        when = {"at_least_years": 12, "younger_than_years": 65}
        assert self.broken(when, age_days=age_days) == expected

    def test_an_unknown_age_or_sex_is_held_against_nobody(self) -> None:
        assert self.broken({"at_least_years": 12, "sex": "female"}, age_days=None, sex="unknown") == []
        assert self.broken({"sex": "female"}) == ["sex"]

    @pytest.mark.parametrize(("level", "expected"), [(1, ["min_level"]), (2, []), (3, [])])
    def test_the_level_of_a_hospital_counts_and_a_pharmacy_has_none(self, level, expected) -> None:
        assert self.broken({"min_level": 2}, level=level) == expected
        assert self.broken({"min_level": 2}, level=0, institution_kind="pharmacy") == []

    def test_settings_and_medical_types_must_be_listed(self) -> None:
        assert self.broken({"care_settings": ["inpatient"]}) == ["care_settings"]
        assert self.broken({"medical_types": ["14"]}) == ["medical_types"]
        assert self.broken({"medical_types": ["11", "14"], "care_settings": ["outpatient"]}) == []

    def test_departments_and_titles_count_only_when_known(self) -> None:
        when = {"departments": ["A05"], "titles": ["主任医师", "副主任医师"]}
        assert self.broken(when) == []
        assert self.broken(when, department_standard_code="A05.01", practitioner_title="主任医师") == []
        assert self.broken(when, department_standard_code="A03", practitioner_title="住院医师") == [
            "departments,titles"
        ]

    def test_some_institutions_may_not_use_it(self) -> None:
        when = {"excluded_institution_categories": ["internet_hospital"]}
        assert self.broken(when) == []
        assert self.broken(when, category="internet_hospital") == ["institution"]

    def test_every_broken_condition_is_named_in_one_finding(self) -> None:
        when = {"sex": "female", "min_level": 3, "evidence": "白蛋白低于30g/L"}
        assert self.broken(when, level=1) == ["sex,min_level"]

    def test_evidence_that_claims_lack_is_asked_for_and_nothing_is_questioned(self) -> None:
        plan = plan_of("use_conditions", point(when={"diagnoses": ["K74"], "evidence": "白蛋白低于30g/L"}))
        (asked,) = findings(plan, claim(line(), diagnosis_codes=("K74.100",)))
        assert (asked.severity, asked.amount_at_issue_fen, asked.line_numbers) == ("suspicion", 0, (1,))
        assert asked.values["missing_evidence"] == "白蛋白低于30g/L"
        (accused,) = findings(plan, claim(line(), diagnosis_codes=("I10.x00",)))
        assert (accused.severity, accused.amount_at_issue_fen) == ("violation", 10_000)


class TestCompanionItems:
    plan = plan_of("companion_items", point([DRUG], others=[SERVICE, OTHER_SERVICE]))

    def test_an_item_that_stands_alone_is_found(self) -> None:
        (found,) = findings(self.plan, claim(line(DRUG), line(UNLISTED)))
        assert (found.line_numbers, found.amount_at_issue_fen) == ((1,), 10_000)

    def test_any_companion_in_the_claim_or_earlier_in_the_visit_is_enough(self) -> None:
        assert findings(self.plan, claim(line(DRUG), line(OTHER_SERVICE))) == []
        assert findings(self.plan, stay(line(SERVICE), name="first"), stay(line(DRUG), name="second")) == []

    def test_a_companion_of_another_visit_or_one_given_back_is_not(self) -> None:
        before = stay(line(SERVICE, charged_at=NOON - 9 * DAY), name="first", started_at=NOON - 10 * DAY)
        assert len(findings(self.plan, before, stay(line(DRUG), name="second"))) == 1
        returned = stay(line(SERVICE), line(SERVICE, quantity=-1), name="first")
        assert len(findings(self.plan, returned, stay(line(DRUG), name="second"))) == 1


class TestSecondLine:
    plan = plan_of("second_line", point([DRUG], when={"first_line": [UNLISTED], "evidence": "一线治疗无效"}))

    def test_it_asks_for_the_record_and_never_accuses(self) -> None:
        (asked,) = findings(self.plan, claim(line(DRUG)))
        assert (asked.severity, asked.amount_at_issue_fen) == ("suspicion", 0)
        assert asked.values == {"missing_evidence": "一线治疗无效"}

    def test_a_first_line_item_before_or_beside_it_answers(self) -> None:
        assert findings(self.plan, claim(line(UNLISTED), line(DRUG))) == []
        assert findings(self.plan, claim(line(UNLISTED), name="first"), claim(line(DRUG), name="second")) == []

    def test_a_first_line_item_given_back_does_not(self) -> None:
        before = claim(line(UNLISTED), line(UNLISTED, quantity=-1), name="first")
        assert len(findings(self.plan, before, claim(line(DRUG), name="second"))) == 1

    def test_it_looks_a_year_back_where_the_rule_does_not_say(self) -> None:
        assert self.plan.remembered_days == 365


class TestDiagnosisAge:
    plan = plan_of(
        "diagnosis_age",
        {
            "id": "P1",
            "rule": "GZ10000301004000",
            "name": "围生期",
            "when": {"diagnoses": ["P00-P96"], "newborn_days": 28},
        },
        {
            "id": "P2",
            "rule": "GZ10000301004000",
            "name": "妊娠",
            "when": {"diagnoses": ["O00-O99"], "at_least_years": 10, "younger_than_years": 60},
        },
    )

    @pytest.mark.parametrize(
        ("code", "age_days", "found"),
        [
            ("P22.000", 28, 0),
            ("P22.000", 29, 1),
            ("O80.000", 9 * 365, 1),
            ("O80.000", 10 * 366, 0),
            ("O80.000", 59 * 365, 0),
            ("O80.000", 61 * 365, 1),
            ("I10.x00", 29, 0),
            ("P22.000", None, 0),
        ],
    )
    def test_a_diagnosis_belongs_to_its_ages(self, code, age_days, found) -> None:
        got = findings(self.plan, claim(line(), age_days=age_days, diagnosis_codes=(code,)))
        assert len(got) == found
        assert all(one.amount_at_issue_fen == 0 for one in got)
