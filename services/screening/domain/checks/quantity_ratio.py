"""医用耗材数量超标: more pieces of a consumable than the services they were used in account for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.screening.domain.case import Case, Share
from services.screening.domain.check import Placement, place
from services.screening.domain.checks.spans import of_same_visit
from services.screening.domain.checks.wording import QUANTITY_SCALE, lines_en, lines_zh, quantity
from services.screening.domain.claim import ClaimLine
from services.screening.domain.finding import Finding
from services.screening.domain.kind import Kind, Parameter
from services.screening.domain.refunds import portion
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "quantity_ratio",
    "耗材数量超标",
    point_parameters=(Parameter("per_service", "integer", required=True, minimum=1),),
    points="pairs",
    once_per_item=None,
)


@dataclass(frozen=True, slots=True)
class QuantityRatioCheck:
    """Pieces against services of one visit; a visit without the service is another rule's matter."""

    rule: Rule
    point: KnowledgePoint
    per_service: int

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State the pieces beyond, in the last lines."""
        others = self.point.other_codes
        used = sum(line.quantity_e4 for code in others for line in case.by_code.get(code, ()))
        used += sum(
            line.quantity_e4 for line in of_same_visit(case.claim, case.prior_lines(others, same_institution=True))
        )
        pieces = sum(line.quantity_e4 for line in lines)
        pieces += sum(
            line.quantity_e4
            for line in of_same_visit(case.claim, case.prior_lines(self.point.item_codes, same_institution=True))
        )
        limit = used * self.per_service
        excess = pieces - limit
        if used < QUANTITY_SCALE or excess <= 0:
            return ()
        shares: list[Share] = []
        for line in sorted(lines, key=lambda one: (one.charged_at, one.number), reverse=True):
            taken = min(excess, line.quantity_e4)
            if taken > 0:
                shares.append((line, portion(line.amount_fen, taken, line.quantity_e4)))
                excess -= taken
        at_issue = [line for line, _ in shares]
        return (
            case.finding(
                self.rule,
                self.point,
                shares,
                zh=f"{lines_zh(at_issue)}“{self.point.name}”使用{quantity(pieces)}件，按项目次数最多{quantity(limit)}件。",
                en=(
                    f"{lines_en(at_issue)}: {quantity(pieces)} pieces of {self.point.name}, the services account for "
                    f"{quantity(limit)}."
                ),
                values={"pieces_e4": pieces, "limit_e4": limit},
            ),
        )


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check per knowledge point."""
    return [
        place(
            QuantityRatioCheck(rule, point, point.condition.integer("per_service")),
            rule,
            point,
            asks=(*point.other_codes, *point.item_codes),
        )
        for point in points
    ]
