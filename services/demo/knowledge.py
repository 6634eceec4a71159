"""What the national rulebook says of each item, read from its file: the ground for honest claims and for plants."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any
from zlib import crc32

from services.contracts.intake import CareSetting, ItemKind
from services.demo.claim import EMERGENCY, INPATIENT, MATERNITY_INPATIENT, PHARMACY
from services.demo.county import Institution, InsuredPerson
from services.demo.formulary import Item

RULEBOOK = "national-2025.json"

CHILD_YEARS = 18
TODDLER_YEARS = 3
"""Ends of childhood where the rule does not say, as screening reads it."""
SAFE_YEARS = 1
"""Distance that a clean claim keeps from every age limit."""

RELATIONAL = frozenset(
    {"exclusive_items", "frequency", "course_length", "herb_alone_not_paid", "price_ceiling", "surgery_discount"}
)
"""Kinds whose outcome depends on what else is charged, or how much of it."""
NEVER = frozenset({"herb_never_paid", "second_line"})
"""Kinds whose items no clean claim holds."""

_KINDS_BY_LETTER: dict[str, ItemKind] = {"X": "drug", "Z": "drug", "T": "herb", "C": "consumable"}
_PRICES: dict[ItemKind, tuple[int, int]] = {
    "drug": (1_200, 9_800),
    "herb": (6, 40),
    "service": (800, 26_000),
    "consumable": (300, 90_000),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the rulebook."""

    code: str
    kind: str
    name_zh: str
    name_en: str
    severity: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Point:
    """A knowledge point (知识点) of a rule."""

    id: str
    rule: Rule
    name: str
    codes: tuple[str, ...]
    others: tuple[str, ...]
    when: Mapping[str, Any]

    def item(self, position: int = 0) -> Item:
        """One of the point's items."""
        return item_of(self.codes[position % len(self.codes)], self.name)

    def other_item(self, position: int = 0) -> Item:
        """One of the items that the point's own items include."""
        return item_of(self.others[position % len(self.others)], self.name)


@dataclass(frozen=True, slots=True)
class Visit:
    """What the conditions on an item ask about."""

    person: InsuredPerson
    institution: Institution
    medical_type: str
    insurance_type: str
    years: int
    """Age in completed years on the first day."""


class Knowledge:
    """The rulebook by kind of check and by item code."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.version: str = document["version"]
        self.rules: tuple[Rule, ...] = tuple(
            Rule(
                code=rule["code"],
                kind=rule["kind"],
                name_zh=rule["name_zh"],
                name_en=rule["name_en"],
                severity=rule["severity"],
                parameters=rule.get("parameters", {}),
            )
            for rule in document["rules"]
        )
        by_code = {rule.code: rule for rule in self.rules}
        self.points: tuple[Point, ...] = tuple(
            Point(
                id=point["id"],
                rule=by_code[point["rule"]],
                name=point["name"],
                codes=tuple(point.get("codes", ())),
                others=tuple(point.get("others", ())),
                when=point.get("when", {}),
            )
            for point in document["points"]
        )
        self._on: dict[str, list[Point]] = {}
        for point in self.points:
            for code in (*point.codes, *point.others):
                self._on.setdefault(code, []).append(point)

    def rules_of(self, kind: str) -> tuple[Rule, ...]:
        """Rules of a kind of check that have something to judge by: those whose points a region brings are left out."""
        bare = {rule.code for rule in self.rules} - {point.rule.code for point in self.points}
        needs_points = {point.rule.kind for point in self.points}
        return tuple(
            rule for rule in self.rules if rule.kind == kind and not (rule.code in bare and kind in needs_points)
        )

    def points_of(self, kind: str) -> tuple[Point, ...]:
        """Knowledge points of a kind of check."""
        return tuple(point for point in self.points if point.rule.kind == kind)

    def points_on(self, code: str) -> Sequence[Point]:
        """Every point that names the item, on either side."""
        return self._on.get(code, ())

    def only(self, code: str, kind: str) -> bool:
        """Whether no other kind of check, and no second point of this one, looks at the item."""
        points = self.points_on(code)
        return len(points) == 1 and points[0].rule.kind == kind

    def restricted_codes(self) -> Iterator[str]:
        """Every code that some point names."""
        return iter(self._on)

    def relational(self, code: str) -> bool:
        """Whether what else is charged decides about the item."""
        return any(point.rule.kind in RELATIONAL for point in self.points_on(code))

    def permits(self, code: str, visit: Visit, *, but: str | None = None) -> bool:
        """Whether every condition on the item itself holds, with room to spare; ``but`` leaves out one kind."""
        return all(_holds(point, visit) for point in self.points_on(code) if point.rule.kind != but)


def read_knowledge() -> Knowledge:
    """Read the rulebook that a new installation begins with."""
    source = files("services.screening") / "rulebooks" / RULEBOOK
    return Knowledge(json.loads(source.read_text(encoding="utf-8")))


def item_of(code: str, name: str) -> Item:
    """An item of the rulebook at a made-up price that is always the same for the code."""
    kind = _KINDS_BY_LETTER.get(code[0], "service")
    low, high = _PRICES[kind]
    return Item(code, kind, name, low + crc32(code.encode()) % (high - low))


def care_setting(medical_type: str) -> CareSetting:
    """Kind of visit of a medical type that the demo uses."""
    if medical_type in {INPATIENT, MATERNITY_INPATIENT}:
        return "inpatient"
    if medical_type == EMERGENCY:
        return "emergency"
    return "pharmacy" if medical_type == PHARMACY else "outpatient"


def age_limits(point: Point) -> tuple[int, int | None]:
    """Years from which and under which a point of the kind ``age`` pays; (0, 0) for newborns, none of whom we have."""
    group = point.when.get("group")
    parameters = point.rule.parameters
    low: int = point.when.get("at_least_years", 0)
    if group == "newborn":
        return 0, 0
    if group == "toddler":
        return low, parameters.get("toddler_years", TODDLER_YEARS)
    if group == "child":
        return low, parameters.get("child_years", CHILD_YEARS)
    return low, point.when.get("younger_than_years")


def _holds(point: Point, visit: Visit) -> bool:
    kind = point.rule.kind
    if kind == "sex":
        return bool(visit.person.sex == point.when["sex"])
    if kind == "age":
        low, high = age_limits(point)
        old_enough = low == 0 or visit.years >= low + SAFE_YEARS
        return old_enough and (high is None or visit.years < high - SAFE_YEARS)
    if kind == "facility_level":
        return bool(visit.institution.level >= point.when["min_level"])
    if kind == "insurance_type":
        allowed = point.rule.parameters
        return visit.insurance_type in allowed["insurance_types"] or visit.medical_type in allowed.get(
            "medical_types", ()
        )
    if kind == "visit_type":
        return care_setting(visit.medical_type) in point.when["care_settings"]
    return kind not in NEVER
