"""药品、耗材与医疗服务项目不符: an item that makes sense only beside another, which the visit does not hold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.screening.domain.case import Case, whole
from services.screening.domain.check import Placement, place
from services.screening.domain.checks.spans import of_same_visit
from services.screening.domain.checks.wording import lines_en, lines_zh
from services.screening.domain.claim import ClaimLine
from services.screening.domain.finding import Finding
from services.screening.domain.kind import Kind
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind("companion_items", "须与项目同用", points="pairs", once_per_item=None)


@dataclass(frozen=True, slots=True)
class CompanionItemsCheck:
    """Looks for any of the other items in the claim or in what was settled before of the same visit."""

    rule: Rule
    point: KnowledgePoint

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State the lines that stand alone."""
        present = case.by_code
        if any(code in present for code in self.point.other_codes):
            return ()
        prior = case.prior_lines(self.point.other_codes, same_institution=True)
        if sum(line.quantity_e4 for line in of_same_visit(case.claim, prior)) > 0:
            return ()
        return (
            case.finding(
                self.rule,
                self.point,
                whole(lines),
                zh=f"{lines_zh(lines)}“{self.point.name}”须与特定项目同用，本次就诊未见该项目。",
                en=f"{lines_en(lines)}: {self.point.name} goes with an item that this visit does not hold.",
                values={"companions": len(self.point.other_codes)},
            ),
        )


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check per knowledge point."""
    return [place(CompanionItemsCheck(rule, point), rule, point, asks=point.other_codes) for point in points]
