"""超说明书用量、饮片超量: a daily dose above the most that the label or the pharmacopoeia allows."""

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
    "dose_limit",
    "限日用量",
    point_parameters=(
        Parameter("max_daily_dose_e4", "integer", minimum=1),
        Parameter("max_daily_quantity_e4", "integer", minimum=1),
    ),
    some_of=("max_daily_dose_e4", "max_daily_quantity_e4"),
)

_DAYS_SCALE = 100


@dataclass(frozen=True, slots=True)
class DoseLimitCheck:
    """Single dose times doses a day, or quantity over days of supply; a line that tells neither is not judged."""

    rule: Rule
    point: KnowledgePoint
    max_dose_e4: int | None
    """Most a day, in the unit of the single dose, times 10,000."""
    max_quantity_e4: int | None
    """Most a day, in the unit that is charged, times 10,000."""

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State the lines above the limit; at issue is the part of the amount above it."""
        above = [(line, *measured) for line in lines if (measured := self._above(line)) is not None]
        if not above:
            return ()
        shares: list[Share] = [(line, portion(line.amount_fen, daily - most, daily)) for line, daily, most in above]
        at_issue = [line for line, _, _ in above]
        _, daily, most = max(above, key=lambda one: one[1] / one[2])
        return (
            case.finding(
                self.rule,
                self.point,
                shares,
                zh=f"{lines_zh(at_issue)}“{self.point.name}”日用量{quantity(daily)}，超过上限{quantity(most)}。",
                en=f"{lines_en(at_issue)}: {self.point.name}, {quantity(daily)} a day is above {quantity(most)}.",
                values={"daily_e4": daily, "limit_e4": most},
            ),
        )

    def _above(self, line: ClaimLine) -> tuple[int, int] | None:
        """What a day comes to and the limit, when above it."""
        if self.max_dose_e4 is not None and line.dose_e4 and line.doses_per_day_e4:
            daily = line.dose_e4 * line.doses_per_day_e4 // QUANTITY_SCALE
            if daily > self.max_dose_e4:
                return daily, self.max_dose_e4
        if self.max_quantity_e4 is not None and line.days_of_supply_e2:
            daily = line.quantity_e4 * _DAYS_SCALE // line.days_of_supply_e2
            if daily > self.max_quantity_e4:
                return daily, self.max_quantity_e4
        return None


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check per knowledge point."""
    return [
        place(
            DoseLimitCheck(
                rule,
                point,
                point.condition.optional_integer("max_daily_dose_e4"),
                point.condition.optional_integer("max_daily_quantity_e4"),
            ),
            rule,
            point,
        )
        for point in points
    ]
