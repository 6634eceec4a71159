"""Checks of where and for how much: facility level, visit type, price ceiling, herbs, billing dates."""

from datetime import timedelta

import pytest

from tests.unit.screening.claims import (
    DRUG,
    HERB,
    NOON,
    OTHER_HERB,
    SERVICE,
    UNLISTED,
    claim,
    findings,
    line,
    plan_of,
    point,
    stay,
)


class TestFacilityLevel:
    plan = plan_of("facility_level", point(when={"min_level": 2}))

    @pytest.mark.parametrize(("level", "found"), [(0, 1), (1, 1), (2, 0), (3, 0)])
    def test_finds_levels_below_the_limit(self, level, found) -> None:
        assert len(findings(self.plan, claim(line(), level=level))) == found

    def test_says_both_levels(self) -> None:
        (finding,) = findings(self.plan, claim(line(), level=1))
        assert "二级及以上" in finding.text_zh
        assert "一级" in finding.text_zh


class TestVisitType:
    plan = plan_of("visit_type", point(when={"care_settings": ["emergency", "inpatient"]}))

    @pytest.mark.parametrize(
        ("setting", "found"), [("outpatient", 1), ("pharmacy", 1), ("emergency", 0), ("inpatient", 0)]
    )
    def test_finds_other_kinds_of_visit(self, setting, found) -> None:
        assert len(findings(self.plan, claim(line(), care_setting=setting))) == found


class TestPriceCeiling:
    plan = plan_of("price_ceiling", point([SERVICE], when={"ceilings_fen": {"3": 2600, "1": 1400}}))

    def test_at_issue_is_what_lies_above_the_ceiling(self) -> None:
        dear = line(SERVICE, quantity=1.5, unit_price_e4=26_010_000, amount_fen=3902)
        (finding,) = findings(self.plan, claim(dear))
        # 1.5 times 1 fen is 1.5 fen, half up.
        assert finding.amount_at_issue_fen == 2

    def test_the_ceiling_itself_is_allowed(self) -> None:
        assert findings(self.plan, claim(line(SERVICE, unit_price_e4=26_000_000))) == []
        assert len(findings(self.plan, claim(line(SERVICE, unit_price_e4=26_000_001)))) == 1

    def test_each_level_has_its_own_ceiling_and_a_level_without_one_is_free(self) -> None:
        fair = line(SERVICE, unit_price_e4=20_000_000)
        assert len(findings(self.plan, claim(fair, level=1))) == 1
        assert findings(self.plan, claim(fair, level=3)) == []
        assert findings(self.plan, claim(line(SERVICE), level=2)) == []

    def test_never_asks_for_more_than_the_line(self) -> None:
        (finding,) = findings(self.plan, claim(line(SERVICE, unit_price_e4=90_000_000, amount_fen=100)))
        assert finding.amount_at_issue_fen == 100


class TestHerbNeverPaid:
    plan = plan_of("herb_never_paid", point([HERB]))

    def test_finds_the_herb_in_a_compound_too(self) -> None:
        (finding,) = findings(self.plan, claim(line(HERB), line("T000100057")))
        assert finding.line_numbers == (1,)

    def test_lets_a_person_pay_for_it_himself(self) -> None:
        assert findings(self.plan, claim(line(HERB), fund_fen=0)) == []
        assert len(findings(self.plan, claim(line(HERB), fund_fen=1))) == 1


class TestHerbAloneNotPaid:
    plan = plan_of("herb_alone_not_paid", point([HERB], name="丁香"), point([OTHER_HERB], id="P2", name="人参片"))

    def test_finds_a_herb_alone(self) -> None:
        (finding,) = findings(self.plan, claim(line(HERB), line(DRUG)))
        assert (finding.line_numbers, finding.knowledge_point) == ((1,), "P1")

    def test_finds_a_prescription_of_such_herbs_only(self) -> None:
        (finding,) = findings(self.plan, claim(line(OTHER_HERB), line(HERB)))
        assert (finding.line_numbers, finding.values["herbs"]) == ((1, 2), 2)

    def test_lets_a_compound_with_any_other_herb_pass(self) -> None:
        assert findings(self.plan, claim(line(HERB), line(OTHER_HERB), line("T000100057"))) == []

    def test_takes_each_day_as_its_own_prescription(self) -> None:
        tomorrow = NOON + timedelta(days=1)
        (finding,) = findings(self.plan, stay(line(HERB), line("T000100057", charged_at=tomorrow)))
        assert finding.values["day"] == "2026-03-10"

    def test_lets_a_person_pay_for_it_himself(self) -> None:
        assert findings(self.plan, claim(line(HERB), fund_fen=0)) == []


class TestBillingDate:
    plan = plan_of("billing_date")
    # The stay begins at noon on 10 March in Shanghai and ends at noon on 15 March; midnight there is 16:00 UTC.
    first_midnight = NOON.replace(hour=16) - timedelta(days=1)
    last_midnight = NOON.replace(hour=16) + timedelta(days=5)

    @pytest.mark.parametrize(
        ("at", "found"),
        [
            (first_midnight, 0),
            (first_midnight - timedelta(microseconds=1), 1),
            (last_midnight - timedelta(microseconds=1), 0),
            (last_midnight, 1),
        ],
    )
    def test_the_days_of_admission_and_discharge_belong_to_the_stay(self, at, found) -> None:
        assert len(findings(self.plan, stay(line(UNLISTED, charged_at=at)))) == found

    def test_names_only_the_lines_outside(self) -> None:
        (finding,) = findings(self.plan, stay(line(), line(charged_at=NOON + timedelta(days=9))))
        assert (finding.line_numbers, finding.knowledge_point) == ((2,), None)

    def test_a_tolerance_widens_the_stay(self) -> None:
        plan = plan_of("billing_date", parameters={"tolerance_days": 3})
        assert findings(plan, stay(line(charged_at=NOON - timedelta(days=3)))) == []
        assert len(findings(plan, stay(line(charged_at=NOON - timedelta(days=4))))) == 1

    def test_outpatients_have_no_stay(self) -> None:
        assert findings(self.plan, claim(line(charged_at=NOON + timedelta(days=30)))) == []
