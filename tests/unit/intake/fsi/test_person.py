from datetime import date

from services.intake.domain.fsi.node import Node
from services.intake.domain.fsi.person import PersonTraits, resident_id_traits, traits


def test_a_resident_id_tells_birth_and_sex_only_with_its_check_digit() -> None:
    assert resident_id_traits("11010519491231002X") == PersonTraits("female", date(1949, 12, 31))
    assert resident_id_traits("11010519491231002x") == PersonTraits("female", date(1949, 12, 31))
    assert resident_id_traits("110105194912310021") is None
    assert resident_id_traits("") is None


def test_what_is_said_outright_comes_before_what_the_id_tells() -> None:
    said = {"gend": "1", "brdy": "1950-01-01", "psn_cert_type": "01", "certno": "11010519491231002X"}
    assert traits([Node(said, "")]) == PersonTraits("male", date(1950, 1, 1))
    assert traits([Node(said | {"gend": 9, "brdy": ""}, "")]) == PersonTraits("female", date(1949, 12, 31))
    assert traits([Node({"brdy": "never", "mdtrt_cert_type": "01", "mdtrt_cert_no": "token"}, "")]) == PersonTraits()
