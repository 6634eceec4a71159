"""超限定单价: a service charged above the ceiling that holds for the institution's level."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.screening.domain.case import Case, Share
from services.screening.domain.check import Placement, place
from services.screening.domain.checks.wording import LEVEL_ZH, QUANTITY_SCALE, lines_en, lines_zh
from services.screening.domain.claim import ClaimLine
from services.screening.domain.finding import Finding
from services.screening.domain.kind import Kind, Parameter
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "price_ceiling",
    "超限定单价",
    point_parameters=(Parameter("ceilings_fen", "integers_by_level", required=True, minimum=1),),
)

_PRICE_SCALE = 10_000


@dataclass(frozen=True, slots=True)
class PriceCeilingCheck:
    """Compares unit prices with the ceiling of the facility level; levels without a ceiling are free."""

    rule: Rule
    point: KnowledgePoint
    ceilings_fen: Mapping[int, int]

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State the lines above the ceiling; at issue is only what lies above it."""
        level = case.claim.institution.level
        ceiling = self.ceilings_fen.get(level)
        if ceiling is None:
            return ()
        ceiling_e4 = ceiling * _PRICE_SCALE
        above = [line for line in lines if line.unit_price_e4 > ceiling_e4]
        if not above:
            return ()
        highest = max(line.unit_price_e4 for line in above)
        limit = f"{_yuan(ceiling_e4)} yuan at level {level}"
        return (
            case.finding(
                self.rule,
                self.point,
                [_excess(line, ceiling_e4) for line in above],
                zh=f"{lines_zh(above)}“{self.point.name}”单价超过{LEVEL_ZH[level]}机构限价{_yuan(ceiling_e4)}元。",
                en=f"{lines_en(above)}: {self.point.name} exceeds the ceiling of {limit}.",
                values={"ceiling_fen": ceiling, "highest_unit_price_e4": highest, "level": level},
            ),
        )


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check per knowledge point."""
    return [
        place(PriceCeilingCheck(rule, point, point.condition.by_level("ceilings_fen")), rule, point) for point in points
    ]


def _excess(line: ClaimLine, ceiling_e4: int) -> Share:
    scale = QUANTITY_SCALE * _PRICE_SCALE
    excess = (2 * (line.unit_price_e4 - ceiling_e4) * line.quantity_e4 + scale) // (2 * scale)
    return line, min(excess, line.amount_fen)


def _yuan(price_e4: int) -> str:
    return f"{price_e4 // (_PRICE_SCALE * 100)}.{price_e4 // _PRICE_SCALE % 100:02d}"
