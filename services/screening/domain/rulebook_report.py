"""The report of a validation: errors that keep a rulebook from judging, and notes that a person should read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.screening.domain.checks.table import KINDS
from services.screening.domain.coverage import RuleCoverage, coverage
from services.screening.domain.expression_syntax import ParseExpression
from services.screening.domain.plan import compile_plan
from services.screening.domain.rulebook import Rulebook, RulebookError, parse_rulebook
from services.screening.domain.rules import KnowledgePoint

MOST_OF_A_KIND = 200
"""Remarks of one kind that are written out; all are counted."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing said about a rulebook."""

    code: str
    """``content`` (an error), ``overlap``, ``no_points``, ``ended``, ``codes_unseen``."""
    where: str
    """Code of the rule or id of the knowledge point it is about; empty for the whole."""
    zh: str
    en: str


@dataclass(slots=True)
class Report:
    """What validation says of one rulebook."""

    errors: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    """Rules, points, codes, and remarks by kind, those not written out included."""
    coverage: list[RuleCoverage] = field(default_factory=list)

    def error(self, where: str, problem: str) -> None:
        """Add what keeps the rulebook from going further."""
        self._add(self.errors, Remark("content", where, f"规则库内容有误：{problem}", problem))

    def note(self, remark: Remark) -> None:
        """Add what a person should read."""
        self._add(self.notes, remark)

    def _add(self, kept: list[Remark], remark: Remark) -> None:
        number = self.counts.get(remark.code, 0) + 1
        self.counts[remark.code] = number
        if number <= MOST_OF_A_KIND:
            kept.append(remark)


def validate(
    document: Mapping[str, Any],
    *,
    seen: frozenset[str] | None,
    today: date,
    parse: ParseExpression | None = None,
) -> Report:
    """Report on a rulebook as stored.

    ``seen`` are item codes that claims or other rulebooks have named; None leaves the question out.
    """
    report = Report()
    try:
        rulebook = parse_rulebook(document)
        compile_plan(rulebook, parse)
    except RulebookError as error:
        for problem in error.problems:
            report.error(problem.partition(": ")[0].partition(" ")[0], problem)
        return report
    codes = {code for point in rulebook.points for code in (*point.item_codes, *point.other_codes)}
    report.counts |= {"rules": len(rulebook.rules), "points": len(rulebook.points), "codes": len(codes)}
    _without_points(report, rulebook)
    _ended(report, rulebook, today)
    _overlaps(report, rulebook)
    if seen is not None:
        for code in sorted(codes - seen):
            report.note(
                Remark(
                    "codes_unseen",
                    code,
                    f"编码{code}未见于近期结算和其他规则库。",
                    f"{code} occurs in no recent claim and in no other rulebook.",
                )
            )
    report.coverage = coverage(rulebook)
    return report


def _without_points(report: Report, rulebook: Rulebook) -> None:
    pointed = {point.rule_code for point in rulebook.points}
    for rule in rulebook.rules:
        if KINDS[rule.kind].points != "none" and rule.code not in pointed:
            report.note(
                Remark(
                    "no_points",
                    rule.code,
                    f"规则“{rule.name_zh}”没有知识点，不会执行。",
                    f"“{rule.name_en}” has no knowledge points and does nothing.",
                )
            )


def _ended(report: Report, rulebook: Rulebook, today: date) -> None:
    ends = [(rule.code, rule.effective_until) for rule in rulebook.rules]
    ends += [(point.id, point.effective_until) for point in rulebook.points]
    for where, until in ends:
        if until is not None and until < today:
            report.note(Remark("ended", where, f"已于{until}失效。", f"ended on {until}."))


def _overlaps(report: Report, rulebook: Rulebook) -> None:
    """Two points of one kind that speak of one item at one time, in one rule or across rules."""
    kind_of = {rule.code: rule.kind for rule in rulebook.rules}
    first: dict[tuple[str, str], list[KnowledgePoint]] = {}
    told: set[tuple[str, str]] = set()
    for point in rulebook.points:
        kind = kind_of[point.rule_code]
        for item in _subjects(point):
            known = first.setdefault((kind, item), [])
            for other in known:
                pair = (other.id, point.id)
                if pair not in told and _at_one_time(point, other):
                    told.add(pair)
                    report.note(
                        Remark(
                            "overlap",
                            point.id,
                            f"与{other.id}（{other.rule_code}）就同一项目{item}同时有规定。",
                            f"speaks of {item} at the same time as {other.id} of {other.rule_code}.",
                        )
                    )
            known.append(point)


def _subjects(point: KnowledgePoint) -> Iterable[str]:
    if not point.other_codes:
        return point.item_codes
    return ("×".join(sorted((code, other))) for code in point.item_codes for other in point.other_codes)


def _at_one_time(one: KnowledgePoint, other: KnowledgePoint) -> bool:
    return one.effective_from <= (other.effective_until or date.max) and other.effective_from <= (
        one.effective_until or date.max
    )
