from services.kit.pseudonym import derive_key, household_pseudonym, pseudonym
from tests.support.intake import INSURED_NUMBER, SECRET

KEY = derive_key(SECRET)


def test_a_pseudonym_has_32_hexadecimal_characters_and_none_of_the_number() -> None:
    made = pseudonym(INSURED_NUMBER, KEY)
    assert len(made) == 32
    assert set(made) <= set("0123456789abcdef")
    assert INSURED_NUMBER[:6] not in made


def test_a_number_has_one_pseudonym_whatever_the_case_of_its_last_letter() -> None:
    assert pseudonym(INSURED_NUMBER.lower(), KEY) == pseudonym(INSURED_NUMBER, KEY)


def test_another_number_or_another_secret_makes_another_pseudonym() -> None:
    made = pseudonym(INSURED_NUMBER, KEY)
    assert pseudonym("110105199003071231", KEY) != made
    assert pseudonym(INSURED_NUMBER, derive_key(SECRET + "!")) != made


def test_a_pseudonym_stays_the_same_from_release_to_release() -> None:
    assert pseudonym("110105199003071231", derive_key("x" * 32)) == "14988e54e13544d5baac22c790189b4e"


def test_a_household_and_a_person_of_one_number_have_different_pseudonyms() -> None:
    household = household_pseudonym(INSURED_NUMBER.lower(), KEY)
    assert household == household_pseudonym(INSURED_NUMBER, KEY)
    assert len(household) == 32
    assert household != pseudonym(INSURED_NUMBER, KEY)
    assert household != household_pseudonym(INSURED_NUMBER, derive_key(SECRET + "!"))
