"""The ledger of an item follows from its movements, whatever their order of arrival."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.stock_ledger import Step, replay

FIRST = date(2026, 3, 1)


def step(day: int, kind: str, quantity: int, *, batch: str = "", deleted: bool = False) -> Step:
    return Step(FIRST + timedelta(days=day), kind, batch, quantity, deleted, 1)


def test_a_day_opens_with_what_the_day_before_left():
    days = replay([step(0, "purchase", 100), step(0, "sale", -30), step(2, "sale_return", 5), step(2, "sale", -10)])
    assert [(day.day.day, day.opening_e4, day.closing_e4, day.movements) for day in days] == [
        (1, 0, 70, 2),
        (3, 70, 65, 2),
    ]
    assert (days[0].purchased_e4, days[0].sold_e4, days[1].sale_returned_e4) == (100, -30, 5)


def test_what_was_deleted_stands_and_is_taken_back():
    (day,) = replay([step(0, "purchase", 100), step(0, "sale", -30, deleted=True)])
    assert (day.sold_e4, day.deleted_e4, day.closing_e4) == (-30, 30, 100)


def test_a_count_sets_the_balance_of_its_batch_and_shows_the_difference():
    days = replay(
        [
            step(0, "purchase", 100, batch="A"),
            step(0, "purchase", 50, batch="B"),
            step(1, "count", 90, batch="A"),
            step(2, "sale", -10, batch="A"),
        ]
    )
    assert [day.closing_e4 for day in days] == [150, 140, 130]
    assert days[1].count_difference_e4 == -10


def test_a_count_without_a_batch_sets_the_whole_item():
    days = replay([step(0, "purchase", 100, batch="A"), step(0, "purchase", 50), step(1, "count", 120)])
    assert (days[1].count_difference_e4, days[1].closing_e4) == (-30, 120)


def test_a_count_after_a_sale_that_was_deleted_already_knew():
    days = replay([step(0, "purchase", 100), step(1, "sale", -10, deleted=True), step(2, "count", 100)])
    assert (days[2].count_difference_e4, days[2].closing_e4) == (0, 100)


def test_a_deleted_count_sets_nothing():
    (day,) = replay([step(0, "purchase", 100), step(0, "count", 5, deleted=True)])
    assert (day.count_difference_e4, day.closing_e4, day.movements) == (0, 100, 2)


def test_more_out_than_in_is_a_balance_below_zero():
    assert replay([step(0, "sale", -10)])[0].closing_e4 == -10


kinds = st.sampled_from(["purchase", "purchase_return", "sale", "sale_return", "change"])
moves = st.lists(
    st.builds(
        step,
        day=st.just(0),
        kind=kinds,
        quantity=st.integers(-1000, 1000),
        batch=st.sampled_from(["", "A", "B"]),
        deleted=st.booleans(),
    ),
    max_size=12,
)


@given(moves, st.randoms())
def test_between_two_counts_the_order_changes_nothing(steps, shuffler):
    shuffled = list(steps)
    shuffler.shuffle(shuffled)
    assert replay(shuffled) == replay(steps)


@given(st.lists(moves, max_size=5), st.lists(st.integers(0, 500), min_size=5, max_size=5))
def test_after_a_count_of_everything_the_balance_is_what_was_counted(groups, counted):
    steps = []
    for day, (group, count) in enumerate(zip(groups, counted, strict=False)):
        steps += [one._replace(day=FIRST + timedelta(days=day)) for one in group]
        steps.append(step(day, "count", count))
    for day, count in zip(replay(steps), counted, strict=False):
        assert day.closing_e4 == count


@given(moves)
def test_without_counts_the_balance_is_the_sum_of_what_stands(steps):
    days = replay(steps)
    assert (days[-1].closing_e4 if days else 0) == sum(one.quantity_e4 for one in steps if not one.deleted)
