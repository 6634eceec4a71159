"""What can be wrong with a rulebook beyond its form: codes, parameters, contradictions."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from services.screening.domain.checks.table import KINDS
from services.screening.domain.kind import Kind, Parameter
from services.screening.domain.rules import KnowledgePoint, Rule

RULE_CODE = re.compile(r"(GZ|ZB)\d{14}|NK2025\d{3}|FW\d{6}")
"""National code; the sequence number of a 2025 rule whose code is not published; an own rule."""

ITEM_CODE = re.compile(r"X[A-Z]\d{2}[A-Z]{3}\d{3}[A-Z]\d{12}|Z[A-Z]\d{2}[A-Z]{3}\d{13}|T\d{9}|\d{15}|C\d{19}(\d{7})?")
"""Western drug, Chinese patent drug, herb, service, consumable."""

DIAGNOSIS = re.compile(r"[A-Z]\d{2}(-[A-Z]\d{2}|\.[0-9x][0-9x]{0,2}(x\d{3})?)?")
"""An ICD-10 category, a range of categories within one letter, or a longer beginning."""

OPERATION = re.compile(r"\d{2}(\.\d{0,4}(x\d{3})?)?")
"""An ICD-9-CM-3 code or its beginning."""

_HIGHEST_LEVEL = 3


def rule_problems(rules: Sequence[Rule]) -> list[str]:
    """Malformed and repeated rule codes, and periods that end before they begin."""
    problems = [f"{rule.code}: not a rule code" for rule in rules if not RULE_CODE.fullmatch(rule.code)]
    problems += [f"{code}: the rule occurs twice" for code in _repeated(rule.code for rule in rules)]
    return problems + [f"{rule.code}: ends before it begins" for rule in rules if _ends_early(rule)]


def parameter_problems(where: str, known: Sequence[Parameter], given: Mapping[str, object]) -> list[str]:
    """Unknown, missing and misshapen parameters."""
    by_name = {parameter.name: parameter for parameter in known}
    problems = [f"{where}: unknown parameter {name}" for name in given if name not in by_name]
    for parameter in known:
        if parameter.name not in given:
            needed = parameter.required_when
            if parameter.required or (needed is not None and given.get(needed[0]) == needed[1]):
                problems.append(f"{where}: parameter {parameter.name} is missing")
        elif not _fits(parameter, given[parameter.name]):
            problems.append(f"{where}: parameter {parameter.name} has the wrong shape or value")
    return problems


def point_problems(rules: Mapping[str, Rule], points: Sequence[KnowledgePoint]) -> list[str]:
    """Malformed item codes, points without items, repeated ids, contradictions."""
    problems = [f"{identity}: the point occurs twice" for identity in _repeated(point.id for point in points)]
    for point in points:
        kind = KINDS[rules[point.rule_code].kind]
        problems += [f"{point.id}: {code} is no item code" for code in _bad_codes(point)]
        problems += _misplaced(point, kind)
        if _ends_early(point):
            problems.append(f"{point.id}: ends before it begins")
    return problems + _contradictions(rules, points)


def _fits(parameter: Parameter, value: object) -> bool:
    if parameter.shape == "integer":
        return _is_integer(value, parameter.minimum)
    if parameter.shape == "text":
        return isinstance(value, str) and (not parameter.choices or value in parameter.choices)
    if parameter.shape in {"diagnoses", "operations"}:
        return isinstance(value, list) and bool(value) and all(_is_code(one, parameter.shape) for one in value)
    if parameter.shape == "texts":
        if not isinstance(value, list) or not value or not all(isinstance(word, str) for word in value):
            return False
        return not parameter.choices or set(value) <= set(parameter.choices)
    levels = {str(level) for level in range(_HIGHEST_LEVEL + 1)}
    return (
        isinstance(value, Mapping)
        and bool(value)
        and set(value) <= levels
        and all(_is_integer(number, parameter.minimum) for number in value.values())
    )


def _is_integer(value: object, minimum: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= minimum


def _bad_codes(point: KnowledgePoint) -> list[str]:
    return [code for code in (*point.item_codes, *point.other_codes) if not ITEM_CODE.fullmatch(code)]


def _misplaced(point: KnowledgePoint, kind: Kind) -> list[str]:
    problems = []
    if bool(point.item_codes) != (kind.points in {"items", "pairs"}):
        problems.append(f"{point.id}: codes are {'missing' if not point.item_codes else 'not for this kind'}")
    if bool(point.other_codes) != (kind.points == "pairs"):
        problems.append(f"{point.id}: others are {'missing' if not point.other_codes else 'not for this kind'}")
    if kind.some_of and point.condition.values.keys().isdisjoint(kind.some_of):
        problems.append(f"{point.id}: one of {', '.join(kind.some_of)} is missing")
    if kind.points == "none":
        problems.append(f"{point.id}: the kind {kind.name} has no knowledge points")
    if not set(point.item_codes).isdisjoint(point.other_codes):
        problems.append(f"{point.id}: an item cannot exclude itself")
    return problems


def _is_code(entry: object, shape: str) -> bool:
    if not isinstance(entry, str):
        return False
    if shape == "operations":
        return OPERATION.fullmatch(entry) is not None
    return DIAGNOSIS.fullmatch(entry) is not None and entry[0] == entry.split("-")[-1][0]


def _contradictions(rules: Mapping[str, Rule], points: Sequence[KnowledgePoint]) -> list[str]:
    """Pairs of points that speak of one item at one time: with different conditions, or twice with the same."""
    seen: dict[tuple[object, ...], list[KnowledgePoint]] = {}
    problems: dict[str, None] = {}
    for point in points:
        same = KINDS[rules[point.rule_code].kind].once_per_item
        if same is None:
            continue
        agreed = tuple(point.condition.values.get(name) for name in same)
        for item in _subjects(point):
            earlier = seen.setdefault((point.rule_code, item, agreed), [])
            for other in earlier:
                if _overlap(point, other):
                    verb = "repeats" if point.condition == other.condition else "contradicts"
                    problems[f"{point.id} {verb} {other.id} on {item}"] = None
            earlier.append(point)
    return list(problems)


def _subjects(point: KnowledgePoint) -> Iterable[str]:
    if not point.other_codes:
        return point.item_codes
    return ("×".join(sorted((code, other))) for code in point.item_codes for other in point.other_codes)


def _overlap(one: KnowledgePoint, other: KnowledgePoint) -> bool:
    return one.effective_from <= (other.effective_until or date.max) and other.effective_from <= (
        one.effective_until or date.max
    )


def _ends_early(entry: Rule | KnowledgePoint) -> bool:
    return entry.effective_until is not None and entry.effective_until < entry.effective_from


def _repeated(names: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return sorted({name for name in names if name in seen or seen.add(name)})  # type: ignore[func-returns-value]
