"""The life of a reward."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from services.tips.domain.errors import TipRuleError
from services.tips.domain.reward_claim import Reward, RewardState, approve, claim, pay, payment_token, revalue

NOW = datetime(2026, 3, 10, 2, tzinfo=UTC)
TODAY = date(2026, 3, 10)
TIP = UUID("019cd5f0-0000-7000-8000-000000000001")
TOKEN = payment_token(b"k" * 32, TIP)
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
)
APPROVED = approve(approve(PROPOSED, by="one", today=TODAY), by="two", today=TODAY)
CLAIMED = claim(APPROVED, TOKEN, today=TODAY)
PAID = pay(CLAIMED, TOKEN, by="one", now=NOW, today=TODAY, reference="V-1")


def test_two_approvers_other_than_the_proposer_are_needed():
    with pytest.raises(TipRuleError, match="own_proposal"):
        approve(PROPOSED, by="handler", today=TODAY)
    once = approve(PROPOSED, by="one", today=TODAY)
    assert once.state is RewardState.PROPOSED
    assert approve(once, by="one", today=TODAY) is once
    assert APPROVED.state is RewardState.APPROVED
    assert APPROVED.claim_until == date(2026, 5, 10)


def test_a_reward_can_be_claimed_on_the_last_day_and_has_lapsed_on_the_next():
    assert claim(APPROVED, TOKEN, today=date(2026, 5, 10)).state is RewardState.CLAIMED
    assert APPROVED.state_on(date(2026, 5, 11)) is RewardState.LAPSED
    with pytest.raises(TipRuleError, match="reward_lapsed"):
        claim(APPROVED, TOKEN, today=date(2026, 5, 11))
    assert CLAIMED.state_on(date(2026, 12, 1)) is RewardState.CLAIMED


def test_an_unapproved_reward_cannot_be_claimed():
    with pytest.raises(TipRuleError, match="wrong_reward_state"):
        claim(PROPOSED, TOKEN, today=TODAY)


def test_a_payout_takes_the_token_once():
    with pytest.raises(TipRuleError, match="wrong_payment_token"):
        pay(CLAIMED, payment_token(b"x" * 32, TIP), by="one", now=NOW, today=TODAY, reference="V-1")
    assert PAID.paid_fen == 300_000
    assert pay(PAID, TOKEN, by="one", now=NOW, today=TODAY, reference="V-1") is PAID
    with pytest.raises(TipRuleError, match="wrong_reward_state"):
        pay(PAID, TOKEN, by="one", now=NOW, today=TODAY, reference="V-2")


def test_a_token_may_be_typed_in_small_letters_and_without_dashes():
    typed = TOKEN.replace("-", " ").lower()
    assert pay(CLAIMED, typed, by="one", now=NOW, today=TODAY, reference="V-1").state is RewardState.PAID


def test_a_changed_amount_needs_its_approvals_anew():
    smaller = revalue(APPROVED, case_value_fen=5_000_000, amount_fen=150_000, today=TODAY)
    assert (smaller.state, smaller.amount_fen, smaller.approvers) == (RewardState.PROPOSED, 150_000, ())


def test_the_same_amount_keeps_its_approvals():
    same = revalue(APPROVED, case_value_fen=9_999_999, amount_fen=300_000, today=TODAY)
    assert same == replace(APPROVED, case_value_fen=9_999_999)


def test_a_claim_survives_a_changed_amount_and_its_token_stays_good():
    smaller = revalue(CLAIMED, case_value_fen=5_000_000, amount_fen=150_000, today=TODAY)
    again = approve(approve(smaller, by="one", today=TODAY), by="two", today=TODAY)
    assert again.state is RewardState.CLAIMED
    assert pay(again, TOKEN, by="one", now=NOW, today=TODAY, reference="V-1").paid_fen == 150_000


def test_without_a_loss_no_unpaid_reward_is_left():
    assert revalue(CLAIMED, case_value_fen=0, amount_fen=0, today=TODAY).state is RewardState.NONE


def test_a_paid_reward_is_flagged_with_what_was_paid_too_much():
    smaller = revalue(PAID, case_value_fen=5_000_000, amount_fen=150_000, today=TODAY)
    assert (smaller.state, smaller.paid_fen, smaller.over_paid_fen) == (RewardState.PAID, 300_000, 150_000)
    assert revalue(smaller, case_value_fen=0, amount_fen=0, today=TODAY).over_paid_fen == 300_000


def test_a_lapsed_reward_is_not_revived_by_a_new_amount():
    late = date(2026, 5, 11)
    changed = revalue(APPROVED, case_value_fen=5_000_000, amount_fen=150_000, today=late)
    assert changed.state_on(late) is RewardState.LAPSED
    assert changed.amount_fen == 300_000
