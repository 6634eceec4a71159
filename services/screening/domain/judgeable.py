"""What each check has to know of a claim, so that a pre-check can say which rules could not be judged, and why."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Literal, get_args

from services.screening.domain.check import Placement
from services.screening.domain.checks.table import KINDS

Unknown = Literal[
    "person",
    "birth_date",
    "sex",
    "diagnoses",
    "insurance_type",
    "medical_type",
    "institution_level",
    "institution_category",
    "department",
    "practitioner",
    "practitioner_title",
    "dose",
    "days_of_supply",
    "settlement_list",
]
"""Something that a loose claim may leave out; ``person`` stands for everything the person had before."""

UNKNOWNS: tuple[Unknown, ...] = get_args(Unknown)

MUST_BE_KNOWN: frozenset[Unknown] = frozenset({"insurance_type", "medical_type", "institution_level"})
"""What every settlement carries: a check that reads one of these would take the stand-in for the truth, so it does not
run. What a settlement too may lack, a check handles itself; and one that cannot look back still judges the claim."""

_FROM_ABSENCE = frozenset({"companion_items", "quantity_ratio", "second_line"})
"""Kinds that find something where nothing stands in the history: whoever has none known must not be blamed for that."""

_OF_THE_PERSON = frozenset({"service_after_death"})
"""Kinds that have nothing to judge of somebody who is not known."""

_READS: Mapping[str, tuple[Unknown, ...]] = {
    "age": ("birth_date",),
    "decomposed_billing": ("institution_level",),
    "diagnosis_age": ("birth_date", "diagnoses"),
    "diagnosis_sex": ("sex", "diagnoses"),
    "dose_limit": ("dose",),
    "facility_level": ("institution_level",),
    "insurance_type": ("insurance_type", "medical_type"),
    "low_indication_admission": ("diagnoses",),
    "operation_sex": ("sex",),
    "practitioner_eligibility": ("practitioner",),
    "price_ceiling": ("institution_level",),
    "sex": ("sex",),
    "split_stay": ("diagnoses", "medical_type"),
    "supply_limit": ("days_of_supply", "medical_type"),
    "surgery_discount": ("institution_level",),
    "unsupported_diagnosis": ("diagnoses",),
    "visit_type": ("medical_type",),
}
"""By kind of check; history and settlement lists follow from the kind itself."""

_CONDITIONS: Mapping[str, Unknown] = {
    "diagnoses": "diagnoses",
    "excluded_diagnoses": "diagnoses",
    "at_least_years": "birth_date",
    "younger_than_years": "birth_date",
    "sex": "sex",
    "care_settings": "medical_type",
    "medical_types": "medical_type",
    "min_level": "institution_level",
    "departments": "department",
    "titles": "practitioner_title",
    "excluded_institution_categories": "institution_category",
}
"""By parameter of a point of the kind ``use_conditions``: each of its conditions reads something else."""


def reads(placement: Placement) -> set[Unknown]:
    """Return what a placed check has to know beyond the lines themselves."""
    kind = KINDS[placement.rule.kind]
    found: set[Unknown] = set(_READS.get(kind.name, ()))
    if placement.asks or kind.visits or kind.deaths:
        found.add("person")
    if kind.lists:
        found.add("settlement_list")
    if kind.name == "use_conditions" and placement.point is not None:
        found.update(_CONDITIONS[name] for name in placement.point.condition.values if name in _CONDITIONS)
    return found


def barred(placement: Placement, missing: AbstractSet[Unknown]) -> bool:
    """Tell whether a check must not run without what is missing."""
    if missing & MUST_BE_KNOWN:
        return True
    return "person" in missing and placement.rule.kind in _FROM_ABSENCE | _OF_THE_PERSON
