"""How much and with what: supply, dose, totals, duplicates, interactions, operations, parts, pieces, prescriptions."""

from datetime import timedelta

import pytest

from tests.unit.screening.claims import (
    DRUG,
    HERB,
    NOON,
    OTHER_HERB,
    OTHER_HOSPITAL,
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
THIRD = "003310010010000"


class TestSupplyLimit:
    plan = plan_of(
        "supply_limit",
        point(when={"max_days": 7, "long_max_days": 30, "max_quantity": 20}),
        parameters={"long_supply_medical_types": ["14"]},
    )

    @pytest.mark.parametrize(
        ("days", "medical_type", "at_issue"),
        [(7, "11", None), (8, "11", 1_250), (14, "11", 5_000), (30, "14", None), (31, "14", 323)],
    )
    def test_days_above_the_limit_are_at_issue_in_proportion(self, days, medical_type, at_issue) -> None:
        found = findings(self.plan, claim(line(days_of_supply_e2=days * 100), medical_type=medical_type))
        assert [one.amount_at_issue_fen for one in found] == ([] if at_issue is None else [at_issue])

    def test_lines_of_one_claim_add_up_and_the_last_hold_the_excess(self) -> None:
        first, last = line(days_of_supply_e2=500), line(days_of_supply_e2=500, charged_at=NOON + DAY)
        (found,) = findings(self.plan, claim(first, last))
        assert (found.line_numbers, found.amount_at_issue_fen) == ((2,), 6_000)

    def test_days_that_were_not_sent_are_not_guessed(self) -> None:
        assert findings(self.plan, claim(line())) == []

    @pytest.mark.parametrize(("quantity", "found"), [(20, 0), (21, 1)])
    def test_a_quantity_above_the_limit_is_found_as_well(self, quantity, found) -> None:
        assert len(findings(self.plan, claim(line(quantity=quantity)))) == found


class TestDoseLimit:
    plan = plan_of("dose_limit", point(when={"max_daily_dose_e4": 1_500_000, "max_daily_quantity_e4": 60_000}))

    @pytest.mark.parametrize(("dose", "times", "found"), [(50, 3, 0), (50, 4, 1), (151, 1, 1)])
    def test_single_dose_times_doses_a_day(self, dose, times, found) -> None:
        given = claim(line(dose_e4=dose * 10_000, doses_per_day_e4=times * 10_000))
        assert len(findings(self.plan, given)) == found

    def test_at_issue_is_the_part_above(self) -> None:
        (found,) = findings(self.plan, claim(line(dose_e4=500_000, doses_per_day_e4=40_000)))
        assert found.amount_at_issue_fen == 2_500

    @pytest.mark.parametrize(("quantity", "found"), [(42, 0), (43, 1)])
    def test_quantity_over_days_where_no_dose_was_sent(self, quantity, found) -> None:
        assert len(findings(self.plan, claim(line(quantity=quantity, days_of_supply_e2=700)))) == found

    def test_a_line_that_tells_neither_is_not_judged(self) -> None:
        assert findings(self.plan, claim(line(quantity=1000))) == []


class TestTotalCeiling:
    visit = plan_of("total_ceiling", point(when={"ceiling_fen": 25_000, "window": "visit"}))
    year = plan_of("total_ceiling", point(when={"ceiling_fen": 25_000, "window": "rolling", "days": 365}))

    @pytest.mark.parametrize(("lines", "at_issue"), [(2, 0), (3, 5_000)])
    def test_what_lies_above_the_ceiling_of_a_visit_is_at_issue(self, lines, at_issue) -> None:
        found = findings(self.visit, claim(*[line()] * lines))
        assert sum(one.amount_at_issue_fen for one in found) == at_issue

    def test_an_amount_of_exactly_the_ceiling_is_paid(self) -> None:
        assert findings(self.visit, claim(line(amount_fen=25_000))) == []
        assert len(findings(self.visit, claim(line(amount_fen=25_001)))) == 1

    def test_a_visit_settled_in_parts_is_one(self) -> None:
        first, second = stay(line(), line(), name="first"), stay(line(), name="second")
        (found,) = findings(self.visit, first, second)
        assert (found.amount_at_issue_fen, len(found.prior)) == (5_000, 2)

    def test_a_rolling_ceiling_adds_up_over_places_and_ends_with_its_days(self) -> None:
        early = claim(line(), line(), name="early", institution=OTHER_HOSPITAL)
        later = {"charged_at": NOON + 365 * DAY}
        visit = {"started_at": NOON + 365 * DAY, "ended_at": NOON + 365 * DAY}
        assert len(findings(self.year, early, claim(line(**later), **visit, name="in time"))) == 1
        after = {"started_at": NOON + 366 * DAY, "ended_at": NOON + 366 * DAY}
        assert findings(self.year, early, claim(line(charged_at=NOON + 366 * DAY), **after, name="after")) == []


class TestDuplicateTherapy:
    plan = plan_of("duplicate_therapy", point([DRUG, UNLISTED], when={"within_days": 3}))

    def test_two_items_of_a_group_are_found_and_the_later_is_at_issue(self) -> None:
        (found,) = findings(self.plan, claim(line(DRUG), line(UNLISTED, charged_at=NOON + DAY / 4)))
        assert (found.line_numbers, found.related_lines) == ((2,), (1,))

    def test_the_same_item_twice_is_a_frequency_and_no_duplicate(self) -> None:
        assert findings(self.plan, claim(line(DRUG), line(DRUG))) == []

    @pytest.mark.parametrize(("days", "found"), [(3, 1), (4, 0)])
    def test_another_place_days_before_counts(self, days, found) -> None:
        before = claim(line(UNLISTED), name="first", institution=OTHER_HOSPITAL)
        now = claim(line(DRUG, charged_at=NOON + days * DAY), name="second")
        assert len(findings(self.plan, before, now)) == found

    def test_what_was_given_back_does_not_count(self) -> None:
        before = claim(line(UNLISTED), line(UNLISTED, quantity=-1), name="first")
        assert findings(self.plan, before, claim(line(DRUG), name="second")) == []

    def test_a_group_may_allow_more(self) -> None:
        plan = plan_of("duplicate_therapy", point([DRUG, UNLISTED], when={"most": 2}))
        assert findings(plan, claim(line(DRUG), line(UNLISTED))) == []


class TestIncompatibleItems:
    day = plan_of("incompatible_items", point([HERB], others=[OTHER_HERB], name="甘草×海藻", when={"window": "day"}))
    visit = plan_of("incompatible_items", point([HERB], others=[OTHER_HERB], when={"window": "visit"}))

    @pytest.mark.parametrize("order", [(HERB, OTHER_HERB), (OTHER_HERB, HERB)])
    def test_a_pair_on_one_day_is_found_once_with_both_lines(self, order) -> None:
        (found,) = findings(self.day, claim(*(line(code) for code in order)))
        assert found.line_numbers == (1, 2)

    def test_another_day_matters_only_to_a_pair_of_the_visit(self) -> None:
        apart = stay(line(HERB), line(OTHER_HERB, charged_at=NOON + DAY))
        assert findings(self.day, apart) == []
        assert len(findings(self.visit, apart)) == 1

    def test_a_pair_over_two_claims_of_a_day_is_found_in_the_later(self) -> None:
        (found,) = findings(self.day, claim(line(HERB), name="first"), claim(line(OTHER_HERB), name="second"))
        assert (found.line_numbers, len(found.prior)) == ((1,), 1)


class TestSurgeryDiscount:
    guessed = plan_of("surgery_discount", point([SERVICE, OTHER_SERVICE, THIRD], when={"group": "胃肠手术组"}))
    priced = plan_of(
        "surgery_discount",
        point([SERVICE, OTHER_SERVICE], when={"group": "胃肠手术组", "full_price_fen": {"3": 10_000}}),
        parameters={"percent": 75},
    )

    def test_a_further_operation_at_the_full_price_is_found(self) -> None:
        (found,) = findings(self.priced, stay(line(SERVICE, unit_price_e4=200_000_000), line(OTHER_SERVICE)))
        assert (found.severity, found.line_numbers, found.amount_at_issue_fen) == ("violation", (2,), 2_500)

    @pytest.mark.parametrize(("amount", "at_issue"), [(7_500, []), (7_501, [1])])
    def test_the_discounted_price_is_right(self, amount, at_issue) -> None:
        dear, further = line(SERVICE, unit_price_e4=200_000_000), line(OTHER_SERVICE, amount_fen=amount)
        assert [one.amount_at_issue_fen for one in findings(self.priced, stay(dear, further))] == at_issue

    def test_without_a_price_list_it_is_only_suspected(self) -> None:
        lines = [line(SERVICE, unit_price_e4=200_000_000), line(OTHER_SERVICE), line(THIRD)]
        (found,) = findings(self.guessed, stay(*lines))
        assert (found.severity, found.line_numbers, found.amount_at_issue_fen) == ("suspicion", (2, 3), 5_000)

    def test_a_broken_quantity_shows_the_discount(self) -> None:
        lines = [line(SERVICE, unit_price_e4=200_000_000), line(OTHER_SERVICE, quantity=0.75)]
        assert findings(self.guessed, stay(*lines)) == []

    def test_one_operation_or_another_day_is_nothing(self) -> None:
        assert findings(self.guessed, stay(line(SERVICE), line(SERVICE))) == []
        assert findings(self.guessed, stay(line(SERVICE), line(OTHER_SERVICE, charged_at=NOON + DAY))) == []


class TestDecomposedBilling:
    plan = plan_of(
        "decomposed_billing",
        point([SERVICE, OTHER_SERVICE], others=[THIRD], when={"whole_price_fen": {"3": 15_000}}),
    )

    def test_parts_of_one_day_are_found_for_what_they_cost_above_the_whole(self) -> None:
        (found,) = findings(self.plan, claim(line(SERVICE), line(OTHER_SERVICE)))
        assert (found.line_numbers, found.amount_at_issue_fen) == ((1, 2), 5_000)

    def test_a_part_alone_or_another_day_is_none(self) -> None:
        assert findings(self.plan, claim(line(SERVICE), line(SERVICE))) == []
        assert findings(self.plan, stay(line(SERVICE), line(OTHER_SERVICE, charged_at=NOON + DAY))) == []

    def test_a_day_with_the_whole_is_another_rules_matter(self) -> None:
        assert findings(self.plan, claim(line(SERVICE), line(OTHER_SERVICE), line(THIRD))) == []


class TestQuantityRatio:
    plan = plan_of("quantity_ratio", point([DRUG], others=[SERVICE], when={"per_service": 2}))

    @pytest.mark.parametrize(("pieces", "at_issue"), [(4, []), (5, [10_000])])
    def test_pieces_beyond_what_the_services_account_for(self, pieces, at_issue) -> None:
        found = findings(self.plan, claim(line(SERVICE, quantity=2), line(DRUG, quantity=pieces)))
        assert [one.amount_at_issue_fen for one in found] == at_issue

    def test_a_visit_without_the_service_is_another_rules_matter(self) -> None:
        assert findings(self.plan, claim(line(DRUG, quantity=9))) == []

    def test_a_stay_settled_in_parts_is_one(self) -> None:
        first = stay(line(SERVICE), line(DRUG, quantity=2), name="first")
        assert len(findings(self.plan, first, stay(line(SERVICE), line(DRUG, quantity=3), name="second"))) == 1
        assert findings(self.plan, first, stay(line(SERVICE), line(DRUG, quantity=2), name="second")) == []


class TestDistinctItems:
    plan = plan_of("distinct_items", parameters={"item_kinds": ["drug"], "most": 2, "most_fen": 50_000})

    def prescription(self, *codes, number="R1"):
        return [line(code, prescription_number=number, item_kind="drug") for code in codes]

    def test_one_item_too_many_on_a_prescription_is_found(self) -> None:
        two, three = self.prescription(DRUG, UNLISTED), self.prescription(DRUG, UNLISTED, THIRD)
        assert findings(self.plan, claim(*two)) == []
        (found,) = findings(self.plan, claim(*three))
        assert (found.line_numbers, found.amount_at_issue_fen) == ((1, 2, 3), 0)

    def test_two_prescriptions_count_apart_and_none_is_not_judged(self) -> None:
        apart = [*self.prescription(DRUG, UNLISTED), *self.prescription(THIRD, number="R2")]
        assert findings(self.plan, claim(*apart)) == []
        assert findings(self.plan, claim(*(line(code) for code in (DRUG, UNLISTED, THIRD)))) == []

    @pytest.mark.parametrize(("quantity", "found"), [(5, 0), (6, 1)])
    def test_a_prescription_may_also_be_too_dear(self, quantity, found) -> None:
        assert len(findings(self.plan, claim(line(quantity=quantity, prescription_number="R1")))) == found

    def test_a_rule_without_a_limit_does_nothing(self) -> None:
        plan = plan_of("distinct_items", parameters={"item_kinds": ["drug"]})
        assert findings(plan, claim(*self.prescription(DRUG, UNLISTED, THIRD))) == []
