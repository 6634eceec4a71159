"""The size of a reward: rates, minima, bonus, rounding and bounds, to the fen."""

import json
from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.tips.domain.errors import TipRuleError
from services.tips.domain.reward import FixedReward, policy_in_force, reward_amount, reward_without_loss
from services.tips.storage.policies import reward_policies, reward_policy

GUANGDONG = "guangdong-2023-draft"
HUNAN = "hunan-2023"
CITY = "hefei-two-step"
QINGYUAN = "qingyuan-2022"
YUAN = 100


@pytest.mark.parametrize(
    ("version", "level", "insider", "value_fen", "amount_fen"),
    [
        # Guangdong: 3 %, 2 %, 1 %, with minima, and a fifth more for insiders.
        (GUANGDONG, 1, False, 100_000 * YUAN, 3_000 * YUAN),
        (GUANGDONG, 2, False, 100_000 * YUAN, 2_000 * YUAN),
        (GUANGDONG, 3, False, 100_000 * YUAN, 1_000 * YUAN),
        (GUANGDONG, 1, False, 100 * YUAN, 400 * YUAN),
        (GUANGDONG, 2, False, 100 * YUAN, 300 * YUAN),
        (GUANGDONG, 3, False, 100 * YUAN, 200 * YUAN),
        (GUANGDONG, 1, True, 100_000 * YUAN, 3_600 * YUAN),
        (GUANGDONG, 3, True, 100 * YUAN, 240 * YUAN),
        (GUANGDONG, 1, True, 6_000_000 * YUAN, 200_000 * YUAN),
        # Edges of 200 and 200,000 yuan under a rate of 10 %.
        (HUNAN, 1, False, 1, 200 * YUAN),
        (HUNAN, 1, False, 2_000 * YUAN - 1, 200 * YUAN),
        (HUNAN, 1, False, 2_000 * YUAN, 200 * YUAN),
        (HUNAN, 1, False, 2_000 * YUAN + 10, 200 * YUAN + 1),
        (HUNAN, 1, False, 2_000_000 * YUAN - 10, 200_000 * YUAN - 1),
        (HUNAN, 1, False, 2_000_000 * YUAN, 200_000 * YUAN),
        (HUNAN, 1, False, 2_000_000 * YUAN + 10, 200_000 * YUAN),
        # Parts of a fen are dropped.
        (HUNAN, 1, False, 300_009, 30_000),
        (HUNAN, 1, False, 300_010, 30_001),
        # One fen around 200 and 200,000 yuan.
        (HUNAN, 1, False, 2_000 * YUAN - 10, 200 * YUAN),
        (HUNAN, 1, False, 2_000_000 * YUAN - 1, 200_000 * YUAN - 1),
        # Two steps: 2 % to 500,000 yuan, 4 % of the whole above.
        (CITY, 1, False, 1_000 * YUAN, 500 * YUAN),
        (CITY, 1, False, 500_000 * YUAN, 10_000 * YUAN),
        (CITY, 1, False, 500_000 * YUAN + 1, 20_000 * YUAN),
        (CITY, 1, False, 6_000_000 * YUAN, 200_000 * YUAN),
        # Five percentage points more for insiders.
        (QINGYUAN, 2, True, 100_000 * YUAN, 11_000 * YUAN),
        (QINGYUAN, 1, False, 0, 0),
    ],
)
def test_a_reward_is_exact_to_the_fen(version: str, level: int, insider: bool, value_fen: int, amount_fen: int):
    assert reward_amount(reward_policy(version), value_fen, level=level, insider=insider) == amount_fen


@given(
    value=st.integers(min_value=1, max_value=10**13),
    more=st.integers(min_value=0, max_value=10**12),
    version=st.sampled_from([GUANGDONG, HUNAN, CITY, QINGYUAN]),
    insider=st.booleans(),
)
def test_a_reward_never_leaves_its_bounds_and_never_falls_as_the_case_grows(value, more, version, insider):
    policy = reward_policy(version)
    amount = reward_amount(policy, value, level=1, insider=insider)
    assert policy.minimum_fen <= amount <= policy.maximum_fen
    assert reward_amount(policy, value + more, level=1, insider=insider) >= amount


def test_a_level_without_a_known_rate_is_refused():
    with pytest.raises(TipRuleError, match="no_rate_for_level"):
        reward_amount(reward_policy(HUNAN), 100_000, level=2, insider=False)
    with pytest.raises(TipRuleError, match="no_rate_for_level"):
        reward_amount(reward_policy("national-2022"), 100_000, level=1, insider=False)


@pytest.mark.parametrize(
    ("value_fen", "amount_fen"),
    [
        (5_000 * YUAN, 500 * YUAN),
        (10_000 * YUAN, 1_000 * YUAN),
        # Above 10,000 yuan: 10 % and 500 yuan more; rounded down to the yuan.
        (10_000 * YUAN + 1, 1_500 * YUAN),
        (10_019 * YUAN, 1_501 * YUAN),
    ],
)
def test_a_case_of_a_person_has_steps_of_its_own(value_fen: int, amount_fen: int):
    assert reward_amount(reward_policy(CITY), value_fen, level=1, insider=False, of_person=True) == amount_fen


def test_a_table_that_rounds_to_the_yuan_drops_the_fen():
    assert reward_amount(reward_policy(CITY), 25_049 * YUAN + 99, level=1, insider=False) == 500 * YUAN
    assert reward_amount(reward_policy(CITY), 25_050 * YUAN, level=1, insider=False) == 501 * YUAN


@pytest.mark.parametrize(
    ("bounds", "stated_fen", "amount_fen"),
    [
        # Qingyuan: 200 to 1,000 yuan.
        (None, 200 * YUAN, 200 * YUAN),
        (None, 200 * YUAN + 1, 200 * YUAN + 1),
        (None, 1_000 * YUAN, 1_000 * YUAN),
        # One sum needs no statement, and takes no other; the national bounds are possible ones.
        (FixedReward(200 * YUAN, 200 * YUAN), None, 200 * YUAN),
        (FixedReward(500 * YUAN, 500 * YUAN), 500 * YUAN, 500 * YUAN),
        (FixedReward(200_000 * YUAN, 200_000 * YUAN), None, 200_000 * YUAN),
        (FixedReward(200 * YUAN, 200_000 * YUAN), 200_000 * YUAN, 200_000 * YUAN),
    ],
)
def test_a_true_tip_without_a_loss_earns_a_sum_of_its_own(bounds, stated_fen, amount_fen):
    shipped = reward_policy(QINGYUAN)
    policy = shipped if bounds is None else replace(shipped, without_loss=bounds)
    assert reward_without_loss(policy, stated_fen) == amount_fen


@pytest.mark.parametrize(
    ("bounds", "stated_fen"),
    [
        (None, None),
        (None, 200 * YUAN - 1),
        (None, 1_000 * YUAN + 1),
        (None, 0),
        (FixedReward(500 * YUAN, 500 * YUAN), 500 * YUAN - 1),
        (FixedReward(500 * YUAN, 500 * YUAN), 500 * YUAN + 1),
        (FixedReward(200 * YUAN, 200_000 * YUAN), 200_000 * YUAN + 1),
    ],
)
def test_a_sum_outside_the_tables_bounds_is_refused(bounds, stated_fen):
    shipped = reward_policy(QINGYUAN)
    policy = shipped if bounds is None else replace(shipped, without_loss=bounds)
    with pytest.raises(TipRuleError, match="fixed_reward_amount"):
        reward_without_loss(policy, stated_fen)


def test_only_a_table_that_says_so_rewards_a_tip_without_a_loss():
    assert [each.version for each in reward_policies().values() if each.without_loss] == [QINGYUAN]
    for version in (GUANGDONG, HUNAN, CITY, "national-2022", "hainan-staged-example"):
        with pytest.raises(TipRuleError, match="no_loss"):
            reward_without_loss(reward_policy(version), 500 * YUAN)


def test_a_staged_table_counts_each_part_at_its_own_rate():
    policy = reward_policy("hainan-staged-example")
    assert reward_amount(policy, 100_000 * YUAN, level=1, insider=False) == 5_000 * YUAN
    assert reward_amount(policy, 100_100 * YUAN, level=1, insider=False) == 5_003 * YUAN
    assert reward_amount(policy, 1_000_000 * YUAN, level=1, insider=False) == 32_000 * YUAN
    assert reward_amount(policy, 17_800_000 * YUAN, level=1, insider=False) == 200_000 * YUAN
    assert reward_amount(policy, 17_799_900 * YUAN, level=1, insider=False) == 199_999 * YUAN


def test_the_nearest_region_with_rates_decides():
    every = list(reward_policies().values())
    on = date(2026, 1, 1)
    assert policy_in_force(every, "441802", on).version == QINGYUAN
    assert policy_in_force(every, "440305", on).version == GUANGDONG
    assert policy_in_force(every, "340104", on).version == CITY
    assert policy_in_force(every, "110105", on, otherwise="430100").version == HUNAN
    assert policy_in_force(every, None, on, otherwise="440000").version == GUANGDONG
    assert policy_in_force(every, "110105", on).version == "national-2022"


def test_a_table_holds_from_its_day_on_and_gives_way_to_a_newer_one():
    newer = replace(reward_policy(GUANGDONG), version="newer", effective_from=date(2026, 7, 1))
    every = [*reward_policies().values(), newer]
    assert policy_in_force(every, "440000", date(2023, 1, 1)).version == GUANGDONG
    assert policy_in_force(every, "440000", date(2026, 6, 30)).version == GUANGDONG
    assert policy_in_force(every, "440000", date(2026, 7, 1)).version == "newer"
    with pytest.raises(TipRuleError, match="no_reward_policy"):
        policy_in_force(every, "440000", date(2021, 12, 31))


def test_every_shipped_table_stays_within_the_national_bounds_and_says_where_it_comes_from():
    for policy in reward_policies().values():
        assert 200 * YUAN <= policy.minimum_fen <= policy.maximum_fen <= 200_000 * YUAN
        assert policy.source
        assert policy.verified is (policy.version == "national-2022")
        assert policy.claim_months == 2


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"minimum_fen": 199 * YUAN}, "national"),
        ({"maximum_fen": 200_000 * YUAN + 1}, "national"),
        ({"levels": {"1": [{"up_to_fen": 5, "rate_basis_points": 1, "minimum_fen": 0}]}}, "upper bound"),
        ({"levels": {"1": [{"up_to_fen": None, "rate_basis_points": 10_001, "minimum_fen": 0}]}}, "rate"),
        ({"claim_months": 0}, "positive"),
        ({"region": "44"}, "six digits"),
        ({"decisive_basis_points": 10_000}, "late evidence"),
        ({"surprise": 1}, "surprise"),
        ({"without_loss": {"minimum_fen": 200 * YUAN - 1, "maximum_fen": 300 * YUAN}}, "without a loss"),
        ({"without_loss": {"minimum_fen": 300 * YUAN, "maximum_fen": 300 * YUAN - 1}}, "without a loss"),
        ({"without_loss": {"minimum_fen": 300 * YUAN, "maximum_fen": 200_000 * YUAN + 1}}, "without a loss"),
        ({"without_loss": {"minimum_fen": 300 * YUAN}}, "maximum_fen"),
    ],
)
def test_a_table_of_an_installation_is_checked(tmp_path: Path, change: dict, problem: str):
    shipped = json.loads((files("services.tips") / "policies" / "hunan-2023.json").read_bytes())
    (tmp_path / "own.json").write_text(json.dumps({**shipped, **change}))
    with pytest.raises(ValueError, match=problem):
        reward_policies(tmp_path)


def test_a_table_of_an_installation_takes_the_place_of_the_shipped_version(tmp_path: Path):
    shipped = json.loads((files("services.tips") / "policies" / "hunan-2023.json").read_bytes())
    (tmp_path / "own.json").write_text(json.dumps({**shipped, "token_days": 7}))
    assert reward_policies(tmp_path)[HUNAN].token_days == 7
    assert reward_policies()[HUNAN].token_days == 90
