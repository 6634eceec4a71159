"""限就医方式: an item paid only for certain kinds of visit, such as inpatients or emergencies."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.screening.domain.case import Case, whole
from services.screening.domain.check import Placement, place
from services.screening.domain.checks.wording import SETTING_ZH, lines_en, lines_zh
from services.screening.domain.claim import ClaimLine
from services.screening.domain.finding import Finding
from services.screening.domain.kind import CARE_SETTINGS, Kind, Parameter
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "visit_type",
    "限就医方式",
    point_parameters=(Parameter("care_settings", "texts", choices=CARE_SETTINGS, required=True),),
)


@dataclass(frozen=True, slots=True)
class VisitTypeCheck:
    """Asks for one of several care settings."""

    rule: Rule
    point: KnowledgePoint
    care_settings: tuple[str, ...]

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State the lines when the visit is of another kind."""
        setting = case.claim.care_setting
        if setting in self.care_settings:
            return ()
        allowed = "或".join(SETTING_ZH[name] for name in self.care_settings)
        return (
            case.finding(
                self.rule,
                self.point,
                whole(lines),
                zh=f"{lines_zh(lines)}“{self.point.name}”限{allowed}使用，本次就医方式为{SETTING_ZH[setting]}。",
                en=(
                    f"{lines_en(lines)}: {self.point.name} is paid for {' or '.join(self.care_settings)} only; "
                    f"this visit is {setting}."
                ),
                values={"care_setting": setting, "required_care_settings": ",".join(self.care_settings)},
            ),
        )


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check per knowledge point."""
    return [place(VisitTypeCheck(rule, point, point.condition.texts("care_settings")), rule, point) for point in points]
