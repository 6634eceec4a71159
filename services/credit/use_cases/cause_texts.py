"""What changed a score, in a few words."""

from services.credit.domain.policy import Severity
from services.credit.domain.score import ScoreCause
from services.credit.domain.text import Text

_CAUSES = {
    ScoreCause.FINDING_CONFIRMED: Text("疑点确认", "Findings confirmed"),
    ScoreCause.FINDING_OVERTURNED: Text("确认撤销", "Confirmations overturned"),
    ScoreCause.FINDING_WITHDRAWN: Text("随退费撤回", "Withdrawn with the settlement"),
    ScoreCause.TIP_SUBSTANTIATED: Text("举报查实", "Tips substantiated"),
}
_SEVERITIES = {Severity.VIOLATION: Text("明确违规", "violation"), Severity.SUSPICION: Text("可疑", "suspicion")}


def cause_text(cause: str, severity: str | None, rule_code: str | None) -> Text:
    """Name a cause with the rule and severity it was about."""
    said = _CAUSES[ScoreCause(cause)]
    if severity is None:
        return said
    degree = _SEVERITIES[Severity(severity)]
    return Text(f"{said.zh}（{rule_code}，{degree.zh}）", f"{said.en} ({rule_code}, {degree.en})")
