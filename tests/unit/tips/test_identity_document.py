"""What is taken as the number of an identity document."""

import pytest

from services.tips.domain.identity_document import is_document_number

RESIDENT = "440000199001010001"


def test_a_resident_number_with_its_check_digit_is_taken():
    assert is_document_number(RESIDENT)
    assert is_document_number("11010519491231002X")


@pytest.mark.parametrize("place", range(17))
def test_one_wrong_digit_anywhere_is_noticed(place: int):
    changed = str((int(RESIDENT[place]) + 1) % 10)
    assert not is_document_number(RESIDENT[:place] + changed + RESIDENT[place + 1 :])


def test_two_digits_that_changed_places_are_noticed():
    assert not is_document_number("404000199001010001")


@pytest.mark.parametrize("number", ["440000199002300006", "440000199013010006", "110105491231002"])
def test_no_such_day_and_the_void_numbers_of_fifteen_digits_are_refused(number: str):
    assert not is_document_number(number)


@pytest.mark.parametrize("number", ["E12345678", "H1234567800", "12345678", "GBR110105491231"])
def test_passports_and_permits_are_taken(number: str):
    assert is_document_number(number)


@pytest.mark.parametrize(
    "number", ["", "12345", "ABCDEFGH", "4400001990010100", "44000019900101000100", "护照12345678"]
)
def test_what_is_no_number_of_a_document_is_refused(number: str):
    assert not is_document_number(number)
