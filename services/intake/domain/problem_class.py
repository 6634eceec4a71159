"""Whether a problem refuses what was posted or only marks it; the table of ``docs/validation.md`` follows from it."""

from typing import Literal

from services.intake.domain.problem import TEXTS

ProblemClass = Literal["refused", "doubt", "both", "waiting"]

DOUBTS = frozenset(
    {
        *("insurance_type_local", "insurance_type_unknown", "medical_type_local", "medical_type_unknown"),
        *("medical_type_of_other_kind", "region_unknown", "age_implausible", "diagnosis_absent", "diagnosis_twice"),
        *("practitioner_absent", "item_kind_differs", "line_quantity_zero", "refund_unreferenced", "refund_positive"),
        *("refund_of_unknown", "refund_item_differs", "refund_exceeds", "scope_exceeds_amount", "fund_exceeds_scope"),
        *("charged_outside_visit", "institution_inactive", "practitioner_not_registered", "practitioner_unknown"),
        *("sex_differs", "birth_date_differs", "insured_deceased", "reports_differ", "payments_unknown"),
        *(
            "quantity_zero",
            "quantity_sign",
            "change_reason_unknown",
            "expiry_before_production",
            "moved_before_production",
        ),
        *("sold_after_expiry", "traceability_twice", "traceability_count", "settlement_missing"),
        *("settlement_not_here", "sale_without_purchase", "movement_unknown", "deleted_already", "deleted_before"),
        *("item_differs", "return_exceeds", "not_filled", "attending_missing", "main_diagnosis_missing"),
        *("main_diagnosis_twice", "main_operation_missing", "listed_twice", "operation_form", "outside_stay"),
        *("stay_days_differ", "nursing_exceeds_stay", "longer_than_stay", "weight_range", "fee_parts_sum"),
        *("fees_differ_from_settlement", "insured_differs"),
    }
)
"""Taken and marked: refusing what is doubtful would hide it."""

BOTH = frozenset(
    {
        *("diagnosis_form", "code_unknown", "item_form", "traceability_form", "practitioner_form"),
        *("ended_before_started", "duration_form", "instant_form"),
        *("registration_missing", "diagnoses_missing", "discharge_missing"),
    }
)
"""Refused in one place and a doubt in another, as ``docs/validation.md`` says beside the table."""

WAITING = frozenset({"lines_missing", "lines_exceed", "never_settled", "left_incomplete"})
"""Of a visit whose parts have not all come: it waits, and in the end expires into the quarantine."""


def class_of(code: str) -> ProblemClass:
    """Return what a code of the catalogue does; raises KeyError for one that is not in it."""
    if code not in TEXTS:
        raise KeyError(code)
    if code in BOTH:
        return "both"
    if code in WAITING:
        return "waiting"
    return "doubt" if code in DOUBTS else "refused"
