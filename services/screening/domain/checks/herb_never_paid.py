"""中药饮片单复方均不予支付: herbs the fund pays neither alone nor in a compound prescription."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.screening.domain.case import Case, whole
from services.screening.domain.check import Placement, place
from services.screening.domain.checks.wording import lines_en, lines_zh
from services.screening.domain.claim import ClaimLine
from services.screening.domain.finding import Finding
from services.screening.domain.kind import Kind
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind("herb_never_paid", "饮片单复方均不予支付")


@dataclass(frozen=True, slots=True)
class HerbNeverPaidCheck:
    """Objects to the herb in any settlement the fund has a part in."""

    rule: Rule
    point: KnowledgePoint

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State the lines when the fund paid at all; who pays everything himself may buy what he likes."""
        if case.claim.fund_fen <= 0:
            return ()
        return (
            case.finding(
                self.rule,
                self.point,
                whole(lines),
                zh=f"{lines_zh(lines)}中药饮片“{self.point.name}”单方、复方均不予支付。",
                en=f"{lines_en(lines)}: the herb {self.point.name} is not paid, alone or in a compound prescription.",
                values={"fund_fen": case.claim.fund_fen},
            ),
        )


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check per knowledge point."""
    return [place(HerbNeverPaidCheck(rule, point), rule, point) for point in points]
