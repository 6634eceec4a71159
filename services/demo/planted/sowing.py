"""All plants of the day: one function per kind of check, in one table that a test compares with the rulebook."""

from collections.abc import Mapping, Sequence

from services.demo.county import County, InsuredPerson
from services.demo.planted.herbs import plant_herb_alone, plant_herb_never_paid
from services.demo.planted.packs import plant_duplicate_codes
from services.demo.planted.pairs import plant_exclusive_items
from services.demo.planted.persons import plant_age, plant_diagnosis, plant_insurance, plant_sex
from services.demo.planted.places import plant_facility_level, plant_price_ceiling, plant_visit_type
from services.demo.planted.seedbed import Planting, Seedbed
from services.demo.planted.times import (
    plant_billing_date,
    plant_course_length,
    plant_frequency,
    plant_overlapping_stays,
)
from services.demo.planted.treatment import plant_second_line, plant_surgery_discount
from services.demo.restricted import Stock
from services.demo.visits import Desk

PLANTINGS: Mapping[str, Planting] = {
    "sex": plant_sex,
    "age": plant_age,
    "insurance_type": plant_insurance,
    "diagnosis_sex": plant_diagnosis,
    "facility_level": plant_facility_level,
    "visit_type": plant_visit_type,
    "price_ceiling": plant_price_ceiling,
    "herb_never_paid": plant_herb_never_paid,
    "herb_alone_not_paid": plant_herb_alone,
    "exclusive_items": plant_exclusive_items,
    "frequency": plant_frequency,
    "course_length": plant_course_length,
    "billing_date": plant_billing_date,
    "overlapping_stays": plant_overlapping_stays,
    "duplicate_traceability_code": plant_duplicate_codes,
    "second_line": plant_second_line,
    "surgery_discount": plant_surgery_discount,
}
"""Kind of check to what plants it."""

NOT_PLANTED = frozenset(
    {
        "companion_items",
        "decomposed_billing",
        "diagnosis_age",
        "diagnosis_operation",
        "distinct_items",
        "dose_limit",
        "duplicate_therapy",
        "expression",
        "filed_record",
        "frequent_visits",
        "idle_stay",
        "incompatible_items",
        "indicator",
        "late_upload",
        "line_record",
        "low_indication_admission",
        "operation_record",
        "operation_sex",
        "quantity_ratio",
        "service_after_death",
        "split_stay",
        "stock_balance",
        "supply_limit",
        "surgical_prophylaxis",
        "total_ceiling",
        "unsupported_diagnosis",
        "use_conditions",
    }
)
"""Kinds that need more than a day of plain settlements, or a death: the evaluation of screening plants every rule."""

PLANTED_LATER = frozenset({"practitioner_eligibility"})
"""Kinds whose violations can only be posted once something has happened: here, a physician's suspension."""


def sow(county: County, desk: Desk, stock: Stock, persons: Sequence[InsuredPerson]) -> Seedbed:
    """Plant every kind of violation and its hard negatives; raises KeyError for a kind nobody plants."""
    bed = Seedbed(county, desk, stock, persons)
    kinds = dict.fromkeys(rule.kind for rule in stock.knowledge.rules)
    for kind in kinds:
        if kind not in PLANTED_LATER | NOT_PLANTED:
            PLANTINGS[kind](bed)
    return bed
