"""Trying a rulebook on past claims: what it would have found, beside what the other one finds on the same claims."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.screening.domain.finding import Finding

Objection = tuple[str, str | None, tuple[int, ...]]

MOST_SAMPLES = 20
"""Findings to read per rule and side, taken as they come: the first ones of the period."""


@dataclass(slots=True)
class RuleTally:
    """What one rule found under both rulebooks."""

    found: int = 0
    found_fen: int = 0
    against: int = 0
    """Findings of the same rule under the other rulebook."""
    against_fen: int = 0
    new: int = 0
    gone: int = 0
    claims: int = 0
    """Claims with at least one finding of the rule under the rulebook that is tried."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One finding that only one of the rulebooks raises."""

    settlement_id: str
    institution_code: str
    rule_code: str
    knowledge_point: str | None
    change: str
    """``new`` or ``gone``."""
    amount_fen: int
    line_numbers: tuple[int, ...]
    text_zh: str
    text_en: str


@dataclass(slots=True)
class Tally:
    """Everything a back-test adds up; two halves of a period added give the whole."""

    claims: int = 0
    lines: int = 0
    failures: int = 0
    """Checks that broke; their findings are missing from both sides."""
    rules: dict[str, RuleTally] = field(default_factory=dict)
    institutions: dict[str, dict[str, int]] = field(default_factory=dict)
    """Per institution: claims, found, found_fen, new, gone."""
    samples: list[Sample] = field(default_factory=list)
    taken: dict[str, int] = field(default_factory=dict)
    """Samples so far by rule and change."""

    def add(
        self,
        settlement_id: str,
        institution_code: str,
        lines: int,
        found: Sequence[Finding],
        against: Sequence[Finding],
    ) -> None:
        """Take in one claim with the findings of both rulebooks."""
        self.claims += 1
        self.lines += lines
        here = self.institutions.setdefault(
            institution_code, {"claims": 0, "found": 0, "found_fen": 0, "new": 0, "gone": 0}
        )
        here["claims"] += 1
        if not found and not against:
            return
        for code in {finding.rule_code for finding in found}:
            self._rule(code).claims += 1
        for finding in found:
            tally = self._rule(finding.rule_code)
            tally.found += 1
            tally.found_fen += finding.amount_at_issue_fen
            here["found"] += 1
            here["found_fen"] += finding.amount_at_issue_fen
        for finding in against:
            tally = self._rule(finding.rule_code)
            tally.against += 1
            tally.against_fen += finding.amount_at_issue_fen
        ours, theirs = _objections(found), _objections(against)
        for objection in ours.keys() - theirs.keys():
            self._rule(objection[0]).new += 1
            here["new"] += 1
            self._sample(settlement_id, ours[objection], "new")
        for objection in theirs.keys() - ours.keys():
            self._rule(objection[0]).gone += 1
            here["gone"] += 1
            self._sample(settlement_id, theirs[objection], "gone")

    def _rule(self, code: str) -> RuleTally:
        return self.rules.setdefault(code, RuleTally())

    def _sample(self, settlement_id: str, finding: Finding, change: str) -> None:
        key = f"{finding.rule_code} {change}"
        if self.taken.get(key, 0) >= MOST_SAMPLES:
            return
        self.taken[key] = self.taken.get(key, 0) + 1
        self.samples.append(
            Sample(
                settlement_id,
                finding.institution_code,
                finding.rule_code,
                finding.knowledge_point,
                change,
                finding.amount_at_issue_fen,
                finding.line_numbers,
                finding.text_zh,
                finding.text_en,
            )
        )

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Tally":
        """Read a tally back from what was stored of it."""
        return cls(
            document["claims"],
            document["lines"],
            document["failures"],
            {code: RuleTally(**given) for code, given in document["rules"].items()},
            {code: dict(given) for code, given in document["institutions"].items()},
            [Sample(**{**given, "line_numbers": tuple(given["line_numbers"])}) for given in document["samples"]],
            dict(document["taken"]),
        )


def _objections(findings: Iterable[Finding]) -> dict[Objection, Finding]:
    return {(one.rule_code, one.knowledge_point, one.line_numbers): one for one in findings}
