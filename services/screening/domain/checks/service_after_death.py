"""死亡后发生费用: a fee charged after the day on which, by the registry, the insured person had died.

The day of death is still one of life, to its end: whoever dies in a stay is treated until then, and what is charged for
that day is not at issue, at whatever hour. Days are compared, never hours, for a registry knows no hour.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.screening.domain.business_day import date_of, day_number, day_of, start_of
from services.screening.domain.case import Case, whole
from services.screening.domain.check import Placement, place
from services.screening.domain.checks.wording import lines_en, lines_zh
from services.screening.domain.claim import ClaimLine
from services.screening.domain.finding import Finding
from services.screening.domain.kind import Kind, Parameter
from services.screening.domain.prior import Death
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "service_after_death",
    "死亡后发生费用",
    rule_parameters=(Parameter("tolerance_days", "integer"),),
    points="none",
    deaths=True,
)


@dataclass(frozen=True, slots=True)
class ServiceAfterDeathCheck:
    """Compares the day of each fee with the day of death; says by whose word the person had died, and since when."""

    rule: Rule
    tolerance_days: int
    """Days after the death on which fees are still let pass, where a region books them late."""

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State the lines charged after the death."""
        death = case.history.death_of(case.claim.insured_ref)
        if death is None:
            return ()
        first_at_issue = start_of(day_number(death.died_on) + 1 + self.tolerance_days)
        after = [line for line in lines if line.charged_at >= first_at_issue]
        if not after:
            return ()
        values: dict[str, str | int] = {
            "death_date": death.died_on.isoformat(),
            "tolerance_days": self.tolerance_days,
            "days_after": max(day_of(line.charged_at) for line in after) - day_number(death.died_on),
        }
        if death.source is not None:
            values["registry_source"] = death.source
        if death.stated_at is not None:
            values["registry_stated_on"] = _stated_on(death)
        return (
            case.finding(
                self.rule,
                None,
                whole(after),
                zh=f"{lines_zh(after)}的费用发生在参保人死亡之后（死亡日期{death.died_on.isoformat()}{_source_zh(death)}）。",
                en=f"{lines_en(after)} charged after the death of the insured on {death.died_on}{_source_en(death)}.",
                values=values,
                ground=f"{death.died_on}|{death.source}|{_stated_on(death)}",
            ),
        )


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check on every claim."""
    del points
    return [place(ServiceAfterDeathCheck(rule, rule.parameters.integer("tolerance_days", 0)), rule)]


def _stated_on(death: Death) -> str:
    """The day in China on which the death was stated, empty when that is not known."""
    return "" if death.stated_at is None else date_of(day_of(death.stated_at)).isoformat()


def _source_zh(death: Death) -> str:
    named = "" if death.source is None else f"，登记来源{death.source}"
    return named if death.stated_at is None else f"{named}，{_stated_on(death)}登记"


def _source_en(death: Death) -> str:
    named = "" if death.source is None else f", by the word of {death.source}"
    return named if death.stated_at is None else f"{named}, stated on {_stated_on(death)}"
