"""Numbers in descriptions of dose and frequency."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.fsi.usage import dose, doses_per_day
from services.intake.domain.scaled import scaled_decimal


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.5g", "0.5"),
        ("每次2片", "2"),
        ("一片", "1"),
        ("10", "10"),
        ("2-3片", None),
        ("0.25g×2", None),
        ("适量", None),
        ("", None),
        (None, None),
        ("1.23456g", None),
    ],
)
def test_a_dose_is_the_only_number_of_its_text(text, number):
    assert dose(text) == (None if number is None else Decimal(number))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("qd", "1"),
        ("Bid.", "2"),
        ("t.i.d", "3"),
        ("QID", "4"),
        ("qod", "0.5"),
        ("q8h", "3"),
        ("q12h", "2"),
        ("q2d", "0.5"),
        ("每日三次", "3"),
        ("一日三次", "3"),
        ("1日3次", "3"),
        ("每天 2 次", "2"),
        ("3次/日", "3"),
        ("3次/天", "3"),
        ("每8小时一次", "3"),
        ("每周两次", "0.2857"),
        ("隔日1次", "0.5"),
        ("3", None),
        ("prn", None),
        ("必要时", None),
        ("q0h", None),
        ("", None),
        (None, None),
    ],
)
def test_a_frequency_is_read_as_doses_a_day(text, number):
    assert doses_per_day(text) == (None if number is None else Decimal(number))


@given(st.text(alphabet="0123456789.每日天周小时次/qhdtib隔一二三片g ", max_size=20))
def test_whatever_is_written_the_number_can_be_kept(text):
    for number in (dose(text), doses_per_day(text)):
        assert number is None or (number >= 0 and scaled_decimal(number, 4) is not None)
