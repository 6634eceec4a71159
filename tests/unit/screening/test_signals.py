"""What stands out over a month: indicators among peers, and patterns across patients."""

from datetime import timedelta
from pathlib import Path

import pytest

from services.contracts.settlement_list import ListedDiagnosis
from services.screening.domain.indicators import Sums, percentile, standing, value
from services.screening.domain.patterns import Watch, growth, stock_gaps
from services.screening.domain.signal_limits import LIMIT_NAMES
from tests.unit.screening.claims import DRUG, NOON, OTHER_HOSPITAL, claim, line, stay
from tests.unit.screening.test_record_checks import filed

LABORATORY, CT, MRI, OPERATION = "002501010010000", "002103000010000", "002102000010000", "003311010010000"
CONSUMABLE = "C" + "0" * 19


class TestIndicators:
    def test_every_line_counts_in_the_share_of_its_kind(self) -> None:
        sums = Sums()
        sums.add(claim(*(line(code) for code in (DRUG, LABORATORY, CT, MRI, OPERATION, CONSUMABLE))), None)
        assert {
            name: round(value(name, sums) * 6) for name in ("drug_share", "consumable_share", "treatment_share")
        } == {
            "drug_share": 1,
            "consumable_share": 1,
            "treatment_share": 1,
        }
        assert value("examination_share", sums) == pytest.approx(0.5)
        assert value("ct_share", sums) == value("mri_share", sums) == pytest.approx(1 / 6)
        assert value("hospital_infection_rate", sums) is None

    def test_an_infection_counts_when_it_was_not_there_on_admission(self) -> None:
        sums = Sums()
        brought = ListedDiagnosis(code="J18.900", admission_condition="1")
        caught = ListedDiagnosis(code="J18.900", admission_condition="4")
        for diagnoses in ((brought,), (caught,), ()):
            sums.add(stay(line()), filed(diagnoses=diagnoses))
        sums.add(stay(line()), None)
        assert (sums.stays, sums.listed, sums.infections) == (4, 3, 1)
        assert value("hospital_infection_rate", sums) == pytest.approx(1 / 3)

    def test_a_value_far_above_its_peers_stands_out_and_one_below_does_not(self) -> None:
        peers = [0.30, 0.31, 0.32, 0.33, 0.34, 0.80]
        assert standing(0.80, peers).outlying
        assert not standing(0.34, peers).outlying
        assert not standing(0.01, [*peers, 0.01]).outlying

    def test_few_peers_or_peers_all_alike_are_no_distribution(self) -> None:
        assert not standing(0.9, [0.1, 0.2, 0.3, 0.9]).outlying
        assert not standing(0.9, [0.1] * 9 + [0.9]).outlying

    @pytest.mark.parametrize(("percent", "expected"), [(10, 1), (50, 5), (90, 9), (100, 10)])
    def test_percentiles_are_values_that_occur(self, percent, expected) -> None:
        assert percentile(range(1, 11), percent) == expected


def kinds(*claims):
    watch = Watch()
    for one in claims:
        watch.add(one)
    return [(pattern.kind, pattern.value) for pattern in watch.patterns()]


class TestPatterns:
    @pytest.mark.parametrize(("persons", "found"), [(9, []), (10, [("group_admission", 10)])])
    def test_ten_of_one_region_admitted_on_a_day(self, persons, found) -> None:
        assert kinds(*(stay(line(), name=f"{n}", insured_ref=f"{n}") for n in range(persons))) == found

    @pytest.mark.parametrize(("shops", "found"), [(2, []), (3, [("pharmacy_chain", 3)])])
    def test_one_person_in_three_pharmacies_on_a_day(self, shops, found) -> None:
        bought = [claim(line(), name=f"{n}", care_setting="pharmacy", institution=f"P{n}") for n in range(shops)]
        assert kinds(*bought) == found

    @pytest.mark.parametrize(("patients", "found"), [(120, []), (121, [("impossible_hours", 121)])])
    def test_more_patients_than_a_day_has_time_for(self, patients, found) -> None:
        assert kinds(*(claim(line(), name=f"{n}") for n in range(patients))) == found

    @pytest.mark.parametrize(("minutes", "found"), [(29, [("two_places", 1)]), (30, [])])
    def test_one_physician_in_two_places_at_once(self, minutes, found) -> None:
        there = claim(line(), name="b", institution=OTHER_HOSPITAL, started_at=NOON + timedelta(minutes=minutes))
        assert kinds(claim(line(), name="a"), there) == found

    def test_growth_needs_a_multiple_an_amount_and_something_before(self) -> None:
        now = {("H1", "X1"): 9_000_000, ("H1", "X2"): 4_900_000, ("H1", "X3"): 9_000_000, ("H1", "X4"): 9_000_000}
        before = {("H1", "X1"): 9_000_000, ("H1", "X2"): 3, ("H1", "X4"): 9_000_003}
        assert [one.subject for one in growth(now, before, 3)] == ["H1|X1"]
        assert list(growth(now, before, 0)) == []

    @pytest.mark.parametrize(("settled", "found"), [(105, 0), (106, 1)])
    def test_more_settled_than_received_beyond_the_tolerance(self, settled, found) -> None:
        gaps = list(stock_gaps({("H1", "X1"): settled * 10_000}, {("H1", "X1"): 100 * 10_000}, 5))
        assert len(gaps) == found

    def test_an_item_whose_stock_nobody_reports_is_not_judged(self) -> None:
        assert list(stock_gaps({("H1", "X1"): 9}, {}, 0)) == []


def test_the_document_names_every_limit_and_what_holds_where_none_is_set() -> None:
    text = (Path(__file__).parents[3] / "docs" / "signals.md").read_text("utf-8")
    assert [name for name in LIMIT_NAMES if f"`{name}`" not in text] == []
    assert "`village_admissions` 5" in text
