"""The one table that names the checks: a kind of check, and what places its checks in a plan."""

from services.screening.domain.check import Place
from services.screening.domain.checks import (
    age,
    billing_date,
    course_length,
    diagnosis_sex,
    duplicate_traceability_code,
    exclusive_items,
    facility_level,
    frequency,
    herb_alone_not_paid,
    herb_never_paid,
    insurance_type,
    overlapping_stays,
    practitioner_eligibility,
    price_ceiling,
    sex,
    visit_type,
)

PLACES: dict[str, Place] = {
    "age": age.place_checks,
    "billing_date": billing_date.place_checks,
    "course_length": course_length.place_checks,
    "diagnosis_sex": diagnosis_sex.place_checks,
    "duplicate_traceability_code": duplicate_traceability_code.place_checks,
    "exclusive_items": exclusive_items.place_checks,
    "facility_level": facility_level.place_checks,
    "frequency": frequency.place_checks,
    "herb_alone_not_paid": herb_alone_not_paid.place_checks,
    "herb_never_paid": herb_never_paid.place_checks,
    "insurance_type": insurance_type.place_checks,
    "overlapping_stays": overlapping_stays.place_checks,
    "practitioner_eligibility": practitioner_eligibility.place_checks,
    "price_ceiling": price_ceiling.place_checks,
    "sex": sex.place_checks,
    "visit_type": visit_type.place_checks,
}
"""What compiles each kind of ``kinds.KINDS``."""
