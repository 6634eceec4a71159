"""Who of several reporters gets how much, to the fen."""

from dataclasses import replace
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.tips.domain.errors import TipRuleError
from services.tips.domain.reward_sharing import shares, split
from services.tips.storage.policies import reward_policy

FIRST, SECOND, THIRD, FOURTH = (UUID(int=number) for number in range(1, 5))
ALL = [FIRST, SECOND, THIRD, FOURTH]
FIRST_ONLY = reward_policy("hefei-two-step")
DECISIVE = replace(FIRST_ONLY, decisive_basis_points=3000)


def fractions(found) -> dict[UUID, Fraction]:
    return {share.tip_id: share.fraction for share in found}


def test_the_first_reporter_gets_all_of_it():
    assert fractions(shares(FIRST_ONLY, ALL, joint={}, decisive=[])) == {FIRST: 1}


def test_those_who_reported_together_share_equally_or_as_they_agreed():
    assert fractions(shares(FIRST_ONLY, ALL, joint={SECOND: 1, THIRD: 1}, decisive=[])) == dict.fromkeys(
        ALL[:3], Fraction(1, 3)
    )
    agreed = shares(FIRST_ONLY, ALL, joint={FIRST: 60, SECOND: 40}, decisive=[])
    assert fractions(agreed) == {FIRST: Fraction(3, 5), SECOND: Fraction(2, 5)}


def test_late_reporters_share_only_where_the_policy_pays_decisive_evidence():
    with pytest.raises(TipRuleError, match="first_reporter_only"):
        shares(FIRST_ONLY, ALL, joint={}, decisive=[THIRD])
    found = shares(DECISIVE, ALL, joint={SECOND: 1}, decisive=[FOURTH, THIRD])
    assert fractions(found) == {
        FIRST: Fraction(35, 100),
        SECOND: Fraction(35, 100),
        THIRD: Fraction(15, 100),
        FOURTH: Fraction(15, 100),
    }
    assert [share.tip_id for share in found] == ALL


@pytest.mark.parametrize(
    ("joint", "decisive"),
    [({}, [FIRST]), ({SECOND: 1}, [SECOND]), ({UUID(int=9): 1}, []), ({}, [UUID(int=9)]), ({SECOND: 0}, [])],
)
def test_nobody_shares_twice_or_without_being_of_the_matter(joint, decisive):
    with pytest.raises(TipRuleError, match="not_a_sharer"):
        shares(DECISIVE, ALL, joint=joint, decisive=decisive)


def test_without_an_eligible_reporter_there_is_nothing_to_share():
    with pytest.raises(TipRuleError, match="nobody_to_reward"):
        shares(FIRST_ONLY, [], joint={}, decisive=[])


def test_what_does_not_divide_goes_to_the_first_reporter():
    third = [Fraction(1, 3)] * 3
    assert split(100_00, third, unit_fen=1) == [3334, 3333, 3333]
    assert split(100_00, third, unit_fen=100) == [3400, 3300, 3300]
    assert split(200_00, [Fraction(2, 3), Fraction(1, 3)], unit_fen=1) == [13334, 6666]


@given(
    total=st.integers(min_value=0, max_value=20_000_000),
    weights=st.lists(st.integers(min_value=1, max_value=1000), min_size=1, max_size=12),
    unit=st.sampled_from([1, 100]),
)
def test_shares_always_add_up_and_nobody_loses_more_than_one_unit(total, weights, unit):
    parts = [Fraction(weight, sum(weights)) for weight in weights]
    amounts = split(total, parts, unit_fen=unit)
    assert sum(amounts) == total
    for amount, part in zip(amounts[1:], parts[1:], strict=True):
        assert 0 <= total * part - amount < unit
    assert amounts[0] >= total * parts[0]
