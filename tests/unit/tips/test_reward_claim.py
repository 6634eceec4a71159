"""The life of a reward."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from services.tips.domain.errors import TipRuleError
from services.tips.domain.reward import Exclusion
from services.tips.domain.reward_claim import (
    Reward,
    RewardState,
    approve,
    claim,
    confirm,
    extend_claim,
    payment_token,
    revalue,
    send_back,
    transfer,
    turn_down,
)

NOW = datetime(2026, 3, 10, 2, tzinfo=UTC)
TODAY = date(2026, 3, 10)
TIP = UUID("019cd5f0-0000-7000-8000-000000000001")
NONCE, OTHER_NONCE = b"n" * 16, b"o" * 16
PROPOSED = Reward(
    tip_id=TIP,
    state=RewardState.PROPOSED,
    policy_version="guangdong-2023-draft",
    level=1,
    insider=False,
    case_value_fen=10_000_000,
    amount_fen=300_000,
    proposed_by="handler",
    proposed_at=NOW,
    matter_id=TIP,
)


def token_of(nonce: bytes) -> str:
    return payment_token(b"k" * 32, TIP, nonce)


def approved_on(day: date, months: int = 2) -> Reward:
    once = approve(PROPOSED, by="one", today=day, claim_months=months)
    return approve(once, by="two", today=day, claim_months=months)


def claimed_on(reward: Reward, day: date, nonce: bytes = NONCE) -> Reward:
    return claim(reward, nonce=nonce, token_of=token_of, today=day, token_days=90)


def transferred(reward: Reward, token: str, *, by: str = "payer", on: date = TODAY, reference: str = "V-1") -> Reward:
    return transfer(reward, token, by=by, today=on, reference=reference)


TOKEN = token_of(NONCE)
APPROVED = approved_on(TODAY)
CLAIMED = claimed_on(APPROVED, TODAY)
PAYING = transferred(CLAIMED, TOKEN)
PAID = confirm(PAYING, by="second", now=NOW, today=TODAY)


def test_two_approvers_other_than_the_proposer_are_needed():
    with pytest.raises(TipRuleError, match="own_proposal"):
        approve(PROPOSED, by="handler", today=TODAY, claim_months=2)
    once = approve(PROPOSED, by="one", today=TODAY, claim_months=2)
    assert once.state is RewardState.PROPOSED
    assert approve(once, by="one", today=TODAY, claim_months=2) is once
    assert APPROVED.state is RewardState.APPROVED
    assert APPROVED.claim_until == date(2026, 5, 10)


@pytest.mark.parametrize(
    ("told", "until"),
    [
        (date(2026, 3, 10), date(2026, 5, 10)),
        (date(2026, 12, 31), date(2027, 2, 28)),
        (date(2027, 12, 31), date(2028, 2, 29)),
        (date(2026, 12, 28), date(2027, 2, 28)),
        (date(2026, 6, 30), date(2026, 8, 30)),
        (date(2026, 7, 31), date(2026, 9, 30)),
    ],
)
def test_a_reward_can_be_claimed_on_the_last_day_and_has_lapsed_on_the_next(told: date, until: date):
    reward = approved_on(told)
    assert reward.claim_until == until
    assert claimed_on(reward, until).state is RewardState.CLAIMED
    late = until + timedelta(days=1)
    assert reward.state_on(until) is RewardState.APPROVED
    assert reward.state_on(late) is RewardState.LAPSED
    with pytest.raises(TipRuleError, match="reward_lapsed"):
        claimed_on(reward, late)


def test_a_claim_in_time_does_not_lapse():
    assert CLAIMED.state_on(date(2026, 12, 1)) is RewardState.CLAIMED


def test_the_time_to_claim_is_extended_once_and_only_where_the_policy_allows_it():
    with pytest.raises(TipRuleError, match="no_extension"):
        extend_claim(APPROVED, by="one", today=TODAY, months=0)
    with pytest.raises(TipRuleError, match="own_proposal"):
        extend_claim(APPROVED, by="handler", today=TODAY, months=1)
    longer = extend_claim(APPROVED, by="one", today=date(2026, 5, 10), months=1)
    assert longer.claim_until == date(2026, 6, 10)
    assert extend_claim(longer, by="two", today=TODAY, months=1) is longer
    with pytest.raises(TipRuleError, match="wrong_reward_state"):
        extend_claim(APPROVED, by="one", today=date(2026, 5, 11), months=1)


def test_an_unapproved_reward_cannot_be_claimed():
    with pytest.raises(TipRuleError, match="wrong_reward_state"):
        claimed_on(PROPOSED, TODAY)


def test_a_proposal_is_turned_down_by_an_approver_until_somebody_claims():
    with pytest.raises(TipRuleError, match="own_proposal"):
        turn_down(PROPOSED, by="handler", today=TODAY)
    assert turn_down(PROPOSED, by="one", today=TODAY).state is RewardState.NONE
    with pytest.raises(TipRuleError, match="wrong_reward_state"):
        turn_down(APPROVED, by="one", today=TODAY)
    again = revalue(CLAIMED, case_value_fen=5_000_000, amount_fen=150_000, today=TODAY)
    with pytest.raises(TipRuleError, match="wrong_reward_state"):
        turn_down(again, by="one", today=TODAY)


def test_two_approvers_refuse_a_reward_for_a_reason_of_the_table():
    refused = replace(PROPOSED, amount_fen=0, exclusion=Exclusion.OFFENDER)
    once = approve(refused, by="one", today=TODAY, claim_months=2)
    twice = approve(once, by="two", today=TODAY, claim_months=2)
    assert (once.state, twice.state) == (RewardState.PROPOSED, RewardState.EXCLUDED)
    with pytest.raises(TipRuleError, match="wrong_reward_state"):
        claimed_on(twice, TODAY)
    assert revalue(twice, case_value_fen=1, amount_fen=0, today=TODAY).state is RewardState.EXCLUDED


def test_the_token_stays_the_same_until_it_expires_and_is_another_one_then():
    assert claimed_on(CLAIMED, date(2026, 6, 8), OTHER_NONCE) is CLAIMED
    assert CLAIMED.token_until == date(2026, 6, 8)
    renewed = claimed_on(CLAIMED, date(2026, 6, 9), OTHER_NONCE)
    assert (renewed.claimed_on, renewed.token_until) == (TODAY, date(2026, 9, 7))
    with pytest.raises(TipRuleError, match="wrong_payment_token"):
        transferred(renewed, TOKEN, on=date(2026, 6, 9))
    assert transferred(renewed, token_of(OTHER_NONCE), on=date(2026, 6, 9)).state is RewardState.PAYING
    with pytest.raises(TipRuleError, match="payment_token_expired"):
        transferred(CLAIMED, TOKEN, on=date(2026, 6, 9))
    assert transferred(CLAIMED, TOKEN, on=date(2026, 6, 8)).state is RewardState.PAYING


def test_a_token_depends_on_its_random_number_and_on_the_receipt():
    assert len({TOKEN, token_of(OTHER_NONCE), payment_token(b"x" * 32, TIP, NONCE)}) == 3


def test_a_payout_takes_the_token_once_and_two_of_the_payout_office():
    with pytest.raises(TipRuleError, match="wrong_payment_token"):
        transferred(CLAIMED, token_of(OTHER_NONCE))
    assert transferred(PAYING, TOKEN) is PAYING
    with pytest.raises(TipRuleError, match="wrong_reward_state"):
        transferred(PAYING, TOKEN, reference="V-2")
    with pytest.raises(TipRuleError, match="own_transfer"):
        confirm(PAYING, by="payer", now=NOW, today=TODAY)
    assert (PAID.state, PAID.paid_fen, PAID.paid_by) == (RewardState.PAID, 300_000, "second")
    assert confirm(PAID, by="second", now=NOW, today=TODAY) is PAID
    assert transferred(PAID, TOKEN) is PAID


@pytest.mark.parametrize("involved", ["handler", "one", "two"])
def test_whoever_proposed_or_approved_a_reward_does_not_pay_it(involved: str):
    with pytest.raises(TipRuleError, match="own_approval"):
        transferred(CLAIMED, TOKEN, by=involved)
    with pytest.raises(TipRuleError, match="own_approval"):
        confirm(PAYING, by=involved, now=NOW, today=TODAY)
    with pytest.raises(TipRuleError, match="own_approval"):
        send_back(PAYING, by=involved, today=TODAY)


def test_a_transfer_that_did_not_arrive_is_undone_by_a_second_person_and_made_again():
    with pytest.raises(TipRuleError, match="own_transfer"):
        send_back(PAYING, by="payer", today=TODAY)
    returned = send_back(PAYING, by="second", today=TODAY)
    assert returned == CLAIMED
    assert transferred(returned, TOKEN, reference="V-2").payout_reference == "V-2"


def test_a_token_may_be_typed_in_small_letters_and_without_dashes():
    assert transferred(CLAIMED, TOKEN.replace("-", " ").lower()).state is RewardState.PAYING


def test_a_changed_amount_needs_its_approvals_anew():
    smaller = revalue(APPROVED, case_value_fen=5_000_000, amount_fen=150_000, today=TODAY)
    assert (smaller.state, smaller.amount_fen, smaller.approvers) == (RewardState.PROPOSED, 150_000, ())


def test_the_same_amount_keeps_its_approvals():
    same = revalue(APPROVED, case_value_fen=9_999_999, amount_fen=300_000, today=TODAY)
    assert same == replace(APPROVED, case_value_fen=9_999_999)


def test_a_claim_survives_a_changed_amount_and_its_token_stays_good():
    smaller = revalue(CLAIMED, case_value_fen=5_000_000, amount_fen=150_000, today=TODAY)
    once = approve(smaller, by="one", today=TODAY, claim_months=2)
    again = approve(once, by="two", today=TODAY, claim_months=2)
    assert again.state is RewardState.CLAIMED
    assert confirm(transferred(again, TOKEN), by="second", now=NOW, today=TODAY).paid_fen == 150_000


def test_without_a_loss_no_unpaid_reward_is_left():
    assert revalue(CLAIMED, case_value_fen=0, amount_fen=0, today=TODAY).state is RewardState.NONE


@pytest.mark.parametrize("reward", [PAID, PAYING])
def test_a_paid_reward_is_flagged_with_what_was_paid_too_much(reward: Reward):
    smaller = revalue(reward, case_value_fen=5_000_000, amount_fen=150_000, today=TODAY)
    assert (smaller.state, smaller.amount_fen, smaller.over_paid_fen) == (reward.state, 300_000, 150_000)
    assert revalue(smaller, case_value_fen=0, amount_fen=0, today=TODAY).over_paid_fen == 300_000


def test_a_policy_may_leave_the_reporter_what_was_paid():
    kept = revalue(PAID, case_value_fen=0, amount_fen=0, today=TODAY, reclaims=False)
    assert (kept.state, kept.over_paid_fen) == (RewardState.PAID, 0)


def test_a_lapsed_reward_is_not_revived_by_a_new_amount():
    late = date(2026, 5, 11)
    changed = revalue(APPROVED, case_value_fen=5_000_000, amount_fen=150_000, today=late)
    assert changed.state_on(late) is RewardState.LAPSED
    assert changed.amount_fen == 300_000
