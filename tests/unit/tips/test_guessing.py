"""The budget of wrong receipts: what it costs to guess, whoever asks and at however many processes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.tips.domain.guessing import FREE_FAILURES, LONGEST_WAIT_SECONDS, TURNS_PER_SECOND, GuessingBudget

NOW = datetime(2026, 3, 10, 2, tzinfo=UTC)
RECEIPTS = 10**16
YEAR = 365.25 * 86_400


def test_twenty_nine_wrong_receipts_are_free_and_the_next_ones_take_turns():
    budget = GuessingBudget.full(NOW)
    assert not budget.after(29, NOW).spent
    assert budget.after(30, NOW).spent


def test_wrong_receipts_are_forgiven_one_every_two_seconds_and_a_clock_that_steps_back_forgives_nothing():
    budget = GuessingBudget.full(NOW).after(1000, NOW)
    assert budget.after(0, NOW + timedelta(seconds=120)).spent
    assert not budget.after(0, NOW + timedelta(seconds=123)).spent
    assert budget.after(0, NOW - timedelta(hours=1)).tokens == budget.tokens
    assert budget.after(0, NOW - timedelta(hours=1)).counted_at == NOW


def test_turns_come_four_a_second_and_nobody_waits_longer_than_eight_seconds():
    budget, waits = GuessingBudget.full(NOW).after(1000, NOW), []
    while True:
        budget, wait = budget.turn(NOW)
        if wait is None:
            break
        waits.append(wait)
    assert waits[:4] == [0.0, 0.25, 0.5, 0.75]
    assert waits[-1] == LONGEST_WAIT_SECONDS
    assert len(waits) == LONGEST_WAIT_SECONDS * TURNS_PER_SECOND + 1


@given(st.lists(st.tuples(st.integers(0, 40), st.floats(0, 20)), max_size=40))
def test_a_budget_never_holds_more_than_the_free_failures(steps):
    budget, now = GuessingBudget.full(NOW), NOW
    for failures, seconds in steps:
        now += timedelta(seconds=seconds)
        budget = budget.after(failures, now)
        assert -60 <= budget.tokens <= FREE_FAILURES


@pytest.mark.parametrize("processes", [1, 20])
def test_an_attacker_at_many_processes_guesses_no_faster_than_at_one(
    processes: int, capsys: pytest.CaptureFixture[str]
):
    """An hour of a thousand requests a second, every process reporting its failures with its next look-up."""
    budget, hashed, pending = GuessingBudget.full(NOW), 0, [0] * processes
    for tick in range(3600 * 10):
        now = NOW + timedelta(seconds=tick / 10)
        for request in range(100):
            process = request % processes
            budget = budget.after(pending[process], now)
            pending[process] = 0
            if budget.spent:
                budget, wait = budget.turn(now)
                if wait is None:
                    continue
            hashed += 1
            pending[process] += 1
    rate = hashed / 3600
    assert rate <= TURNS_PER_SECOND * 1.05
    with capsys.disabled():
        for tips in (10_000, 1_000_000):
            years = 0.693 * RECEIPTS / tips / rate / YEAR
            print(
                f"\n{processes} processes, 1,000 tries/s for an hour: {rate:.2f} hashed/s; "
                f"even chance against {tips:,} tips of 10^16: {years:,.0f} years",
                end="",
            )
