"""计费日期与住院时间不符: a fee of an inpatient charged on a day outside the stay."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.screening.domain.business_day import date_of, day_of
from services.screening.domain.case import Case, whole
from services.screening.domain.check import Placement, place
from services.screening.domain.checks.wording import lines_en, lines_zh
from services.screening.domain.claim import ClaimLine
from services.screening.domain.finding import Finding
from services.screening.domain.kind import Kind, Parameter
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "billing_date",
    "计费日期与住院时间不符",
    rule_parameters=(Parameter("tolerance_days", "integer"),),
    points="none",
)


@dataclass(frozen=True, slots=True)
class BillingDateCheck:
    """Compares business days, never hours: the day of admission and the day of discharge both belong to the stay."""

    rule: Rule
    tolerance_days: int

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State the lines outside."""
        claim = case.claim
        first, last = day_of(claim.started_at), day_of(claim.ended_at)
        earliest, latest = first - self.tolerance_days, last + self.tolerance_days
        outside = [line for line in lines if not earliest <= day_of(line.charged_at) <= latest]
        if not outside:
            return ()
        begins, ends = date_of(first).isoformat(), date_of(last).isoformat()
        return (
            case.finding(
                self.rule,
                None,
                whole(outside),
                zh=f"{lines_zh(outside)}计费日期不在住院期间（{begins}至{ends}）内。",
                en=f"{lines_en(outside)} charged outside the stay of {begins} to {ends}.",
                values={"first_day": begins, "last_day": ends, "tolerance_days": self.tolerance_days},
            ),
        )


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check on every claim."""
    del points
    return [
        place(BillingDateCheck(rule, rule.parameters.integer("tolerance_days", 0)), rule, care_settings=("inpatient",))
    ]
