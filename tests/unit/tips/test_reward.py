"""The size of a reward: rates, minima, bonus, rounding and bounds, to the fen."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.tips.domain.errors import TipRuleError
from services.tips.domain.reward import policy_in_force, reward_amount
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
        # Half a fen goes up, less goes down.
        (HUNAN, 1, False, 300_005, 30_001),
        (HUNAN, 1, False, 300_004, 30_000),
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


def test_a_table_holds_from_its_day_on():
    assert policy_in_force(reward_policies(), "440000", date(2023, 1, 1)).version == GUANGDONG
    with pytest.raises(TipRuleError, match="no_reward_policy"):
        policy_in_force(reward_policies(), "440000", date(2022, 12, 31))


def test_every_shipped_table_names_its_source_and_keeps_the_national_bounds():
    assert {policy.version for policy in reward_policies()} >= {"national-2022", GUANGDONG, HUNAN, CITY, QINGYUAN}
    for policy in reward_policies():
        assert policy.source
        assert policy.minimum_fen >= 200 * YUAN
        assert policy.maximum_fen <= 200_000 * YUAN
    assert [policy.version for policy in reward_policies() if policy.verified] == ["national-2022"]
