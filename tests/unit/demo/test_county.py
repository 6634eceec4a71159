"""The county of the demo."""

from collections import Counter

from services.demo.county import build_county
from services.intake.domain import codes

COUNTY = build_county(1, settlements=2_400)


def test_a_county_is_the_same_for_the_same_seed_and_another_for_another():
    assert build_county(1, settlements=100) == build_county(1, settlements=100)
    assert build_county(1, settlements=100).persons != build_county(2, settlements=100).persons


def test_a_county_has_about_thirty_institutions_of_every_level_and_two_hundred_practitioners():
    levels = Counter((institution.kind, institution.level) for institution in COUNTY.institutions)
    assert levels == {
        ("hospital", 3): 3,
        ("hospital", 2): 8,
        ("hospital", 1): 4,
        ("hospital", 0): 6,
        ("pharmacy", 0): 9,
    }
    assert len(COUNTY.practitioners) >= 200


def test_every_code_of_the_county_has_its_national_form_and_is_unique():
    institutions = [institution.code for institution in COUNTY.institutions]
    practitioners = [practitioner.code for practitioner in COUNTY.practitioners]
    assert all(codes.is_institution(code) for code in institutions)
    assert all(codes.is_practitioner(code) for code in practitioners)
    assert all(codes.fits_category(person.code, person.category) for person in COUNTY.practitioners)
    assert all(codes.is_insured_number(person.number) for person in COUNTY.persons)
    for unique in (institutions, practitioners, [person.number for person in COUNTY.persons]):
        assert len(set(unique)) == len(unique)


def test_every_institution_can_do_its_work():
    assert all(hospital.physicians and hospital.nurses for hospital in COUNTY.hospitals())
    assert all(shop.pharmacists and not shop.physicians for shop in COUNTY.pharmacies())
    staff = {code for i in COUNTY.institutions for code in (*i.physicians, *i.nurses, *i.pharmacists)}
    assert staff == {practitioner.code for practitioner in COUNTY.practitioners}


def test_a_larger_day_has_more_persons():
    assert len(build_county(1, settlements=20_000).persons) >= 40_000
