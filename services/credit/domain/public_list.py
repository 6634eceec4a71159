"""What the law makes public of credit, field by field with its article; what is not named here is not published.

Persons are not among it: the national procedure shows a person's status within the institution and on registration
platforms only (医保办发〔2024〕34号 第三十七条), and no text kept here prescribes a public list of them.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_CREDIT = "医疗保障基金使用监督管理条例 第三十三条"
_PENALTY = "行政处罚法 第四十八条；政府信息公开条例 第二十条第六项"

PUBLIC_RATING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "institution_code": _CREDIT,
        "region": _CREDIT,
        "year": _CREDIT,
        "grade": _CREDIT,
        "grade_text": _CREDIT,
        "final_since": _CREDIT,
        "article": _CREDIT,
    }
)
"""Fields of a final yearly rating; no score, no reasons, no evidence."""

PUBLIC_PENALTY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "institution_code": _PENALTY,
        "region": _PENALTY,
        "kind": _PENALTY,
        "kind_text": _PENALTY,
        "deciding_authority": _PENALTY,
        "document_number": _PENALTY,
        "decided_on": _PENALTY,
        "article": _PENALTY,
    }
)
"""Fields of an administrative penalty (行政处罚) against an institution; no person, no finding, no amount."""

PENALTY_YEARS: Final = 3
"""Longest time a penalty is shown; what nobody asked to have repaired goes then all the same. [D]"""

LIST_ARTICLES: Final[Mapping[str, str]] = MappingProxyType({"ratings": _CREDIT, "penalties": _PENALTY})
