"""住院时间重叠: one person an inpatient in two places at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from services.screening.domain.case import Case, whole
from services.screening.domain.check import Placement, place
from services.screening.domain.claim import ClaimLine
from services.screening.domain.finding import Finding, PriorReference
from services.screening.domain.kind import Kind, Parameter
from services.screening.domain.prior import Visit
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "overlapping_stays",
    "住院时间重叠",
    rule_parameters=(Parameter("tolerance_hours", "integer"),),
    points="none",
    visits=("inpatient",),
)

_SECONDS_AN_HOUR = 3600


@dataclass(frozen=True, slots=True)
class OverlappingStaysCheck:
    """Compares instants; a transfer may overlap by ``tolerance_hours`` while papers are made out."""

    rule: Rule
    tolerance: timedelta

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State the fees charged while the person was also in another stay."""
        claim = case.claim
        others = [stay for stay in case.prior_visits("inpatient") if self._overlaps(case, stay)]
        if not others:
            return ()
        at_issue = [
            line for line in lines if any(stay.started_at <= line.charged_at <= stay.ended_at for stay in others)
        ]
        seconds = max(
            (min(claim.ended_at, s.ended_at) - max(claim.started_at, s.started_at)).total_seconds() for s in others
        )
        hours = int(seconds) // _SECONDS_AN_HOUR
        return (
            case.finding(
                self.rule,
                None,
                whole(at_issue),
                zh=f"本次住院与另外{len(others)}次住院时间重叠，最长{hours}小时。",
                en=f"the stay overlaps {len(others)} other stay(s), by up to {hours} hours.",
                prior=[PriorReference(stay.settlement_ref, stay.institution_code, None, "stay") for stay in others],
                values={"overlap_hours": hours, "stays": len(others)},
            ),
        )

    def _overlaps(self, case: Case, stay: Visit) -> bool:
        claim = case.claim
        if stay.institution_code == claim.institution.code and stay.started_at == claim.started_at:
            return False  # one stay settled in parts (中途结算)
        return min(claim.ended_at, stay.ended_at) - max(claim.started_at, stay.started_at) > self.tolerance


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check on every claim."""
    del points
    return [
        place(
            OverlappingStaysCheck(rule, timedelta(hours=rule.parameters.integer("tolerance_hours", 0))),
            rule,
            care_settings=("inpatient",),
        )
    ]
