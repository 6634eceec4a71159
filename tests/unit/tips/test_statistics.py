"""What a period's statistics tell, and what they do not."""

from datetime import date

import pytest

from services.tips.domain.statistics import (
    TOTAL,
    Answers,
    Counted,
    Measure,
    Paid,
    deductible,
    next_period,
    period_of,
    publication,
)
from services.tips.domain.tip import Kind

Q1 = period_of(date(2026, 2, 11), 3)
KINDS = list(Kind)


def published(counts=None, paid=None, answers=None, regions=("110100", "120100", "130100"), **how) -> dict:
    counted = Counted(regions, counts or {}, paid or {}, answers or {})
    document: dict = publication(counted, Q1, **{"smallest": 5, "rounding": 1} | how)
    return document


def test_a_period_is_a_month_or_a_quarter():
    assert (Q1.label, Q1.first, Q1.last) == ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31))
    february = period_of(date(2028, 2, 29), 1)
    assert (february.label, february.first, february.last) == ("2028-02", date(2028, 2, 1), date(2028, 2, 29))
    assert period_of(date(2026, 12, 31), 3).label == "2026-Q4"


@pytest.mark.parametrize(
    ("after", "months", "label"),
    [
        (None, 3, "2026-Q1"),
        (date(2026, 3, 31), 3, "2026-Q2"),
        (date(2026, 12, 31), 1, "2027-01"),
        # From months to quarters: the rest of a quarter would give away its last month.
        (date(2026, 4, 30), 3, "2026-Q3"),
        (date(2026, 6, 30), 3, "2026-Q3"),
    ],
)
def test_the_next_period_never_overlaps_what_was_published(after: date | None, months: int, label: str):
    assert next_period(after, date(2026, 2, 11), months).label == label


def test_numbers_are_hidden_with_a_complement_and_zero_is_told():
    counts = {
        (Measure.RECEIVED, "110100", KINDS[0]): 3,
        (Measure.RECEIVED, "110100", KINDS[1]): 20,
        (Measure.RECEIVED, "120100", KINDS[0]): 30,
        (Measure.RECEIVED, "120100", KINDS[1]): 40,
    }
    table = published(counts)["counts"]["received"]
    assert table[0][:3] == [None, None, 0]
    assert table[1][:3] == [None, None, 0]
    assert [row[-1] for row in table] == [23, 70, 0, 93]
    assert table[-1][:3] == [33, 60, 0]


def test_what_is_told_is_rounded():
    counts = {(Measure.RECEIVED, "110100", kind): 13 for kind in KINDS}
    table = published(counts, rounding=5)["counts"]["received"]
    assert table[0] == [15] * len(KINDS) + [145]


def test_an_amount_is_hidden_with_its_number_and_where_one_payment_is_nearly_all_of_it():
    counts = {
        (Measure.PAID, "110100", KINDS[0]): 2,
        (Measure.PAID, "120100", KINDS[0]): 40,
        (Measure.PAID, "130100", KINDS[0]): 60,
    }
    paid = {
        "110100": Paid(90_000_00, 50_000_00),
        "120100": Paid(2_345_678_00, 100_000_00),
        "130100": Paid(3_000_400_00, 100_000_00),
    }
    assert published(counts, paid)["paid_fen"] == [None, None, 3_000_000_00, 5_436_000_00]
    dominated = paid | {"130100": Paid(200_000_00, 190_000_00)}
    assert published(counts, dominated)["paid_fen"][2] is None


def test_times_are_told_of_enough_answers_only():
    def of(number: int) -> dict:
        found: dict = published(answers={"110100": Answers(number, 9.5, 30.2)})["answers"]["110100"]
        return found

    assert of(4) == {"median_days": None, "tail_days": None}
    assert of(5) == {"median_days": 10, "tail_days": None}
    assert of(20) == {"median_days": 10, "tail_days": 30}
    assert published()["answers"][TOTAL] == {"median_days": None, "tail_days": None}


def counted_with(number: int, repaid: Paid, paid: Paid | None = None) -> Counted:
    counts = {
        (Measure.PAID, "110100", KINDS[0]): number,
        (Measure.PAID, "120100", KINDS[0]): 40,
        (Measure.PAID, "130100", KINDS[0]): 60,
    }
    amounts = {
        "110100": paid or Paid(1_000_000_00, 100_000_00),
        "120100": Paid(2_000_000_00, 100_000_00),
        "130100": Paid(3_000_000_00, 100_000_00),
    }
    return Counted(("110100", "120100", "130100"), counts, amounts, {}, {"110100": repaid})


def test_what_was_paid_back_is_deducted_from_the_region_and_the_total():
    counted = counted_with(20, Paid(50_000_00, 40_000_00))
    assert deductible(counted, 5) == {"110100"}
    document = publication(counted, Q1, smallest=5, rounding=1)
    assert document["paid_fen"] == [950_000_00, 2_000_000_00, 3_000_000_00, 5_950_000_00]


@pytest.mark.parametrize(
    ("number", "repaid", "deducted"),
    [
        (5, Paid(10_000_00, 10_000_00), True),
        # Too few payments to hide whose money came back.
        (4, Paid(10_000_00, 10_000_00), False),
        (0, Paid(10_000_00, 10_000_00), False),
        # Nothing, or less, would be left.
        (20, Paid(1_000_000_00, 10_000_00), False),
        (20, Paid(1_000_001_00, 10_000_00), False),
        # One payment, or one repayment, would be more than nine tenths of what is left.
        (20, Paid(888_888_88, 10_000_00), True),
        (20, Paid(888_889_00, 10_000_00), False),
        (20, Paid(500_000_00, 450_000_00), True),
        (20, Paid(500_000_01, 450_000_01), False),
    ],
)
def test_what_was_paid_back_waits_where_it_would_show(number: int, repaid: Paid, deducted: bool):
    counted = counted_with(number, repaid)
    assert bool(deductible(counted, 5)) is deducted
    shown = publication(counted, Q1, smallest=5, rounding=1)["paid_fen"]
    without = publication(counted_with(number, Paid()), Q1, smallest=5, rounding=1)["paid_fen"]
    assert (shown == without) is not deducted


def test_a_region_that_paid_nothing_looks_the_same_whether_money_came_back_or_not():
    counted = Counted(("110100",), {}, {}, {}, {"110100": Paid(10_000_00, 10_000_00)})
    document = publication(counted, Q1, smallest=5, rounding=1)
    assert document["paid_fen"] == [0, 0]
