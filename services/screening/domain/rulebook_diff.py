"""What differs between two rulebooks: rules as they are written, knowledge points by rule and item code."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_SHOWN = 100
"""Differences of one rule that are written out per kind of change; all are counted."""

_POINT_FIELDS = ("when", "severity", "from", "until")
"""What makes a point another: its id, name and source may change without changing the law."""

Entry = Mapping[str, Any]
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule that both have and that differs, with the fields that do."""

    code: str
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PointChange:
    """What holds for one item under one rule."""

    rule_code: str
    code: str
    """Item code, A×B for a pair, the point's id where the rule's points name no items."""
    name: str
    before: list[dict[str, Any]]
    after: list[dict[str, Any]]


@dataclass(slots=True)
class PointDifference:
    """Changes of one rule's points, counted by item code."""

    added: int = 0
    removed: int = 0
    changed: int = 0
    shown: list[PointChange] = field(default_factory=list)


@dataclass(slots=True)
class Difference:
    """What one rulebook has that another has not."""

    rules_added: list[str] = field(default_factory=list)
    rules_removed: list[str] = field(default_factory=list)
    rules_changed: list[RuleChange] = field(default_factory=list)
    points: dict[str, PointDifference] = field(default_factory=dict)


def difference(before: Entry, after: Entry) -> Difference:
    """Compare two rulebook documents; the order of their entries does not matter."""
    found = Difference()
    old = {rule["code"]: rule for rule in before.get("rules", ())}
    new = {rule["code"]: rule for rule in after.get("rules", ())}
    found.rules_added = sorted(new.keys() - old.keys())
    found.rules_removed = sorted(old.keys() - new.keys())
    for code in sorted(old.keys() & new.keys()):
        names = [name for name in {**old[code], **new[code]} if old[code].get(name) != new[code].get(name)]
        if names:
            found.rules_changed.append(RuleChange(code, _only(old[code], names), _only(new[code], names)))
    were, are = _by_item(before), _by_item(after)
    for key in sorted(were.keys() | are.keys()):
        earlier, later = were.get(key, []), are.get(key, [])
        if len(earlier) == len(later) and _said(earlier) == _said(later):
            continue
        of_rule = found.points.setdefault(key[0], PointDifference())
        if not earlier:
            of_rule.added += 1
            number = of_rule.added
        elif not later:
            of_rule.removed += 1
            number = of_rule.removed
        else:
            of_rule.changed += 1
            number = of_rule.changed
        if number <= MOST_SHOWN:
            name = str((later or earlier)[0].get("name", ""))
            of_rule.shown.append(
                PointChange(
                    *key,
                    name,
                    [_only(one, _POINT_FIELDS) for one in earlier],
                    [_only(one, _POINT_FIELDS) for one in later],
                )
            )
    return found


def _by_item(document: Entry) -> dict[Key, list[Entry]]:
    found: dict[Key, list[Entry]] = {}
    since = document.get("effective_from")
    for point in document.get("points", ()):
        resolved = point if "from" in point else {**point, "from": since}
        for item in _items(point):
            found.setdefault((point["rule"], item), []).append(resolved)
    return found


def _items(point: Entry) -> Iterable[str]:
    codes: list[str] = point.get("codes") or []
    others: list[str] = point.get("others") or []
    if not codes:
        return (str(point["id"]),)
    if not others:
        return codes
    return (f"{code}×{other}" for code in codes for other in others)


def _said(points: list[Entry]) -> list[str]:
    return sorted(json.dumps(_only(one, _POINT_FIELDS), sort_keys=True) for one in points)


def _only(entry: Entry, names: Iterable[str]) -> dict[str, Any]:
    return {name: entry[name] for name in names if name in entry}
