"""The rulebook of the evaluation: the bundled one, and made-up knowledge points for rules that wait for a region's."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from services.screening.domain.checks.table import KINDS
from services.screening.rulebooks import read_rulebook

POINTS_PER_RULE = 5
"""Made-up points of a rule that has none."""

Document = dict[str, Any]


class Codes:
    """Item codes that name nothing: the form of the kind wanted, numbers no catalogue uses."""

    def __init__(self) -> None:
        self._next = 0

    def of(self, name_zh: str) -> str:
        """The next code of the kind of item that a rule's name speaks of."""
        self._next += 1
        if "耗材" in name_zh:
            return f"C{self._next:019d}"
        if "饮片" in name_zh:
            return f"T9{self._next:08d}"
        if "药" in name_zh or "用药" in name_zh:
            return f"XZ99ZZZ999Z{self._next:012d}"
        return f"0099{self._next:011d}"

    def service(self) -> str:
        """The next code of a service."""
        return self.of("项目")


def evaluation_document() -> Document:
    """The bundled rulebook with points of its own for every rule whose kind takes any."""
    bundled = read_rulebook()
    document: Document = {name: list(value) if isinstance(value, list) else value for name, value in bundled.items()}
    document["version"] = "evaluation"
    have = Counter(point["rule"] for point in own_points(document))
    codes = Codes()
    document["rules"] = [rule | _LIMITS.get(rule["code"], {}) for rule in document["rules"]]
    for rule in document["rules"]:
        kind = KINDS[rule["kind"]]
        if kind.points != "none" and not have[rule["code"]]:
            for number in range(POINTS_PER_RULE):
                document["points"].append(_point(rule, number, codes))
    return document


def _point(rule: Mapping[str, Any], number: int, codes: Codes) -> Document:
    point: Document = {"id": f"E-{rule['code']}-{number}", "rule": rule["code"], "name": f"示例{number}"}
    if KINDS[rule["kind"]].points in {"items", "pairs"}:
        count = 2 if rule["kind"] in {"decomposed_billing", "duplicate_therapy"} else 1
        point["codes"] = [codes.of(rule["name_zh"]) for _ in range(count)]
    if KINDS[rule["kind"]].points == "pairs":
        point["others"] = [codes.of(rule["name_zh"]) if "饮片" in rule["name_zh"] else codes.service()]
    when = dict(_WHEN.get(rule["code"], _WHEN.get(rule["kind"], {})))
    if rule["kind"] == "unsupported_diagnosis":
        when = {"diagnoses": [f"N1{number}"]}
    if when:
        point["when"] = when
    return point


_LIMITS: dict[str, Document] = {"GZ10000201007000": {"parameters": {"within_hours": 24}}}
"""Limits that a region sets, of rules that do nothing without."""

_WHEN: dict[str, Document] = {
    "age": {"group": "child"},
    "GZ10000101006000": {"group": "newborn"},
    "GZ10000102005000": {"group": "newborn"},
    "GZ10000103001000": {"group": "newborn"},
    "sex": {"sex": "female"},
    "facility_level": {"min_level": 2},
    "visit_type": {"care_settings": ["inpatient"]},
    "use_conditions": {"diagnoses": ["C50"]},
    "GZ10000102008000": {"departments": ["A05"]},
    "GZ10000303002000": {"departments": ["A05"]},
    "GZ10000202003000": {"titles": ["主任医师", "副主任医师"]},
    "NK2025029": {"younger_than_years": 60},
    "GZ10000301003000": {"at_least_years": 14},
    "GZ10000301009000": {"younger_than_years": 65},
    "GZ10000301008000": {"excluded_diagnoses": ["N18"]},
    "GZ10000302005000": {"excluded_diagnoses": ["N18"]},
    "GZ10000301010000": {"excluded_diagnoses": ["O00-O99", "Z33-Z34"]},
    "GZ10000101011000": {"diagnoses": ["E11"], "medical_types": ["14"]},
    "supply_limit": {"max_days": 7, "max_quantity": 60},
    "dose_limit": {"max_daily_dose_e4": 1_000_000},
    "price_ceiling": {"ceilings_fen": {"3": 5_000, "2": 4_000, "1": 3_000, "0": 2_000}},
    "total_ceiling": {"ceiling_fen": 50_000, "window": "visit"},
    "exclusive_items": {"window": "day"},
    "incompatible_items": {"window": "day"},
    "duplicate_therapy": {"within_days": 0},
    "quantity_ratio": {"per_service": 2},
    "diagnosis_operation": {"operations": ["51.2"], "diagnoses": ["K80-K82"]},
}
"""Conditions of made-up points, by rule code or else by kind of check."""


def own_points(document: Document) -> Iterator[Document]:
    """Points whose items no other point speaks of: what is planted on them breaks one rule."""
    spoken: Counter[str] = Counter()
    for point in document["points"]:
        spoken.update({*point.get("codes", ()), *point.get("others", ())})
    for point in document["points"]:
        if all(spoken[code] == 1 for code in (*point.get("codes", ()), *point.get("others", ()))):
            yield point
