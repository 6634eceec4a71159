"""How much of each rule's published text a rulebook carries out, and how much still waits for a person's word."""

from dataclasses import dataclass

from services.screening.domain.checks.table import KINDS
from services.screening.domain.rules import KnowledgePoint, Rulebook

_WAITS = "evidence"


@dataclass(frozen=True, slots=True)
class RuleCoverage:
    """Knowledge points of one rule by what they do."""

    rule_code: str
    points: int
    codes: int
    executing: int
    """Points whose whole condition a claim can show."""
    partly: int
    """Points with a condition that executes, and with something beside it that only the record can show."""
    review_only: int
    """Points that only ask for the record: published text that nobody has turned into a condition yet, or none can."""


def coverage(rulebook: Rulebook) -> list[RuleCoverage]:
    """Count every rule's points; kinds without points are left out."""
    by_rule: dict[str, list[KnowledgePoint]] = {
        rule.code: [] for rule in rulebook.rules if KINDS[rule.kind].points != "none"
    }
    for point in rulebook.points:
        by_rule[point.rule_code].append(point)
    return [_of(code, points) for code, points in by_rule.items()]


def _of(code: str, points: list[KnowledgePoint]) -> RuleCoverage:
    asking = [point for point in points if _WAITS in point.condition.values]
    partly = sum(1 for point in asking if len(point.condition.values) > 1)
    return RuleCoverage(
        rule_code=code,
        points=len(points),
        codes=sum(len(point.item_codes) for point in points),
        executing=len(points) - len(asking),
        partly=partly,
        review_only=len(asking) - partly,
    )
