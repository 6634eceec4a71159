"""医保支付资格: services of a practitioner whose payment eligibility was suspended or terminated at that time.

医保办发〔2024〕34号 Article 16: what such a person orders is not paid, except emergency and rescue (急诊、抢救).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.screening.domain.case import Case, whole
from services.screening.domain.check import Placement, place
from services.screening.domain.checks.wording import lines_en, lines_zh
from services.screening.domain.claim import ClaimLine
from services.screening.domain.finding import Finding
from services.screening.domain.history import History
from services.screening.domain.kind import CARE_SETTINGS, Kind, Parameter
from services.screening.domain.prior import Ineligibility
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "practitioner_eligibility",
    "人员医保支付资格",
    rule_parameters=(
        Parameter("excepted_care_settings", "texts", choices=CARE_SETTINGS),
        Parameter("excepted_medical_types", "texts"),
    ),
    points="none",
    practitioners=True,
)


@dataclass(frozen=True, slots=True)
class PractitionerEligibilityCheck:
    """Compares the instant of each order with the measures against who ordered it, else the attending practitioner."""

    rule: Rule
    care_settings: frozenset[str]
    medical_types: frozenset[str]

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterator[Finding]:
        """State the lines per measure."""
        claim, history = case.claim, case.history
        if not history.knows_ineligible:
            return
        if claim.care_setting in self.care_settings or claim.medical_type in self.medical_types:
            return
        met: dict[Ineligibility, list[ClaimLine]] = {}
        for line in lines:
            code = line.practitioner_code or claim.practitioner_code
            if code is not None:
                measure = _measure(history, code, line.charged_at)
                if measure is not None:
                    met.setdefault(measure, []).append(line)
        for measure, at_issue in met.items():
            yield self._finding(case, measure, at_issue)

    def _finding(self, case: Case, measure: Ineligibility, at_issue: Sequence[ClaimLine]) -> Finding:
        values: dict[str, str | int] = {
            "measure_id": str(measure.measure_id),
            "effective_from": measure.effective_from.isoformat(),
        }
        if measure.effective_until is not None:
            values["effective_until"] = measure.effective_until.isoformat()
        return case.finding(
            self.rule,
            None,
            whole(at_issue),
            zh=f"{lines_zh(at_issue)}由医保支付资格已暂停或终止的人员（{measure.practitioner_code}）开具，基金不予支付。",
            en=(
                f"{lines_en(at_issue)} ordered by {measure.practitioner_code}, whose payment eligibility was suspended "
                "or terminated; the fund does not pay."
            ),
            values=values,
        )


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check on every claim."""
    del points
    settings = frozenset(rule.parameters.texts("excepted_care_settings", ("emergency",)))
    medical_types = frozenset(rule.parameters.texts("excepted_medical_types", ()))
    return [place(PractitionerEligibilityCheck(rule, settings, medical_types), rule)]


def _measure(history: History, practitioner_code: str, at: datetime) -> Ineligibility | None:
    """The measure that held at the instant; the one that began first when several did."""
    held = [
        measure
        for measure in history.ineligibilities_of(practitioner_code)
        if measure.effective_from <= at and (measure.effective_until is None or at < measure.effective_until)
    ]
    return min(held, key=lambda measure: (measure.effective_from, str(measure.measure_id)), default=None)
