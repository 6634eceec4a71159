"""限医疗机构级别: an item paid only from a certain facility level upwards, used below it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.screening.domain.case import Case, whole
from services.screening.domain.check import Placement, place
from services.screening.domain.checks.wording import LEVEL_ZH, lines_en, lines_zh
from services.screening.domain.claim import ClaimLine
from services.screening.domain.finding import Finding
from services.screening.domain.kind import Kind, Parameter
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "facility_level",
    "限医疗机构级别",
    point_parameters=(Parameter("min_level", "integer", required=True, minimum=1),),
)


@dataclass(frozen=True, slots=True)
class FacilityLevelCheck:
    """Asks for a lowest facility level: 1, 2 or 3."""

    rule: Rule
    point: KnowledgePoint
    min_level: int

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State the lines when the institution stood below the level on the day of service."""
        level = case.claim.institution.level
        if level >= self.min_level:
            return ()
        words = LEVEL_ZH.get(self.min_level, str(self.min_level))
        return (
            case.finding(
                self.rule,
                self.point,
                whole(lines),
                zh=(
                    f"{lines_zh(lines)}“{self.point.name}”限{words}及以上医疗机构使用，"
                    f"本机构为{LEVEL_ZH.get(level, str(level))}。"
                ),
                en=(
                    f"{lines_en(lines)}: {self.point.name} is paid from level {self.min_level} upwards; "
                    f"this institution is level {level}."
                ),
                values={"min_level": self.min_level, "level": level},
            ),
        )


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check per knowledge point."""
    return [
        place(FacilityLevelCheck(rule, point, point.condition.integer("min_level")), rule, point) for point in points
    ]
