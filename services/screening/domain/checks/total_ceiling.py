"""超限定报销总额: more paid for an item, or a group of items, than the total that is allowed in a visit or a period."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from services.screening.domain.case import Case, Share, prior_line
from services.screening.domain.check import Placement, place
from services.screening.domain.checks.spans import of_same_visit
from services.screening.domain.checks.wording import lines_en, lines_zh
from services.screening.domain.claim import ClaimLine
from services.screening.domain.finding import Finding
from services.screening.domain.kind import Kind, Parameter
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "total_ceiling",
    "限定报销总额",
    point_parameters=(
        Parameter("ceiling_fen", "integer", required=True, minimum=1),
        Parameter("window", "text", choices=("visit", "rolling"), required=True),
        Parameter("days", "integer", minimum=1, required_when=("window", "rolling")),
    ),
    once_per_item=("window",),
)


@dataclass(frozen=True, slots=True)
class TotalCeilingCheck:
    """Adds amounts of the point's items; earlier claims use the ceiling up first."""

    rule: Rule
    point: KnowledgePoint
    ceiling_fen: int
    days: int | None
    """None counts within the visit."""

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State what lies above the ceiling, in the last lines."""
        claim = case.claim
        since = None if self.days is None else claim.ended_at - timedelta(days=self.days)
        prior = list(case.prior_lines(self.point.item_codes, same_institution=False, since=since))
        if self.days is None:
            prior = of_same_visit(claim, prior)
        before = max(0, sum(line.amount_fen for line in prior))
        total = before + sum(line.amount_fen for line in lines)
        excess = total - self.ceiling_fen
        if excess <= 0:
            return ()
        shares: list[Share] = []
        for line in sorted(lines, key=lambda one: (one.charged_at, one.number), reverse=True):
            taken = min(excess, line.amount_fen)
            if taken > 0:
                shares.append((line, taken))
                excess -= taken
        at_issue = [line for line, _ in shares]
        zh, en = ("本次就诊", "in this visit") if self.days is None else (f"{self.days}天内", f"in {self.days} days")
        return (
            case.finding(
                self.rule,
                self.point,
                shares,
                zh=(
                    f"{lines_zh(at_issue)}“{self.point.name}”{zh}合计{_yuan(total)}元，"
                    f"超过限定总额{_yuan(self.ceiling_fen)}元。"
                ),
                en=(
                    f"{lines_en(at_issue)}: {self.point.name} comes to {_yuan(total)} yuan {en}, "
                    f"above the ceiling of {_yuan(self.ceiling_fen)}."
                ),
                prior=[prior_line(line) for line in prior],
                values={"ceiling_fen": self.ceiling_fen, "total_fen": total, "before_fen": before},
            ),
        )


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check per knowledge point; items of one point count together."""
    return [_place(rule, point) for point in points]


def _place(rule: Rule, point: KnowledgePoint) -> Placement:
    condition = point.condition
    days = condition.integer("days") if condition.text("window") == "rolling" else None
    check = TotalCeilingCheck(rule, point, condition.integer("ceiling_fen"), days)
    return place(check, rule, point, asks=point.item_codes, look_back_days=days or 0)


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"
