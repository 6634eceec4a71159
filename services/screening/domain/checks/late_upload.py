"""就诊数据非实时上传: a settlement that reached the fund's systems long after it was settled."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from services.screening.domain.case import Case
from services.screening.domain.check import Placement, place
from services.screening.domain.claim import ClaimLine
from services.screening.domain.finding import Finding
from services.screening.domain.kind import Kind, Parameter
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "late_upload", "非实时上传", rule_parameters=(Parameter("within_hours", "integer", minimum=1),), points="none"
)

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class LateUploadCheck:
    """Compares the instant of settling with that of arrival."""

    rule: Rule
    within: timedelta

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State the delay; nothing is at issue in fen."""
        del lines
        claim = case.claim
        if claim.received_at is None or claim.received_at - claim.settled_at <= self.within:
            return ()
        hours = (claim.received_at - claim.settled_at) // _HOUR
        limit = self.within // _HOUR
        return (
            case.finding(
                self.rule,
                None,
                [],
                zh=f"结算后{hours}小时才上传，超过{limit}小时。",
                en=f"uploaded {hours} hours after it was settled, over {limit}.",
                values={"hours": hours, "within_hours": limit},
            ),
        )


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check on every claim; none when the rule sets no limit, for no national one exists."""
    del points
    if "within_hours" not in rule.parameters.values:
        return []
    return [place(LateUploadCheck(rule, rule.parameters.integer("within_hours") * _HOUR), rule)]
