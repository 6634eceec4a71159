"""分解收费: the parts of an item charged one by one instead of the item."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.screening.domain.business_day import day_of
from services.screening.domain.case import Case, Share
from services.screening.domain.check import Placement, place
from services.screening.domain.checks.wording import lines_en, lines_zh
from services.screening.domain.claim import ClaimLine
from services.screening.domain.finding import Finding
from services.screening.domain.kind import Kind, Parameter
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "decomposed_billing",
    "分解收费",
    point_parameters=(
        Parameter("parts", "integer", minimum=2),
        Parameter("whole_price_fen", "integers_by_level"),
    ),
    points="pairs",
    once_per_item=None,
)


@dataclass(frozen=True, slots=True)
class DecomposedBillingCheck:
    """Parts are the point's codes, the item to be charged instead its others; both are looked for within one day."""

    rule: Rule
    point: KnowledgePoint
    parts: int
    """Different parts on one day from which they count as the whole."""

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State the parts of a day; at issue is what they cost above the whole, all of it where its price is unknown.

        A day on which the whole is charged as well is a double charge and another rule's matter.
        """
        whole_days = {day_of(line.charged_at) for code in self.point.other_codes for line in case.by_code.get(code, ())}
        by_day: dict[int, list[ClaimLine]] = {}
        for line in lines:
            by_day.setdefault(day_of(line.charged_at), []).append(line)
        for day in sorted(by_day.keys() - whole_days):
            parts = by_day[day]
            kinds = len({line.item_code for line in parts})
            if kinds >= self.parts:
                yield case.finding(
                    self.rule,
                    self.point,
                    self._shares(case, parts),
                    zh=f"{lines_zh(parts)}同日{kinds}个组成部分分别收费，应合并为“{self.point.name}”。",
                    en=f"{lines_en(parts)}: {kinds} parts charged one by one on a day; {self.point.name} covers them.",
                    values={"parts": kinds},
                )

    def _shares(self, case: Case, parts: Sequence[ClaimLine]) -> list[Share]:
        allowed = 0
        if "whole_price_fen" in self.point.condition.values:
            allowed = self.point.condition.by_level("whole_price_fen").get(case.claim.institution.level, 0)
        shares: list[Share] = []
        for line in sorted(parts, key=lambda one: one.number):
            covered = min(allowed, line.amount_fen)
            allowed -= covered
            shares.append((line, line.amount_fen - covered))
        return shares


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check per knowledge point."""
    return [
        place(DecomposedBillingCheck(rule, p, p.condition.integer("parts", len(p.item_codes))), rule, p) for p in points
    ]
