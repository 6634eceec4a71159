"""无指征住院（低标准入院）: a short stay that was nearly all examination, with no treatment to speak of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.screening.domain.case import Case, whole
from services.screening.domain.check import Placement, place
from services.screening.domain.checks.spans import stay_days
from services.screening.domain.claim import ClaimLine
from services.screening.domain.diagnosis_codes import CodeSet
from services.screening.domain.finding import Finding
from services.screening.domain.kind import Kind, Parameter
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "low_indication_admission",
    "无指征住院",
    rule_parameters=(
        Parameter("max_days", "integer", minimum=1),
        Parameter("examination_percent", "integer", minimum=1),
        Parameter("examination_prefixes", "texts"),
        Parameter("treatment_prefixes", "texts"),
        Parameter("excepted_diagnoses", "diagnoses"),
    ),
    points="none",
)

MAX_DAYS = 3
EXAMINATION_PERCENT = 70
"""Our choices where the rule does not say; no national numbers exist."""

EXAMINATION = ("0021", "0022", "0023", "0025", "0027")
"""Services of the national catalogue: imaging, ultrasound, nuclear medicine, laboratory, pathology."""

TREATMENT = ("0032", "0033", "0024")
"""Interventions, operations, radiotherapy: a stay with one of these was not for examination."""

_HUNDRED = 100


@dataclass(frozen=True, slots=True)
class LowIndicationAdmissionCheck:
    """Share of examination in a short stay without intervention or operation."""

    rule: Rule
    max_days: int
    percent: int
    examination: tuple[str, ...]
    treatment: tuple[str, ...]
    excepted: CodeSet

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State the whole stay as a suspicion's ground."""
        claim = case.claim
        if self.excepted.among(claim.diagnosis_codes):
            return ()
        days = stay_days(claim)
        total = sum(line.amount_fen for line in lines)
        if days > self.max_days or total <= 0 or any(line.item_code.startswith(self.treatment) for line in lines):
            return ()
        examined = sum(line.amount_fen for line in lines if line.item_code.startswith(self.examination))
        if examined * _HUNDRED < total * self.percent:
            return ()
        share = examined * _HUNDRED // total
        return (
            case.finding(
                self.rule,
                None,
                whole(lines),
                zh=f"住院{days}天，检查检验占{share}%，未见手术或介入治疗，疑不符合住院标准。",
                en=f"a stay of {days} days of which examination makes {share} %, without operation or intervention.",
                values={"days": days, "examination_percent": share, "limit_percent": self.percent},
            ),
        )


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check on every claim."""
    del points
    given = rule.parameters
    check = LowIndicationAdmissionCheck(
        rule,
        given.integer("max_days", MAX_DAYS),
        given.integer("examination_percent", EXAMINATION_PERCENT),
        given.texts("examination_prefixes", EXAMINATION),
        given.texts("treatment_prefixes", TREATMENT),
        CodeSet.of(given.texts("excepted_diagnoses", ())),
    )
    return [place(check, rule, care_settings=("inpatient",))]
