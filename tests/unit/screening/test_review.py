"""The state machine of a finding's review: every decision in every state."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.screening.domain.review import (
    AmountOutOfRangeError,
    Decision,
    Review,
    Ruling,
    SamePersonError,
    Status,
    StatusConflictError,
    decide,
    withdraw,
)

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
RAISED = Review(Status.RAISED, "system", 10_000)
BY_ANNA, BY_BEN, BY_CLARA = (Ruling(name, NOW, "reason") for name in ("anna", "ben", "clara"))
CONFIRMED = decide(RAISED, Decision.CONFIRM, BY_ANNA, 8_000)
DISMISSED = decide(RAISED, Decision.DISMISS, BY_ANNA)
OVERTURNED = decide(CONFIRMED, Decision.OVERTURN, BY_BEN)
WITHDRAWN = withdraw(RAISED, NOW)
STATES = (RAISED, CONFIRMED, DISMISSED, OVERTURNED, WITHDRAWN)

ALLOWED = {
    (Status.RAISED, Decision.CONFIRM): Status.CONFIRMED,
    (Status.RAISED, Decision.DISMISS): Status.DISMISSED,
    (Status.CONFIRMED, Decision.OVERTURN): Status.OVERTURNED,
}


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.status.value)
@pytest.mark.parametrize("decision", Decision)
def test_only_three_decisions_lead_on(state, decision):
    target = ALLOWED.get((state.status, decision))
    if target is None:
        with pytest.raises(StatusConflictError):
            decide(state, decision, BY_CLARA)
    else:
        assert decide(state, decision, BY_CLARA).status is target


def test_the_same_decision_again_is_the_same_state_whenever_it_comes():
    later = replace(BY_ANNA, at=NOW + timedelta(days=1))
    assert decide(CONFIRMED, Decision.CONFIRM, later, 8_000) is CONFIRMED
    assert decide(DISMISSED, Decision.DISMISS, later) is DISMISSED
    assert decide(OVERTURNED, Decision.OVERTURN, replace(BY_BEN, at=later.at)) is OVERTURNED


def test_what_was_upheld_stays_readable_after_it_was_overturned():
    assert OVERTURNED.amount_upheld_fen == 8_000
    assert OVERTURNED.decided == BY_ANNA


@pytest.mark.parametrize("amount", [-1, 10_001])
def test_an_amount_outside_of_what_is_at_issue_is_not_upheld(amount):
    with pytest.raises(AmountOutOfRangeError):
        decide(RAISED, Decision.CONFIRM, BY_ANNA, amount)


@pytest.mark.parametrize("amount", [0, 10_000])
def test_nothing_and_everything_can_be_upheld(amount):
    assert decide(RAISED, Decision.CONFIRM, BY_ANNA, amount).amount_upheld_fen == amount


def test_nobody_decides_alone():
    own = replace(RAISED, raised_by="anna")
    with pytest.raises(SamePersonError):
        decide(own, Decision.DISMISS, BY_ANNA)
    with pytest.raises(SamePersonError):
        decide(CONFIRMED, Decision.OVERTURN, BY_ANNA)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.status.value)
def test_what_is_open_or_confirmed_is_withdrawn_and_the_rest_stays(state):
    withdrawn = withdraw(state, NOW)
    if state.status in {Status.RAISED, Status.CONFIRMED}:
        assert (withdrawn.status, withdrawn.withdrawn_at) == (Status.WITHDRAWN, NOW)
    else:
        assert withdrawn is state
