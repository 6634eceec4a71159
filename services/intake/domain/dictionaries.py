"""Dictionaries of the national interface: what a well-formed code can be told to mean, and where it is from.

A code that no dictionary has is taken and marked: provinces add codes, and refusing what they add would hide claims.
"""

from typing import Literal

Origin = Literal["national", "local", "unknown"]
"""Whose dictionary has a code; ``local`` are extensions that provinces or cities are known to use."""

INSURANCE_TYPES = frozenset(
    {"310", "320", "330", "340", "350", "360", "370", "380", "390", "391", "392", "399", "410", "510"}
)
"""``insutype`` (险种): 310 employees, 390 residents, 392 serious illness, 410 long-term care, 510 maternity, …"""

LOCAL_INSURANCE_TYPES = frozenset({"1", "2", "3", "4", "5", "31", "32", "33", "42", "80", "91", "92", "93"})
"""Short codes some cities send in its place: 3 employees, 31 veteran cadres, 4 work injury, 91 students, …"""

MEDICAL_TYPES = frozenset(
    {
        *("11", "12", "13", "14", "15", "16", "19"),
        *("21", "22", "23", "24", "25", "26", "27", "28"),
        *("41", "51", "52", "53", "61", "81"),
    }
)
"""``med_type`` (医疗类别): 1x outpatient, 2x inpatient, 41 pharmacy, 5x birth, 61 care, 81 accidents."""

LOCAL_MEDICAL_TYPES = frozenset({"29", "3101", "3102", "9107", "5212"})
"""Extensions that belong to no family: 29 and 31xx low or no deductible, 9107 check-ups, 5212 newborns."""

_LOCAL_FAMILY = "99"
_FAMILY = 2
"""Digits of a national type that longer, local ones begin with, such as 140104 of 14 or 2114 of 21."""

PROVINCES = frozenset(
    {
        *("11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37"),
        *("41", "42", "43", "44", "45", "46", "50", "51", "52", "53", "54"),
        *("61", "62", "63", "64", "65", "66", "71", "81", "82"),
    }
)
"""First two digits of a region (GB/T 2260), with 66 of the Xinjiang corps."""


def insurance_type_origin(code: str) -> Origin:
    """Return whose dictionary has an ``insutype``."""
    if code in INSURANCE_TYPES:
        return "national"
    return "local" if code in LOCAL_INSURANCE_TYPES else "unknown"


def medical_type_origin(code: str) -> Origin:
    """Return whose dictionary has a ``med_type``; a longer code of a national family is a local one."""
    if code in MEDICAL_TYPES:
        return "national"
    family = code[:_FAMILY]
    if code in LOCAL_MEDICAL_TYPES or family == _LOCAL_FAMILY or (len(code) > _FAMILY and family in MEDICAL_TYPES):
        return "local"
    return "unknown"


def is_region_of_a_province(code: str) -> bool:
    """Tell whether a region lies in a province there is."""
    return code[:_FAMILY] in PROVINCES
