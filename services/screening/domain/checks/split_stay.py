"""分解住院: a second stay in the same institution soon after the first, for the same illness."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.screening.domain.business_day import day_of
from services.screening.domain.case import Case, whole
from services.screening.domain.check import Placement, place
from services.screening.domain.claim import ClaimLine
from services.screening.domain.diagnosis_codes import CATEGORY, CodeSet, normalised
from services.screening.domain.finding import Finding, PriorReference
from services.screening.domain.kind import Kind, Parameter
from services.screening.domain.prior import Visit
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "split_stay",
    "分解住院",
    rule_parameters=(
        Parameter("within_days", "integer", minimum=1),
        Parameter("excepted_diagnoses", "diagnoses"),
        Parameter("excepted_medical_types", "texts"),
    ),
    points="none",
    visits=("inpatient",),
)

WITHIN_DAYS = 15
"""Days between discharge and admission where the rule does not say: a common local threshold, no national number."""


@dataclass(frozen=True, slots=True)
class SplitStayCheck:
    """Compares the last discharge with this admission; planned returns and courses of treatment are excepted."""

    rule: Rule
    within_days: int
    excepted: CodeSet
    excepted_types: frozenset[str]

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State the later stay whole."""
        claim = case.claim
        if claim.medical_type in self.excepted_types or not claim.diagnosis_codes:
            return ()
        if self.excepted.among(claim.diagnosis_codes):
            return ()
        before = [visit for visit in case.prior_visits("inpatient") if self._follows_closely(case, visit)]
        if not before:
            return ()
        last = max(before, key=lambda visit: (visit.ended_at, visit.position))
        days = day_of(claim.started_at) - day_of(last.ended_at)
        return (
            case.finding(
                self.rule,
                None,
                whole(lines),
                zh=f"上次出院后{days}天因同类疾病再次在同一机构住院，未满{self.within_days}天。",
                en=f"admitted again to the same institution {days} days after discharge, for the same kind of illness.",
                prior=[PriorReference(last.settlement_ref, last.institution_code, None, "stay")],
                values={"days": days, "within_days": self.within_days},
            ),
        )

    def _follows_closely(self, case: Case, visit: Visit) -> bool:
        claim = case.claim
        if visit.institution_code != claim.institution.code or visit.main_diagnosis is None:
            return False
        if visit.started_at == claim.started_at or visit.medical_type in self.excepted_types:
            return False
        if normalised(visit.main_diagnosis)[:CATEGORY] != normalised(claim.diagnosis_codes[0])[:CATEGORY]:
            return False
        return 0 <= day_of(claim.started_at) - day_of(visit.ended_at) < self.within_days


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check on every claim."""
    del points
    given = rule.parameters
    check = SplitStayCheck(
        rule,
        given.integer("within_days", WITHIN_DAYS),
        CodeSet.of(given.texts("excepted_diagnoses", ())),
        frozenset(given.texts("excepted_medical_types", ())),
    )
    return [place(check, rule, look_back_days=check.within_days, care_settings=("inpatient",))]
