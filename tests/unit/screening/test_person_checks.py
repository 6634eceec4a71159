"""Checks of the person: sex, age, insurance, diagnosis."""

import pytest

from tests.unit.screening.claims import DRUG, UNLISTED, claim, findings, line, plan_of, point


class TestSex:
    plan = plan_of("sex", point(when={"sex": "female"}))

    def test_finds_an_item_for_women_on_a_mans_claim(self) -> None:
        (finding,) = findings(self.plan, claim(line(UNLISTED), line(DRUG, quantity=2)))
        assert (finding.line_numbers, finding.amount_at_issue_fen) == ((2,), 20_000)
        assert finding.knowledge_point == "P1"
        assert "限女性使用" in finding.text_zh
        assert "female patients only" in finding.text_en

    @pytest.mark.parametrize("sex", ["female", "unknown"])
    def test_lets_the_right_and_the_unknown_sex_pass(self, sex) -> None:
        assert findings(self.plan, claim(line(), sex=sex)) == []

    def test_gathers_all_lines_of_the_item_in_one_finding(self) -> None:
        (finding,) = findings(self.plan, claim(line(), line(UNLISTED), line()))
        assert finding.line_numbers == (1, 3)


class TestAge:
    def test_a_childs_drug_passes_until_the_birthday_is_certain(self) -> None:
        plan = plan_of("age", point(when={"group": "child"}), parameters={"child_years": 14})
        # Fourteen years hold three or four leap days: 5113 or 5114 days.
        assert findings(plan, claim(line(), age_days=14 * 365 + 3)) == []
        assert len(findings(plan, claim(line(), age_days=14 * 365 + 4))) == 1

    def test_eighteen_years_are_the_default(self) -> None:
        plan = plan_of("age", point(when={"group": "child"}))
        assert findings(plan, claim(line(), age_days=6574)) == []
        assert len(findings(plan, claim(line(), age_days=6575))) == 1

    def test_a_newborn_is_one_to_the_twenty_eighth_day(self) -> None:
        plan = plan_of("age", point(when={"group": "newborn"}))
        assert findings(plan, claim(line(), age_days=28)) == []
        assert len(findings(plan, claim(line(), age_days=29))) == 1

    def test_a_band_has_two_ends(self) -> None:
        plan = plan_of("age", point(when={"at_least_years": 2, "younger_than_years": 12}))
        assert len(findings(plan, claim(line(), age_days=729))) == 1
        assert findings(plan, claim(line(), age_days=730)) == []
        assert findings(plan, claim(line(), age_days=12 * 365 + 2)) == []
        assert len(findings(plan, claim(line(), age_days=12 * 365 + 3))) == 1

    def test_an_unknown_age_is_held_against_nobody(self) -> None:
        assert findings(plan_of("age", point(when={"group": "child"})), claim(line(), age_days=None)) == []

    def test_the_text_does_not_tell_the_age(self) -> None:
        (finding,) = findings(plan_of("age", point(when={"group": "toddler"})), claim(line(), age_days=9999))
        assert "9999" not in finding.text_zh + finding.text_en
        assert "婴幼儿不满3岁" in finding.text_zh


class TestInsuranceType:
    plan = plan_of("insurance_type", point(), parameters={"insurance_types": ["510"], "medical_types": ["51", "52"]})

    def test_finds_another_insurance(self) -> None:
        (finding,) = findings(self.plan, claim(line()))
        assert finding.values["insurance_type"] == "310"

    def test_lets_the_insurance_pass(self) -> None:
        assert findings(self.plan, claim(line(), insurance_type="510")) == []

    def test_lets_a_delivery_under_employees_insurance_pass(self) -> None:
        assert findings(self.plan, claim(line(), medical_type="52")) == []


class TestDiagnosisSex:
    plan = plan_of(
        "diagnosis_sex", {"id": "P1", "rule": "GZ10000301004000", "name": "男性生殖器官疾病"} | {
            "when": {"sex": "male", "diagnoses": ["N40-N51", "C61"]}
        }
    )  # fmt: skip

    @pytest.mark.parametrize("code", ["N40.x00", "N51.900", "C61.x00x001", "N45"])
    def test_finds_a_diagnosis_of_the_other_sex(self, code) -> None:
        (finding,) = findings(self.plan, claim(line(), sex="female", diagnosis_codes=("I10.x00", code)))
        assert finding.values["diagnoses"] == code
        assert (finding.line_numbers, finding.amount_at_issue_fen) == ((), 0)
        assert finding.practitioner_codes == ("D350100000001",)

    @pytest.mark.parametrize("code", ["N39.000", "N52.000", "C60.900"])
    def test_leaves_the_neighbours_of_a_range_alone(self, code) -> None:
        assert findings(self.plan, claim(line(), sex="female", diagnosis_codes=(code,))) == []

    @pytest.mark.parametrize("sex", ["male", "unknown"])
    def test_lets_the_right_and_the_unknown_sex_pass(self, sex) -> None:
        assert findings(self.plan, claim(line(), sex=sex, diagnosis_codes=("N40.x00",))) == []
