"""The planted truth against what was found: every plant once, and nothing besides."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.demo.planted.seedbed import Plant

Finding = Mapping[str, Any]
"""A finding as screening's interface shows it; read here are rule_code, settlement_id and line_numbers."""


@dataclass(slots=True)
class Verdict:
    """How plants and findings compare."""

    found: int = 0
    """Plants that a finding matches."""
    missed: list[str] = field(default_factory=list)
    """Plants without a finding, in words."""
    planned: list[Finding] = field(default_factory=list)
    """Findings that match a plant."""
    unplanned: list[Finding] = field(default_factory=list)
    """False alarms: findings that match no plant, or one that another finding has matched already."""


def judge(plants: Sequence[Plant], findings: Iterable[Finding]) -> Verdict:
    """Match findings to plants by rule, settlement and lines, each plant once."""
    verdict = Verdict()
    open_plants: dict[tuple[str, str], list[Plant]] = {}
    for plant in plants:
        for settlement_id in plant.settlement_ids:
            open_plants.setdefault((plant.rule_code, settlement_id), []).append(plant)
    matched: set[int] = set()
    for finding in findings:
        candidates = open_plants.get((finding["rule_code"], finding["settlement_id"]), [])
        fitting = [one for one in candidates if id(one) not in matched and _fits(one, finding)]
        if fitting:
            matched.add(id(fitting[0]))
            verdict.planned.append(finding)
        else:
            verdict.unplanned.append(finding)
    verdict.found = len(matched)
    verdict.missed = [
        f"{plant.rule_code} {plant.about} ({', '.join(plant.settlement_ids)})"
        for plant in plants
        if id(plant) not in matched
    ]
    return verdict


def _fits(plant: Plant, finding: Finding) -> bool:
    return plant.lines is None or list(plant.lines) == list(finding["line_numbers"])
