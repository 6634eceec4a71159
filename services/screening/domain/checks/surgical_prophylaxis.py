"""围手术期抗菌药物预防性应用: antibiotics kept up for days after an operation without an infection."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.screening.domain.business_day import date_of, day_number, day_of
from services.screening.domain.case import Case, whole
from services.screening.domain.check import Placement, place
from services.screening.domain.checks.wording import lines_en, lines_zh
from services.screening.domain.claim import ClaimLine
from services.screening.domain.diagnosis_codes import CodeSet
from services.screening.domain.finding import Finding
from services.screening.domain.kind import Kind, Parameter
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "surgical_prophylaxis",
    "围手术期抗菌药物",
    rule_parameters=(
        Parameter("days_after", "integer", minimum=1),
        Parameter("infections", "diagnoses"),
        Parameter("operations", "operations"),
    ),
    lists=True,
    once_per_item=None,
)

DAYS_AFTER = 2
"""Days after that of the operation where the rule does not say: prophylaxis ends within 48 hours at the latest."""

INFECTIONS = ("A00-A99", "B00-B99", "J09-J22", "J85-J86", "K35-K37", "K65-K67", "L00-L08", "N10-N12", "T79-T81")
"""Diagnoses under which antibiotics are treatment, where the rule does not say."""


@dataclass(frozen=True, slots=True)
class SurgicalProphylaxisCheck:
    """Needs the list's operations with their days; without a list, a date or with an infection nothing is held."""

    rule: Rule
    point: KnowledgePoint
    days_after: int
    infections: CodeSet
    operations: CodeSet | None
    """Operations that the rule is about; None means all."""

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State the antibiotics of the days beyond."""
        filed = case.filed_list
        if filed is None:
            return ()
        codes = (*case.claim.diagnosis_codes, *(one.code for one in filed.diagnoses))
        days = [
            day_number(one.performed_on)
            for one in filed.operations
            if one.performed_on is not None and (self.operations is None or one.code in self.operations)
        ]
        if not days or self.infections.among(codes):
            return ()
        last = max(days)
        if not any(min(days) - 1 <= day_of(line.charged_at) <= last for line in lines):
            return ()  # no prophylaxis: what began later was begun for a reason
        beyond = [line for line in lines if day_of(line.charged_at) > last + self.days_after]
        if not beyond:
            return ()
        until = date_of(max(day_of(line.charged_at) for line in beyond)).isoformat()
        return (
            case.finding(
                self.rule,
                self.point,
                whole(beyond),
                zh=f"{lines_zh(beyond)}“{self.point.name}”术后预防用药至{until}，超过{self.days_after}天。",
                en=f"{lines_en(beyond)}: {self.point.name} was kept up until {until}, over {self.days_after} days.",
                values={"operation_day": date_of(last).isoformat(), "days_after": self.days_after},
            ),
        )


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check per knowledge point: a group of antibiotics."""
    given = rule.parameters
    operations = given.texts("operations", ())
    infections = CodeSet.of(given.texts("infections", INFECTIONS))
    about = CodeSet.of(operations) if operations else None
    after = given.integer("days_after", DAYS_AFTER)
    return [place(SurgicalProphylaxisCheck(rule, point, after, infections, about), rule, point) for point in points]
