"""Taking a paid reward back: how much at most, by whom, and what is left."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.tips.domain.errors import TipRuleError
from services.tips.domain.reward import Exclusion
from services.tips.domain.reward_claim import Reward, RewardState
from services.tips.domain.reward_reclaim import (
    Claimed,
    Reclaim,
    ReclaimReason,
    WaiverReason,
    demand,
    most_reclaimable,
    propose_reclaim,
    repay,
    turn_down_reclaim,
    waive,
)

NOW = datetime(2026, 3, 10, 2, tzinfo=UTC)
TIP, NUMBER = UUID(int=1), UUID(int=2)
PAID_FEN = 300_000
OVER_PAID_FEN = 120_000
PAID = Reward(
    tip_id=TIP,
    state=RewardState.PAID,
    policy_version="guangdong-2023-draft",
    level=1,
    insider=False,
    case_value_fen=6_000_000,
    amount_fen=PAID_FEN,
    proposed_by="handler",
    proposed_at=NOW,
    matter_id=TIP,
    approvers=("one", "two"),
    paid_fen=PAID_FEN,
    over_paid_fen=OVER_PAID_FEN,
)
VALUE, WRONG = ReclaimReason.CASE_VALUE_REDUCED, ReclaimReason.WRONG_AMOUNT


def proposed(
    amount_fen: int, reason: ReclaimReason = VALUE, *others: Reclaim, reward: Reward = PAID, **more: Exclusion
) -> Reclaim:
    return propose_reclaim(reward, Claimed(reason, amount_fen, **more), others, by="zhang", now=NOW)


def demanded(amount_fen: int = OVER_PAID_FEN, reason: ReclaimReason = VALUE, *others: Reclaim) -> Reclaim:
    return demand(proposed(amount_fen, reason, *others), by="chen", now=NOW, repayment_number=NUMBER)


@pytest.mark.parametrize(
    ("reason", "most"),
    [(VALUE, OVER_PAID_FEN), (WRONG, PAID_FEN), (ReclaimReason.FRAUDULENT_CLAIM, PAID_FEN)],
)
def test_the_amount_is_more_than_nothing_and_at_most_what_was_paid(reason: ReclaimReason, most: int):
    assert proposed(1, reason).amount_fen == 1
    assert proposed(most, reason).amount_fen == most
    for wrong in (0, -1, most + 1):
        with pytest.raises(TipRuleError, match="reclaim_amount"):
            proposed(wrong, reason)


def test_demands_together_never_pass_what_was_paid_and_a_refused_one_does_not_count():
    first = demanded(100_000)
    assert most_reclaimable(PAID, VALUE, [first]) == 20_000
    assert most_reclaimable(PAID, WRONG, [first]) == 200_000
    second = demanded(200_000, WRONG, first)
    assert most_reclaimable(PAID, VALUE, [first, second]) == 0
    with pytest.raises(TipRuleError, match="reclaim_amount"):
        proposed(1, WRONG, first, second)
    refused = turn_down_reclaim(proposed(100_000), by="chen", now=NOW)
    assert most_reclaimable(PAID, VALUE, [refused]) == OVER_PAID_FEN
    # What was waived or repaid is settled; it is not demanded a second time.
    waived = waive(first, WaiverReason.HARDSHIP, by="zhao", now=NOW)
    repaid = repay(first, 100_000, PAID, by="cai")
    assert [most_reclaimable(PAID, VALUE, [each]) for each in (waived, repaid)] == [20_000, 20_000]


@given(st.lists(st.tuples(st.sampled_from([VALUE, WRONG]), st.integers(-5, PAID_FEN + 5)), max_size=8))
def test_no_order_of_demands_takes_back_more_than_was_paid(wanted: list[tuple[ReclaimReason, int]]):
    made: list[Reclaim] = []
    for reason, amount in wanted:
        try:
            made.append(demanded(amount, reason, *made))
        except TipRuleError:
            continue
    assert sum(each.amount_fen for each in made) <= PAID_FEN
    assert sum(each.amount_fen for each in made if each.reason is VALUE) <= OVER_PAID_FEN


@pytest.mark.parametrize("state", [each for each in RewardState if each is not RewardState.PAID])
def test_only_what_was_paid_is_taken_back(state: RewardState):
    unpaid = replace(PAID, state=state, paid_fen=None)
    assert most_reclaimable(unpaid, WRONG, []) == 0
    with pytest.raises(TipRuleError, match="reward_not_paid"):
        proposed(1, WRONG, reward=unpaid)


def test_an_exclusion_is_named_where_that_is_the_reason_and_only_there():
    staff = Exclusion.AGENCY_STAFF
    assert proposed(PAID_FEN, ReclaimReason.EXCLUDED, exclusion=staff).exclusion is staff
    with pytest.raises(TipRuleError, match="exclusion_not_named"):
        proposed(1, ReclaimReason.EXCLUDED)
    with pytest.raises(TipRuleError, match="exclusion_not_named"):
        proposed(1, WRONG, exclusion=staff)


def test_one_proposal_waits_at_a_time():
    with pytest.raises(TipRuleError, match="reclaim_pending"):
        proposed(1, WRONG, proposed(1))


def test_two_persons_demand_and_a_third_waives():
    waiting = proposed(OVER_PAID_FEN)
    assert (waiting.number, waiting.outstanding_fen, waiting.repayment_number) == (1, 0, None)
    with pytest.raises(TipRuleError, match="own_reclaim"):
        demand(waiting, by="zhang", now=NOW, repayment_number=NUMBER)
    with pytest.raises(TipRuleError, match="own_reclaim"):
        turn("zhang")
    made = demanded()
    assert (made.state, made.outstanding_fen, made.repayment_number) == ("demanded", OVER_PAID_FEN, NUMBER)
    assert demand(made, by="chen", now=NOW, repayment_number=UUID(int=9)) is made
    with pytest.raises(TipRuleError, match="wrong_reclaim_state"):
        demand(made, by="zhao", now=NOW, repayment_number=NUMBER)
    for involved in ("zhang", "chen"):
        with pytest.raises(TipRuleError, match="own_reclaim"):
            waive(made, WaiverReason.HARDSHIP, by=involved, now=NOW)
    waived = waive(made, WaiverReason.HARDSHIP, by="zhao", now=NOW)
    assert (waived.state, waived.waiver, waived.outstanding_fen) == ("waived", "hardship", 0)
    assert waive(waived, WaiverReason.HARDSHIP, by="zhao", now=NOW) is waived
    with pytest.raises(TipRuleError, match="wrong_reclaim_state"):
        waive(waived, WaiverReason.GOOD_FAITH, by="zhao", now=NOW)


def turn(by: str) -> Reclaim:
    return turn_down_reclaim(proposed(1), by=by, now=NOW)


def test_a_refused_proposal_is_neither_demanded_nor_waived():
    refused = turn("chen")
    assert turn_down_reclaim(refused, by="chen", now=NOW) is refused
    for by in ("chen", "zhao"):
        with pytest.raises(TipRuleError, match="wrong_reclaim_state"):
            demand(refused, by=by, now=NOW, repayment_number=NUMBER)
    with pytest.raises(TipRuleError, match="wrong_reclaim_state"):
        waive(refused, WaiverReason.HARDSHIP, by="wu", now=NOW)


def test_money_comes_in_parts_and_never_more_than_is_left():
    made = demanded(100)
    part = repay(made, 99, PAID, by="cai")
    assert (part.state, part.repaid_fen, part.outstanding_fen) == ("demanded", 99, 1)
    for wrong in (0, -1, 2):
        with pytest.raises(TipRuleError, match="repayment_amount"):
            repay(part, wrong, PAID, by="cai")
    whole = repay(part, 1, PAID, by="wu")
    assert (whole.state, whole.repaid_fen, whole.outstanding_fen) == ("repaid", 100, 0)
    with pytest.raises(TipRuleError, match="wrong_reclaim_state"):
        repay(whole, 1, PAID, by="cai")
    with pytest.raises(TipRuleError, match="wrong_reclaim_state"):
        waive(whole, WaiverReason.HARDSHIP, by="zhao", now=NOW)
    # What came before a waiver stays.
    assert waive(part, WaiverReason.COST_EXCEEDS_AMOUNT, by="zhao", now=NOW).repaid_fen == 99


@pytest.mark.parametrize("by", ["handler", "one", "two", "zhang", "chen"])
def test_whoever_decided_on_the_reward_or_the_demand_notes_no_money(by: str):
    with pytest.raises(TipRuleError, match="own_approval"):
        repay(demanded(), 1, PAID, by=by)
