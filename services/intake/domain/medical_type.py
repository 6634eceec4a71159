"""What a national ``med_type`` (医疗类别) says about the kind of visit."""

from typing import Literal

CareSetting = Literal["outpatient", "emergency", "inpatient", "pharmacy"]

EMERGENCY = frozenset({"13"})
PHARMACY = frozenset({"41"})
INPATIENT = frozenset({"21", "22", "23", "24", "25", "26", "27", "28", "52", "53", "5212", "3101"})
"""Stays of every kind; 28 day surgery, 52 a birth, 53 family planning, 5212 a newborn, 3101 low co-payment."""

_INPATIENT_FAMILY = "21"
_FAMILY_LENGTH = 4


def care_setting(medical_type: str) -> CareSetting:
    """Return the kind of visit; four-digit types of the family 21 (2105, 2114) are stays, unknown ones are visits."""
    if medical_type in INPATIENT:
        return "inpatient"
    if medical_type in PHARMACY:
        return "pharmacy"
    if medical_type in EMERGENCY:
        return "emergency"
    if len(medical_type) == _FAMILY_LENGTH and medical_type.startswith(_INPATIENT_FAMILY):
        return "inpatient"
    return "outpatient"
