import pytest

from services.intake.domain import codes
from services.intake.domain.medical_type import care_setting


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("XB01AXA223B002010100156", "drug"),
        ("ZA04CAE0023010100166", "drug"),
        ("T001100811", "herb"),
        ("001103000010000", "service"),
        ("C0101010010100112345", "consumable"),
        ("C01010100101001123451234567", "consumable"),
    ],
)
def test_an_item_code_says_its_kind(code, kind) -> None:
    assert codes.item_kind(code) == kind


@pytest.mark.parametrize(
    "code",
    [
        "",
        "XB01AXA223B00201010015",
        "XB01AXA223B0020101001566",
        "xB01AXA223B002010100156",
        "T00110081",
        "00110300001000",
        "0011030000100000",
        "C010101001010011234",
        "C010101001010011234512",
        "T001100811\n",
        "１０1103000010000",
        "A001100811",
    ],
)
def test_an_item_code_of_another_form_has_no_kind(code) -> None:
    assert codes.item_kind(code) is None


@pytest.mark.parametrize(
    "code", ["I63", "I63.9", "I63.900", "K82.800x004", "I10.x00", "I10.x00x002", "A17.000†", "G01*"]
)
def test_diagnoses_are_taken_in_full_and_short_forms(code) -> None:
    assert codes.is_diagnosis(code)


@pytest.mark.parametrize("code", ["", "I6", "63.9", "i63.9", "I63.", "I63.9000", "K82.800x04", "XYZD018987", "I63.9 "])
def test_other_forms_are_no_diagnoses(code) -> None:
    assert not codes.is_diagnosis(code)


@pytest.mark.parametrize("code", ["D110105000001", "N110105000001", "HY110105000001", "HJ110105000001"])
def test_staff_codes_begin_with_their_profession(code) -> None:
    assert codes.is_practitioner(code)


@pytest.mark.parametrize(
    "code", ["", "D11010500000", "D1101050000011", "X110105000001", "H110105000001", "d110105000001"]
)
def test_other_forms_are_no_staff_codes(code) -> None:
    assert not codes.is_practitioner(code)


@pytest.mark.parametrize("code", ["H11010500001", "P11010500001"])
def test_an_institution_is_a_hospital_or_a_pharmacy(code) -> None:
    assert codes.is_institution(code)
    assert codes.institution_kind(code) == ("hospital" if code[0] == "H" else "pharmacy")


@pytest.mark.parametrize("code", ["", "H1101050000", "H110105000012", "A11010500001", "H1101050000x"])
def test_other_forms_are_no_institutions(code) -> None:
    assert not codes.is_institution(code)


@pytest.mark.parametrize(
    ("medical_type", "setting"),
    [
        ("11", "outpatient"),
        ("12", "outpatient"),
        ("13", "emergency"),
        ("14", "outpatient"),
        ("16", "outpatient"),
        ("19", "outpatient"),
        ("51", "outpatient"),
        ("140104", "outpatient"),
        ("9907", "outpatient"),
        ("21", "inpatient"),
        ("28", "inpatient"),
        ("52", "inpatient"),
        ("53", "inpatient"),
        ("2105", "inpatient"),
        ("2114", "inpatient"),
        ("41", "pharmacy"),
    ],
)
def test_the_medical_type_says_the_kind_of_visit(medical_type, setting) -> None:
    assert care_setting(medical_type) == setting
