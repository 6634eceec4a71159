"""Persons who come together: a village, a household, cards in one hand; and an institution that grows."""

from datetime import date, timedelta

import pytest

from services.contracts.intake import InsuredPersonChanged
from services.contracts.registry import InsuredPersonPeriod
from services.screening.domain.collectors import MOST_TOGETHER
from services.screening.domain.gatherings import EarlierStay
from services.screening.domain.institution_growth import Totals, institution_growth
from services.screening.domain.patterns import Watch
from services.screening.domain.signal_limits import SignalLimits
from services.screening.use_cases.homes import home_on
from tests.unit.screening.claims import DRUG, HOSPITAL, NOON, OTHER_HOSPITAL, claim, line, stay

DAY = timedelta(days=1)
VILLAGE, NEXT_VILLAGE = "350102001201", "350102001202"
HOUSEHOLD = "9" * 32
LIMITS = SignalLimits()


def watched(*stays, limits=LIMITS, earlier=()):
    """Patterns of stays, each with the village and household of its patient."""
    watch = Watch(limits)
    for one, residence, household in stays:
        watch.add_stay(one, residence, household)
    return list(watch.patterns(earlier))


def villagers(number, *, day=0, village=VILLAGE, start=0, **given):
    """Stays of so many persons of a village that begin on one day."""
    at = NOON + day * DAY
    return [
        (stay(line(), name=f"{village}-{day}-{n}", insured_ref=f"{day}-{n}", started_at=at, **given), village, None)
        for n in range(start, start + number)
    ]


class TestVillage:
    @pytest.mark.parametrize(("persons", "found"), [(4, []), (5, [5])])
    def test_five_of_one_village_admitted_on_one_day_stand_out(self, persons, found) -> None:
        assert [one.value for one in watched(*villagers(persons))] == found

    def test_it_names_its_rows_and_neither_the_village_nor_a_person(self) -> None:
        (found,) = watched(*villagers(6))
        assert (found.kind, found.institution_code, found.limit) == ("village_admission", HOSPITAL, 5)
        assert found.rows == tuple(f"{HOSPITAL}|{VILLAGE}-0-{n}" for n in range(6))
        said = (found.text_zh, found.text_en)
        assert not any(VILLAGE in text or "0-1" in text for text in said)

    def test_other_institutions_other_days_and_other_villages_do_not_add_up(self) -> None:
        elsewhere = villagers(2, start=4, institution=OTHER_HOSPITAL)
        assert watched(*villagers(4), *elsewhere, *villagers(4, day=1), *villagers(4, village=NEXT_VILLAGE)) == []

    def test_a_township_hospital_admits_its_own_villagers_every_day(self) -> None:
        ordinary = [one for day in range(30) for one in villagers(6, day=day)]
        assert watched(*ordinary) == []
        (found,) = watched(*ordinary, *villagers(12, day=9, start=6))
        assert (found.value, found.rows[0]) == (18, f"{HOSPITAL}|{VILLAGE}-9-0")

    def test_one_person_settled_in_parts_is_one(self) -> None:
        part = (stay(line(), name="part", insured_ref="0-0"), VILLAGE, None)
        assert watched(*villagers(4), part) == []

    def test_two_villages_on_one_day_are_two_signals(self) -> None:
        found = watched(*villagers(5), *villagers(5, village=NEXT_VILLAGE))
        assert len({(one.subject, one.text_en) for one in found}) == 2

    def test_an_outbreak_is_told_by_what_it_was(self) -> None:
        (found,) = watched(*villagers(3, diagnosis_codes=("A09.900",)), *villagers(2, start=3))
        assert "3 of them with an infection" in found.text_en

    def test_somebody_whose_home_nobody_knows_is_no_villager(self) -> None:
        assert watched(*[(one, None, None) for one, _, _ in villagers(9)]) == []

    def test_a_region_sets_its_own_number(self) -> None:
        assert len(watched(*villagers(3), limits=SignalLimits(village_admissions=3))) == 1


def member(number, *, start=0, days=5, **given):
    """A stay of one member of the household."""
    values = {"name": f"m{number}-{start}", "insured_ref": f"{number}"} | given
    return stay(line(), started_at=NOON + start * DAY, days=days, **values), None, HOUSEHOLD


class TestHousehold:
    @pytest.mark.parametrize(("members", "found"), [(2, []), (3, [3])])
    def test_three_members_in_one_place_at_one_time_stand_out(self, members, found) -> None:
        assert [one.value for one in watched(*(member(n, start=n) for n in range(members)))] == found

    def test_it_names_its_rows_and_not_the_household(self) -> None:
        (found,) = watched(*(member(n) for n in range(3)))
        assert found.rows == tuple(f"{HOSPITAL}|m{n}-0" for n in range(3))
        assert HOUSEHOLD not in f"{found.subject}{found.text_zh}{found.text_en}"

    @pytest.mark.parametrize(("begins", "found"), [(4, 1), (5, 0)])
    def test_one_after_the_other_is_not_together(self, begins, found) -> None:
        assert len(watched(member(0), member(1), member(2, start=begins))) == found

    def test_other_institutions_and_other_households_do_not_add_up(self) -> None:
        other = (member(3)[0], None, "8" * 32)
        assert watched(member(0), member(1), member(2, institution=OTHER_HOSPITAL), other) == []

    def test_a_newborn_lies_with_its_mother(self) -> None:
        assert watched(member(0), member(1), member(2, age_days=3)) == []
        assert len(watched(member(0), member(1), member(2, age_days=29))) == 1

    def test_one_person_twice_is_one_member(self) -> None:
        assert watched(member(0), member(1), member(1, name="again")) == []

    def test_two_who_come_month_after_month_stand_out(self) -> None:
        def before(months, person, institution=HOSPITAL):
            return EarlierStay(person, institution, f"{institution}|e{months}-{person}", NOON - months * 30 * DAY)

        now = [member(0), member(1, start=9)]
        one_month = [before(1, "0"), before(1, "1")]
        two_months = [*one_month, before(2, "0"), before(2, "1")]
        assert watched(*now, earlier=one_month) == []
        (found,) = watched(*now, earlier=two_months)
        assert (found.kind, found.value, found.limit) == ("household_stays", 3, 3)
        assert f"{HOSPITAL}|e2-1" in found.rows
        assert len(found.rows) == 6
        alone = [*one_month, before(2, "0"), before(3, "1")]
        elsewhere = [*one_month, before(2, "0"), before(2, "1", OTHER_HOSPITAL)]
        assert watched(*now, earlier=alone) == watched(*now, earlier=elsewhere) == []


def bought(person, pharmacy, minute, day=0):
    """A purchase in a pharmacy."""
    at = NOON + day * DAY + timedelta(minutes=minute)
    return claim(
        line(),
        name=f"{person}-{pharmacy}-{minute}-{day}",
        insured_ref=person,
        institution=pharmacy,
        care_setting="pharmacy",
        started_at=at,
    )


def collected(*claims, limits=LIMITS):
    watch = Watch(limits)
    for one in claims:
        watch.add(one)
    return [one for one in watch.patterns() if one.kind == "card_collectors"]


def round_of(persons, pharmacies=("P1", "P2"), apart=2):
    """Cards drawn one after the other in one pharmacy after the other."""
    return [
        bought(person, pharmacy, 60 * place + apart * turn)
        for place, pharmacy in enumerate(pharmacies)
        for turn, person in enumerate(persons)
    ]


class TestCardCollectors:
    @pytest.mark.parametrize(("persons", "found"), [("ab", []), ("abc", [3]), ("abcd", [4])])
    def test_three_who_go_from_pharmacy_to_pharmacy_together_stand_out(self, persons, found) -> None:
        assert [one.value for one in collected(*round_of(persons))] == found

    def test_it_names_its_rows_and_no_person(self) -> None:
        (found,) = collected(*round_of("abc"))
        assert found.rows == tuple(sorted(f"{one.institution.code}|{one.settlement_id}" for one in round_of("abc")))
        assert found.institution_code is None

    @pytest.mark.parametrize(("apart", "found"), [(5, 1), (6, 0)])
    def test_everybody_is_within_minutes_of_everybody(self, apart, found) -> None:
        assert len(collected(*round_of("abc", apart=apart))) == found

    def test_one_pharmacy_is_a_queue_and_different_days_are_chance(self) -> None:
        assert collected(*round_of("abc", ("P1",))) == []
        apart = [bought(person, "P1", 0) for person in "abc"] + [bought(person, "P2", 60, day=1) for person in "abc"]
        assert collected(*apart) == []

    def test_those_who_met_in_one_pharmacy_only_are_not_of_the_group(self) -> None:
        passing = [bought("d", "P1", 1), bought("d", "P2", 300)]
        (found,) = collected(*round_of("abc"), *passing)
        assert found.value == 3

    def test_a_crowd_is_looked_at_no_further_than_it_can_be_told_apart(self) -> None:
        crowd = [bought(f"{n:03}", pharmacy, 0) for pharmacy in ("P1", "P2") for n in range(4 * MOST_TOGETHER)]
        assert all(one.value <= MOST_TOGETHER + 1 for one in collected(*crowd))


CONSUMABLE = "C" + "0" * 19
PEERS = {f"H{n}": ("hospital", 2) for n in range(6)}


class TestInstitutionGrowth:
    def totals(self, monitored=("XL02",)):
        counted = Totals(LIMITS.high_value_fen, monitored)
        dear, cheap = line(CONSUMABLE, unit_price_e4=1_000_000_000), line(CONSUMABLE, unit_price_e4=999_999_999)
        counted.add(claim(dear, cheap, line(DRUG), line("XA02BCA084A012010100453")))
        return {measure: amount for (_, measure), amount in counted.amounts.items()}

    def test_all_dear_consumables_and_monitored_drugs_are_added_up(self) -> None:
        assert self.totals() == {"total": 40_000, "high_value_consumables": 10_000, "monitored_drugs": 10_000}
        assert self.totals(())["monitored_drugs"] == 0

    @staticmethod
    def grown(own, others=100, usual=10_000_000, measure="total", peers=PEERS):
        now = {(code, measure): usual * others // 100 for code in peers} | {("H0", measure): usual * own // 100}
        before = {(code, measure): usual for code in peers}
        return [one.subject for one in institution_growth(now, before, peers, LIMITS)]

    @pytest.mark.parametrize(("own", "found"), [(199, []), (200, ["H0|total"])])
    def test_twice_as_much_as_its_peers_grew_stands_out(self, own, found) -> None:
        assert self.grown(own) == found

    def test_what_lifts_all_lifts_nobody_out(self) -> None:
        assert self.grown(300, others=200) == []
        assert self.grown(400, others=200) == ["H0|total"]

    def test_peers_that_shrink_make_nobody_grow(self) -> None:
        assert self.grown(110, others=50) == []

    def test_a_small_amount_few_peers_and_nothing_before_are_no_matter(self) -> None:
        assert self.grown(300, usual=3_000_000) == []
        assert self.grown(300, peers={code: PEERS[code] for code in sorted(PEERS)[:4]}) == []
        assert self.grown(300, peers=PEERS | {"H0": ("hospital", 3)}) == []
        assert self.grown(300, usual=0) == []

    @pytest.mark.parametrize("measure", ["high_value_consumables", "monitored_drugs"])
    def test_each_measure_is_held_against_its_own_past(self, measure) -> None:
        assert self.grown(500, measure=measure) == [f"H0|{measure}"]


def person(*periods):
    return InsuredPersonChanged(
        insured_ref="a" * 32,
        periods=tuple(
            InsuredPersonPeriod(
                effective_from=date(2026, month, 1), sex="female", residence_code=residence, household_ref=household
            )
            for month, residence, household in periods
        ),
    )


class TestHome:
    def test_it_is_where_somebody_lived_on_the_day(self) -> None:
        moved = person((1, VILLAGE, HOUSEHOLD), (3, NEXT_VILLAGE, HOUSEHOLD))
        assert home_on(moved, date(2026, 2, 28)) == (VILLAGE, HOUSEHOLD)
        assert home_on(moved, date(2026, 3, 1)) == (NEXT_VILLAGE, HOUSEHOLD)

    def test_what_was_entered_late_counts_for_the_days_before(self) -> None:
        assert home_on(person((1, None, None), (5, VILLAGE, None)), date(2026, 2, 1)) == (VILLAGE, None)

    def test_who_left_a_household_is_of_none(self) -> None:
        left = person((1, VILLAGE, HOUSEHOLD), (3, VILLAGE, None))
        assert home_on(left, date(2026, 4, 1)) == (VILLAGE, None)
        assert home_on(person((1, None, None)), date(2026, 4, 1)) is None
