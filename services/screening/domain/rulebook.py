"""Reading a rulebook from its file form; everything wrong with it is said at once."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import cast

from services.screening.domain.checks.table import KINDS
from services.screening.domain.finding import Severity
from services.screening.domain.rulebook_problems import parameter_problems, point_problems, rule_problems
from services.screening.domain.rules import KnowledgePoint, Parameters, Phase, Rule, Rulebook, RulebookError

__all__ = ["KINDS", "KnowledgePoint", "Parameters", "Rule", "Rulebook", "RulebookError", "parse_rulebook"]

Document = Mapping[str, object]


def parse_rulebook(document: Document, overrides: Mapping[str, Document] | None = None) -> Rulebook:
    """Read a rulebook; ``overrides`` replaces single rule parameters by rule code, as a province does.

    Raises ``RulebookError`` with every problem found: unknown kinds and parameters, malformed codes, missing values,
    repeated ids, points that contradict each other.
    """
    problems: list[str] = []
    version = document.get("version")
    if not isinstance(version, str) or not version:
        problems.append("version is missing")
    since = _date(document.get("effective_from"), "effective_from", problems) or date.min
    rules = [_rule(entry, since, overrides or {}, problems) for entry in _entries(document, "rules", problems)]
    kept_rules = tuple(rule for rule in rules if rule is not None)
    by_code = {rule.code: rule for rule in kept_rules}
    problems += [f"overrides name the unknown rule {code}" for code in overrides or {} if code not in by_code]
    points = [_point(entry, since, by_code, problems) for entry in _entries(document, "points", problems)]
    kept_points = tuple(point for point in points if point is not None)
    problems += rule_problems(kept_rules)
    problems += point_problems(by_code, kept_points)
    if problems:
        raise RulebookError(problems)
    return Rulebook(str(version), kept_rules, kept_points, str(document.get("note", "")))


def parse_rules(document: Document) -> Rulebook:
    """Read only the rules of a rulebook, for whoever brings points in; raises ``RulebookError``."""
    return parse_rulebook({**document, "points": []})


def _rule(entry: Document, since: date, overrides: Mapping[str, Document], problems: list[str]) -> Rule | None:
    code = _text(entry, "code", "a rule", problems)
    if code is None:
        return None
    kind = _text(entry, "kind", code, problems)
    if kind not in KINDS:
        problems.append(f"{code}: unknown kind {kind}")
        return None
    parameters = _mapping(entry, "parameters", code, problems) | dict(overrides.get(code, {}))
    problems += parameter_problems(code, KINDS[kind].rule_parameters, parameters)
    severity = _choice(entry, "severity", ("violation", "suspicion"), code, problems)
    phases = entry.get("phases", ())
    if not isinstance(phases, Sequence) or not phases or not set(phases) <= {"before", "during", "after"}:
        problems.append(f"{code}: phases must be some of before, during, after")
        phases = ()
    return Rule(
        code=code,
        kind=kind,
        name_zh=_text(entry, "name_zh", code, problems) or "",
        name_en=_text(entry, "name_en", code, problems) or "",
        category=_text(entry, "category", code, problems) or "",
        severity=cast("Severity", severity),
        phases=cast("tuple[Phase, ...]", tuple(phases)),
        legal_basis=_text(entry, "legal_basis", code, problems) or "",
        parameters=Parameters(parameters),
        effective_from=_date(entry.get("from"), f"{code}: from", problems) or since,
        effective_until=_date(entry.get("until"), f"{code}: until", problems),
        needs=str(entry.get("needs", "")),
    )


def _point(entry: Document, since: date, rules: Mapping[str, Rule], problems: list[str]) -> KnowledgePoint | None:
    identity = _text(entry, "id", "a point", problems)
    rule_code = _text(entry, "rule", str(identity), problems)
    if identity is None or rule_code is None:
        return None
    if rule_code not in rules:
        problems.append(f"{identity}: unknown rule {rule_code}")
        return None
    condition = _mapping(entry, "when", identity, problems)
    problems += parameter_problems(identity, KINDS[rules[rule_code].kind].point_parameters, condition)
    severity = None
    if "severity" in entry:
        severity = _choice(entry, "severity", ("violation", "suspicion"), identity, problems)
    return KnowledgePoint(
        id=identity,
        rule_code=rule_code,
        name=_text(entry, "name", identity, problems) or "",
        item_codes=_codes(entry, "codes", identity, problems),
        other_codes=_codes(entry, "others", identity, problems),
        condition=Parameters(condition),
        effective_from=_date(entry.get("from"), f"{identity}: from", problems) or since,
        effective_until=_date(entry.get("until"), f"{identity}: until", problems),
        severity=cast("Severity | None", severity),
        source=str(entry.get("source", "")),
    )


def _entries(document: Document, name: str, problems: list[str]) -> list[Document]:
    value = document.get(name, [])
    if not isinstance(value, list) or not all(isinstance(entry, Mapping) for entry in value):
        problems.append(f"{name} must be a list of objects")
        return []
    return value


def _text(entry: Document, name: str, where: str, problems: list[str]) -> str | None:
    value = entry.get(name)
    if isinstance(value, str) and value:
        return value
    problems.append(f"{where}: {name} is missing")
    return None


def _choice(entry: Document, name: str, choices: Sequence[str], where: str, problems: list[str]) -> str:
    value = entry.get(name)
    if value not in choices:
        problems.append(f"{where}: {name} must be one of {', '.join(choices)}")
    return str(value)


def _mapping(entry: Document, name: str, where: str, problems: list[str]) -> dict[str, object]:
    value = entry.get(name, {})
    if isinstance(value, Mapping):
        return dict(value)
    problems.append(f"{where}: {name} must be an object")
    return {}


def _codes(entry: Document, name: str, where: str, problems: list[str]) -> tuple[str, ...]:
    value = entry.get(name, [])
    if isinstance(value, list) and all(isinstance(code, str) for code in value):
        return tuple(value)
    problems.append(f"{where}: {name} must be a list of codes")
    return ()


def _date(value: object, where: str, problems: list[str]) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        problems.append(f"{where} must be a date such as 2025-01-01")
        return None
