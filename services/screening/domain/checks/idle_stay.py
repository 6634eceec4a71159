"""挂床住院: days in a stay on which nothing but the bed and basic nursing was charged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.screening.domain.business_day import date_of, day_of
from services.screening.domain.case import Case, whole
from services.screening.domain.check import Placement, place
from services.screening.domain.claim import ClaimLine
from services.screening.domain.finding import Finding
from services.screening.domain.kind import Kind, Parameter
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "idle_stay",
    "挂床住院",
    rule_parameters=(
        Parameter("idle_days", "integer", minimum=1),
        Parameter("idle_prefixes", "texts"),
    ),
    points="none",
)

IDLE_DAYS = 3
"""Days on end where the rule does not say: a common local threshold, no national number."""

IDLE = ("00110", "0012")
"""Consultation, registration and bed (综合医疗服务 一般医疗服务), basic nursing (护理)."""


@dataclass(frozen=True, slots=True)
class IdleStayCheck:
    """Looks for days on end between admission and discharge without any charge that shows care."""

    rule: Rule
    idle_days: int
    prefixes: tuple[str, ...]

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State what was charged on the idle days; the day of discharge is never idle."""
        claim = case.claim
        active = {day_of(line.charged_at) for line in lines if not line.item_code.startswith(self.prefixes)}
        idle: list[int] = []
        run: list[int] = []
        for day in range(day_of(claim.started_at), day_of(claim.ended_at)):
            if day in active:
                run = []
                continue
            run.append(day)
            if len(run) == self.idle_days:
                idle += run
            elif len(run) > self.idle_days:
                idle.append(day)
        if not idle:
            return ()
        on_days = set(idle)
        at_issue = [line for line in lines if day_of(line.charged_at) in on_days]
        first, last = date_of(idle[0]).isoformat(), date_of(idle[-1]).isoformat()
        return (
            case.finding(
                self.rule,
                None,
                whole(at_issue),
                zh=f"{first}至{last}间有{len(idle)}天仅有床位、护理等费用，无诊疗记录，疑挂床。",
                en=f"on {len(idle)} days between {first} and {last} only bed and nursing were charged.",
                values={"idle_days": len(idle), "first_day": first, "last_day": last},
            ),
        )


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check on every claim."""
    del points
    given = rule.parameters
    return [
        place(
            IdleStayCheck(rule, given.integer("idle_days", IDLE_DAYS), given.texts("idle_prefixes", IDLE)),
            rule,
            care_settings=("inpatient",),
        )
    ]
