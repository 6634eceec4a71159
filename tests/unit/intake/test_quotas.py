import pytest

from services.intake.use_cases.quotas import Quotas, Slots
from services.kit.errors import TooMany


class Monotonic:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_caller_that_used_its_burst_waits_for_its_rate_and_others_do_not() -> None:
    clock = Monotonic()
    quotas = Quotas(per_second=2, burst=3, monotonic=clock)
    for _ in range(3):
        quotas.require("A")
    with pytest.raises(TooMany) as refused:
        quotas.require("A")
    assert (refused.value.code, refused.value.retry_after) == ("quota", 1)
    quotas.require("B")
    clock.now = 0.5
    quotas.require("A")
    with pytest.raises(TooMany):
        quotas.require("A")


def test_a_chunk_is_taken_whole_and_its_debt_is_waited_for() -> None:
    clock = Monotonic()
    quotas = Quotas(per_second=10, burst=10, monotonic=clock)
    quotas.spend("A", 60)
    assert quotas.wait("A") == pytest.approx(5.1)
    clock.now = quotas.wait("A")
    assert quotas.wait("A") == 0
    clock.now += 1_000
    quotas.spend("A", 10)
    assert quotas.wait("A") > 0


def test_without_a_rate_nobody_waits() -> None:
    quotas = Quotas(per_second=0, burst=1)
    for _ in range(5):
        quotas.require("A")


def test_slots_are_bounded_in_all_and_for_each() -> None:
    slots = Slots(most=3, most_of_one=2)
    slots.take("A")
    slots.take("A")
    with pytest.raises(TooMany):
        slots.take("A")
    slots.take("B")
    with pytest.raises(TooMany):
        slots.take("C")
    slots.give_back("A")
    slots.take("C")
