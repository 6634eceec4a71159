"""The one table that names the checks: a kind of check, what a rulebook may say of it, and what places it in a plan."""

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
from services.screening.domain.kind import Kind

_CHECKS = (
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

KINDS: dict[str, Kind] = {check.KIND.name: check.KIND for check in _CHECKS}
"""What a rulebook may say, by kind."""

PLACES: dict[str, Place] = {check.KIND.name: check.place_checks for check in _CHECKS}
"""What compiles each kind."""
