"""限定性别: an item for one sex on the claim of a person of the other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.screening.domain.case import Case, whole
from services.screening.domain.check import Placement, place
from services.screening.domain.checks.wording import SEX_ZH, lines_en, lines_zh
from services.screening.domain.claim import ClaimLine
from services.screening.domain.finding import Finding
from services.screening.domain.kind import SEXES, Kind, Parameter
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind("sex", "限定性别", point_parameters=(Parameter("sex", "text", choices=SEXES, required=True),))


@dataclass(frozen=True, slots=True)
class SexCheck:
    """Asks for one sex; an unknown sex is never held against anybody."""

    rule: Rule
    point: KnowledgePoint
    sex: str

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State the lines when the person is known to be of the other sex."""
        if case.claim.sex in {self.sex, "unknown"}:
            return ()
        return (
            case.finding(
                self.rule,
                self.point,
                whole(lines),
                zh=f"{lines_zh(lines)}“{self.point.name}”限{SEX_ZH[self.sex]}使用，与就诊人性别不符。",
                en=f"{lines_en(lines)}: {self.point.name} is for {self.sex} patients only.",
                values={"required_sex": self.sex},
            ),
        )


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check per knowledge point."""
    return [place(SexCheck(rule, point, point.condition.text("sex")), rule, point) for point in points]
