"""药品限最大开药天数/开药量: more days or a larger quantity prescribed at once than is paid."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.screening.domain.case import Case, Share
from services.screening.domain.check import Placement, place
from services.screening.domain.checks.wording import QUANTITY_SCALE, lines_en, lines_zh, quantity
from services.screening.domain.claim import ClaimLine
from services.screening.domain.finding import Finding
from services.screening.domain.kind import Kind, Parameter
from services.screening.domain.refunds import portion
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "supply_limit",
    "限最大开药天数或开药量",
    rule_parameters=(Parameter("long_supply_medical_types", "texts"),),
    point_parameters=(
        Parameter("max_days", "integer", minimum=1),
        Parameter("long_max_days", "integer", minimum=1),
        Parameter("max_quantity", "integer", minimum=1),
    ),
    some_of=("max_days", "max_quantity"),
)

_DAYS_SCALE = 100


@dataclass(frozen=True, slots=True)
class SupplyLimitCheck:
    """Adds up the days of supply, and the quantity, of the point's items in the claim."""

    rule: Rule
    point: KnowledgePoint
    max_days: int | None
    long_max_days: int | None
    """Where the medical type grants long prescriptions (慢特病长处方)."""
    long_types: frozenset[str]
    max_quantity: int | None

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State what lies above the limit, in the last lines; days that were not sent are not guessed."""
        long = self.long_max_days is not None and case.claim.medical_type in self.long_types
        max_days = self.long_max_days if long else self.max_days
        if max_days is not None:
            days = [(line, line.days_of_supply_e2 or 0) for line in lines]
            yield from self._above(case, days, max_days * _DAYS_SCALE, "days", "天", 100)
        if self.max_quantity is not None:
            amounts = [(line, line.quantity_e4) for line in lines]
            yield from self._above(case, amounts, self.max_quantity * QUANTITY_SCALE, "units", "单位", 1)

    def _above(
        self, case: Case, measured: Sequence[tuple[ClaimLine, int]], limit: int, en: str, zh: str, to_e4: int
    ) -> Iterable[Finding]:
        total = sum(value for _, value in measured)
        excess = total - limit
        if excess <= 0:
            return
        shares: list[Share] = []
        for line, value in sorted(measured, key=_latest):
            taken = min(excess, value)
            if taken > 0:
                shares.append((line, portion(line.amount_fen, taken, value)))
                excess -= taken
        at_issue = [line for line, _ in shares]
        counted, most = quantity(total * to_e4), quantity(limit * to_e4)
        yield case.finding(
            self.rule,
            self.point,
            shares,
            zh=f"{lines_zh(at_issue)}“{self.point.name}”开具{counted}{zh}，超过上限{most}{zh}。",
            en=f"{lines_en(at_issue)}: {self.point.name} was prescribed for {counted} {en}, above the limit of {most}.",
            values={"measure": en, "limit": most, "counted": counted},
        )


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check per knowledge point; items of one point count together."""
    long_types = frozenset(rule.parameters.texts("long_supply_medical_types", ()))
    return [
        place(
            SupplyLimitCheck(
                rule,
                point,
                point.condition.optional_integer("max_days"),
                point.condition.optional_integer("long_max_days"),
                long_types,
                point.condition.optional_integer("max_quantity"),
            ),
            rule,
            point,
        )
        for point in points
    ]


def _latest(measured: tuple[ClaimLine, int]) -> tuple[float, int]:
    line, _ = measured
    return -line.charged_at.timestamp(), -line.number
