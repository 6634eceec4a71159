"""Bringing published points into a draft: of what speaks of one item under one rule, the newest publication wins."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

_PUBLISHED = re.compile(r"(\d{4}-\d{2}-\d{2})公布")


@dataclass(slots=True)
class Merge:
    """What came of bringing points in."""

    added: int = 0
    """Codes, or pairs of codes, that the rule had nothing on."""
    replaced: int = 0
    """Codes whose older points gave way."""
    older: int = 0
    """Codes that stayed out, because what stands was published later."""
    dropped: list[str] = field(default_factory=list)
    """Ids of points that lost their last code."""


def merge(document: dict[str, Any], incoming: Iterable[Mapping[str, Any]], published_on: date) -> Merge:
    """Bring points of one or more rules, published on one day, into a rulebook document, in place."""
    outcome = Merge()
    by_rule: dict[str, list[dict[str, Any]]] = {}
    for point in incoming:
        by_rule.setdefault(point["rule"], []).append(dict(point))
    kept = [point for point in document.get("points", []) if point["rule"] not in by_rule]
    for rule_code, points in by_rule.items():
        standing = [dict(point) for point in document.get("points", []) if point["rule"] == rule_code]
        kept += _merge_rule(standing, points, published_on, outcome)
    document["points"] = kept
    return outcome


def published(point: Mapping[str, Any]) -> date:
    """The day a point was published, as its source says; the beginning of time where it says none."""
    found = _PUBLISHED.search(str(point.get("source", "")))
    return date.fromisoformat(found.group(1)) if found else date.min


def _merge_rule(
    standing: list[dict[str, Any]], points: list[dict[str, Any]], published_on: date, outcome: Merge
) -> list[dict[str, Any]]:
    newest: dict[str, date] = {}
    for point in standing:
        day = published(point)
        for key in _keys(point):
            newest[key] = max(day, newest.get(key, date.min))
    taken: set[str] = set()
    accepted = [
        {**point, "codes": codes}
        for point in points
        if (codes := _accepted(point, newest, taken, published_on, outcome))
    ]
    return [*_left(standing, taken, {point["id"] for point in accepted}, outcome), *accepted]


def _accepted(
    point: Mapping[str, Any], newest: Mapping[str, date], taken: set[str], published_on: date, outcome: Merge
) -> list[str]:
    """Codes of a new point that no later publication speaks of."""
    codes: list[str] = []
    for code in point["codes"]:
        keys = list(_keys({**point, "codes": [code]}))
        if any(newest.get(key, date.min) > published_on for key in keys):
            outcome.older += 1
            continue
        new = [key for key in keys if key not in taken]
        if any(key in newest for key in new):
            outcome.replaced += 1
        elif new:
            outcome.added += 1
        taken.update(keys)
        codes.append(code)
    return codes


def _left(
    standing: list[dict[str, Any]], taken: set[str], new_ids: set[str], outcome: Merge
) -> Iterable[dict[str, Any]]:
    """What stands of older points."""
    for point in standing:
        if not point.get("codes"):
            yield point
            continue
        if point.get("others"):
            # A pair gives way as a whole when all that it says is said anew.
            remaining = point["codes"] if any(key not in taken for key in _keys(point)) else []
        else:
            remaining = [code for code in point["codes"] if code not in taken]
        if not remaining:
            outcome.dropped.append(point["id"])
            continue
        # The same file brought in again with other codes: what is left of the old point needs another name.
        identity = f"{point['id']}-old" if point["id"] in new_ids else point["id"]
        yield {**point, "id": identity, "codes": remaining}


def _keys(point: Mapping[str, Any]) -> Iterable[str]:
    codes: list[str] = point.get("codes", [])
    others = point.get("others")
    if not others:
        return codes
    return ("×".join(sorted((code, other))) for code in codes for other in others)
