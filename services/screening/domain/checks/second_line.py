"""限二线使用: an item paid only after another failed; the claim history can show that the other was tried, no more."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.screening.domain.case import Case
from services.screening.domain.check import Placement, place
from services.screening.domain.checks.wording import lines_en, lines_zh
from services.screening.domain.claim import ClaimLine
from services.screening.domain.finding import Finding
from services.screening.domain.kind import Kind, Parameter
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "second_line",
    "限二线使用",
    rule_parameters=(Parameter("within_days", "integer", minimum=1),),
    point_parameters=(Parameter("first_line", "texts"), Parameter("evidence", "text", required=True)),
    once_per_item=None,
)

WITHIN_DAYS = 365
"""How far back a first-line item counts where the rule does not say: our choice."""


@dataclass(frozen=True, slots=True)
class SecondLineCheck:
    """Asks for the record, never accuses: failure and intolerance stand in no claim."""

    rule: Rule
    point: KnowledgePoint
    first_line: tuple[str, ...]

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """Ask for the evidence unless a first-line item was used before, or in this claim."""
        if any(code in case.by_code for code in self.first_line):
            return ()
        if sum(line.quantity_e4 for line in case.prior_lines(self.first_line, same_institution=False)) > 0:
            return ()
        evidence = self.point.condition.text("evidence")
        return (
            case.finding(
                self.rule,
                self.point,
                [(line, 0) for line in lines],
                zh=f"{lines_zh(lines)}“{self.point.name}”为二线用药，需核对病历：{evidence}。",
                en=f"{lines_en(lines)}: {self.point.name} is a second-line drug; the record must show why.",
                values={"missing_evidence": evidence},
                severity="suspicion",
            ),
        )


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check per knowledge point."""
    within = rule.parameters.integer("within_days", WITHIN_DAYS)
    placements = []
    for point in points:
        first = point.condition.texts("first_line", ())
        check = SecondLineCheck(rule, point, first)
        placements.append(place(check, rule, point, asks=first, look_back_days=within if first else 0))
    return placements
