"""药品相互作用、饮片配伍禁忌: two items that must not be given together, on one day or in one visit."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.screening.domain.business_day import day_of
from services.screening.domain.case import Case, prior_line, whole
from services.screening.domain.check import Placement, place
from services.screening.domain.checks.wording import lines_en, lines_zh
from services.screening.domain.claim import ClaimLine
from services.screening.domain.finding import Finding
from services.screening.domain.kind import Kind, Parameter
from services.screening.domain.prior import RememberedLine
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "incompatible_items",
    "不得同用",
    point_parameters=(Parameter("window", "text", choices=("day", "visit"), required=True),),
    points="pairs",
)


@dataclass(frozen=True, slots=True)
class IncompatibleItemsCheck:
    """Everything one item may not be given with; all pairs of a rule share one index, as for exclusive items."""

    rule: Rule
    partners: Mapping[str, Sequence[tuple[KnowledgePoint, bool]]]
    """Per other item: the point, and whether this item stands on its first side."""

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterator[Finding]:
        """State both lines of a pair within the claim once; of a pair with an earlier claim, this claim's line."""
        present = case.by_code
        for code in sorted(self.partners.keys() & present.keys()):
            for point, first in self.partners[code]:
                if first:
                    yield from self._within(case, point, lines, present[code])
        remembered = case.history.lines_of(case.claim.insured_ref)
        for code in sorted(self.partners.keys() & remembered.keys()):
            prior = list(case.prior_lines((code,), same_institution=False))
            for point, _ in self.partners[code]:
                yield from self._across(case, point, lines, prior)

    def _within(
        self, case: Case, point: KnowledgePoint, lines: Sequence[ClaimLine], others: Sequence[ClaimLine]
    ) -> Iterator[Finding]:
        if point.condition.text("window") == "visit":
            met = [*lines, *others]
        else:
            days = {day_of(line.charged_at) for line in lines} & {day_of(line.charged_at) for line in others}
            met = [line for line in (*lines, *others) if day_of(line.charged_at) in days]
        if met:
            yield self._finding(case, point, met, [])

    def _across(
        self, case: Case, point: KnowledgePoint, lines: Sequence[ClaimLine], prior: Sequence[RememberedLine]
    ) -> Iterator[Finding]:
        days = {day_of(line.charged_at) for line in lines}
        earlier = [line for line in prior if day_of(line.charged_at) in days]
        if sum(line.quantity_e4 for line in earlier) > 0:
            of_days = {day_of(line.charged_at) for line in earlier}
            yield self._finding(case, point, [one for one in lines if day_of(one.charged_at) in of_days], earlier)

    def _finding(
        self, case: Case, point: KnowledgePoint, met: Sequence[ClaimLine], prior: Sequence[RememberedLine]
    ) -> Finding:
        beside_zh, beside_en = ("与既往结算", " with an earlier settlement") if prior else ("", "")
        return case.finding(
            self.rule,
            point,
            whole(met),
            zh=f"{lines_zh(met)}{beside_zh}存在不得同用的品种：{point.name}。",
            en=f"{lines_en(met)}{beside_en}: {point.name} must not be given together.",
            prior=[prior_line(line) for line in prior],
            values={"window": point.condition.text("window")},
        )


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check per item that stands in any pair."""
    partners: dict[str, dict[str, list[tuple[KnowledgePoint, bool]]]] = {}
    for point in points:
        for code in point.item_codes:
            for other in point.other_codes:
                partners.setdefault(code, {}).setdefault(other, []).append((point, True))
                partners.setdefault(other, {}).setdefault(code, []).append((point, False))
    return [
        place(IncompatibleItemsCheck(rule, met), rule, item_codes=(code,), asks=tuple(met), look_back_days=1)
        for code, met in partners.items()
    ]
