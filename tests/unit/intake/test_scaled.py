from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.scaled import QUANTITY_PLACES, UNIT_PRICE_PLACES, scaled


def expected(number: Decimal, places: int) -> int | None:
    """The same in plain decimal arithmetic."""
    whole = number * 10**places
    return int(whole) if whole == whole.to_integral_value() and abs(whole) < 10**16 else None


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**11), max_value=10**11))
def test_a_quantity_is_what_decimal_arithmetic_says(number) -> None:
    text = f"{number:f}".encode()
    assert scaled(text, QUANTITY_PLACES) == expected(number, QUANTITY_PLACES)
    assert scaled(b'"' + text + b'"', QUANTITY_PLACES) == expected(number, QUANTITY_PLACES)


@given(st.integers(-(10**19), 10**19), st.integers(0, 9))
def test_any_number_of_decimals_is_taken_exactly_or_not_at_all(digits, decimals) -> None:
    number = Decimal(digits).scaleb(-decimals)
    for form in (f"{number:f}", f"{number:e}"):
        assert scaled(form.encode(), UNIT_PRICE_PLACES) == expected(number, UNIT_PRICE_PLACES)


@pytest.mark.parametrize(
    ("text", "quantity_e4"),
    [
        (b"0", 0),
        (b"-1.5", -15_000),
        (b'"12.3456"', 123_456),
        (b"1e2", 1_000_000),
        (b"1.50000", 15_000),
        (b'" 1.5 "', 15_000),
        (b'"\\u0031"', 10_000),
        (b"999999999999.9999", 10**16 - 1),
        (b"0.1", 1_000),
    ],
)
def test_every_way_to_write_a_number_is_read(text, quantity_e4) -> None:
    assert scaled(text, QUANTITY_PLACES) == quantity_e4


@pytest.mark.parametrize(
    "text",
    [
        b"1.23456",
        b"1000000000000",
        b"NaN",
        b'"NaN"',
        b'"Infinity"',
        b'"-Infinity"',
        b'""',
        b'"-"',
        b'"."',
        b'"1."',
        b'".5"',
        b'"+1"',
        b'"1_0"',
        '"１２"'.encode(),
        '"٣"'.encode(),
        b'"0x10"',
        b'"1,5"',
        b'"1.2.3"',
        b"null",
        b"true",
        b"[]",
        b"{}",
        b'"',
        b"",
        b"1e400",
        b"1e-400",
    ],
)
def test_what_is_no_number_of_the_interface_is_not_read(text) -> None:
    assert scaled(text, QUANTITY_PLACES) is None
