"""Forms of the national codes, in one place; what has the wrong form is refused, what is unknown is not.

Answers are remembered, for a city uses a few thousand codes over and over again.
"""

import re
from functools import lru_cache
from typing import Literal

ItemKind = Literal["drug", "herb", "service", "consumable", "other"]
"""Kind of a charged item, as in the national catalogue type (目录类别)."""

InstitutionKind = Literal["hospital", "pharmacy"]
PractitionerCategory = Literal["physician", "nurse", "pharmacist", "technician", "pharmacy_principal", "fee_reviewer"]

INSTITUTION = r"[HP][0-9]{11}"
"""H (hospital, 定点医疗机构) or P (pharmacy, 定点零售药店), six digits of the region, five of its own."""

PRACTITIONER = r"(?:[DN]|H[A-Z])[0-9]{12}"
"""D physician, N nurse, HY, HJ and the like pharmacists and technicians; six digits of the region, six of its own."""

REGION = r"[0-9]{6}"
"""Region (医保区划), GB/T 2260."""

RESIDENCE = r"[1-9][0-9]{11}"
"""Village or community (统计用区划代码): six digits of the county, three of the township, three of its own."""

SETTLEMENT_ID = r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}"
"""An institution's own settlement id (``setl_id``), safe within a URL."""

SHORTEST_TRACEABILITY = 7
LONGEST_TRACEABILITY = 100
"""Characters of a traceability code (``drug_trac_codg``): drugs have 20, other goods codes of their makers or GS1's."""

LONGEST_HOSPITAL_ITEM = 150
"""Characters of an institution's own item code (``medins_list_codg``)."""

_ITEM_FORMS: tuple[tuple[str, ItemKind], ...] = (
    (r"X[A-Z][0-9]{2}[A-Z]{3}[0-9]{3}[A-Z][0-9]{12}", "drug"),
    (r"Z[A-Z][0-9]{2}[A-Z]{3}[0-9]{13}", "drug"),
    (r"T[0-9]{9}", "herb"),
    (r"C[0-9]{19}(?:[0-9]{7})?", "consumable"),
    (r"[0-9]{15}", "service"),
)
"""Western medicine 23 characters, patent medicine 20, herbal slices 10, consumables 20 or 27, services 15 digits."""

_ITEM = tuple((re.compile(form, re.ASCII), kind) for form, kind in _ITEM_FORMS)
_INSTITUTION = re.compile(INSTITUTION, re.ASCII)
_PRACTITIONER = re.compile(PRACTITIONER, re.ASCII)
_REGION = re.compile(REGION, re.ASCII)
_RESIDENCE = re.compile(RESIDENCE, re.ASCII)
_SETTLEMENT_ID = re.compile(SETTLEMENT_ID, re.ASCII)
_DIAGNOSIS = re.compile(r"[A-Z][0-9]{2}(?:\.[0-9x][0-9]{0,2}(?:x[0-9]{3})?)?[†*+]?")
"""ICD-10 in the medical-insurance edition, such as K82.800x004, and its short forms, such as I63.9 and I63."""
_MEDICAL_TYPE = re.compile(r"[0-9]{2,6}")
_INSURANCE_TYPE = re.compile(r"[0-9]{1,6}")
_DEPARTMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,29}")
_INSURED_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,49}")


@lru_cache(maxsize=32_768)
def item_kind(code: str) -> ItemKind | None:
    """Return the kind an item code stands for by its form, None when it has no known form."""
    for form, kind in _ITEM:
        if form.fullmatch(code):
            return kind
    return None


@lru_cache(maxsize=8_192)
def is_institution(code: str) -> bool:
    """Tell whether a code has the form of an institution's."""
    return _INSTITUTION.fullmatch(code) is not None


@lru_cache(maxsize=32_768)
def is_practitioner(code: str) -> bool:
    """Tell whether a code has the form of a practitioner's."""
    return _PRACTITIONER.fullmatch(code) is not None


@lru_cache(maxsize=4_096)
def is_region(code: str) -> bool:
    """Tell whether a code has the form of a region's."""
    return _REGION.fullmatch(code) is not None


def is_residence(code: str) -> bool:
    """Tell whether a code has the form of a village's or community's; one that ends in 000 is a whole township."""
    return _RESIDENCE.fullmatch(code) is not None and not code.endswith("000")


@lru_cache(maxsize=16_384)
def is_diagnosis(code: str) -> bool:
    """Tell whether a code has a form of ICD-10."""
    return _DIAGNOSIS.fullmatch(code) is not None


@lru_cache(maxsize=1_024)
def is_medical_type(code: str) -> bool:
    """Tell whether a code has the form of a ``med_type``."""
    return _MEDICAL_TYPE.fullmatch(code) is not None


@lru_cache(maxsize=1_024)
def is_insurance_type(code: str) -> bool:
    """Tell whether a code has the form of an ``insutype``."""
    return _INSURANCE_TYPE.fullmatch(code) is not None


@lru_cache(maxsize=4_096)
def is_department(code: str) -> bool:
    """Tell whether a code has the form of a department's."""
    return _DEPARTMENT.fullmatch(code) is not None


def is_settlement_id(text: str) -> bool:
    """Tell whether a text can be an institution's settlement id."""
    return _SETTLEMENT_ID.fullmatch(text) is not None


def is_traceability(code: str) -> bool:
    """Tell whether a text can be a traceability code (追溯码): 7 to 100 letters and digits."""
    # Each code occurs once, so none is remembered, and a pattern would take three times as long.
    return SHORTEST_TRACEABILITY <= len(code) <= LONGEST_TRACEABILITY and code.isalnum() and code.isascii()


def is_reference(text: str) -> bool:
    """Tell whether a text can be a number of the institution's own: 1 to 150 visible characters."""
    return 0 < len(text) <= LONGEST_HOSPITAL_ITEM and text.isprintable() and not text.isspace()


def is_insured_number(text: str) -> bool:
    """Tell whether a text can be an insured person's number (``psn_no``)."""
    return _INSURED_NUMBER.fullmatch(text) is not None


def institution_kind(code: str) -> InstitutionKind:
    """Return the kind of institution that a well-formed code stands for."""
    return "hospital" if code.startswith("H") else "pharmacy"


def fits_category(code: str, category: PractitionerCategory) -> bool:
    """Tell whether a practitioner's code begins as its category's codes do."""
    if category == "physician":
        return code.startswith("D")
    if category == "nurse":
        return code.startswith("N")
    return True
