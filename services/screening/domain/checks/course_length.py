"""限支付疗程: an item used on more days than a course of treatment is paid for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.screening.domain.business_day import date_of, day_of
from services.screening.domain.case import Case, prior_line, whole
from services.screening.domain.check import Placement, place
from services.screening.domain.checks.spans import of_same_visit
from services.screening.domain.checks.wording import lines_en, lines_zh
from services.screening.domain.claim import ClaimLine
from services.screening.domain.finding import Finding
from services.screening.domain.kind import Kind, Parameter
from services.screening.domain.prior import RememberedLine
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "course_length",
    "限支付疗程",
    rule_parameters=(Parameter("within_days", "integer", minimum=1),),
    point_parameters=(
        Parameter("max_days", "integer", required=True, minimum=1),
        Parameter("window", "text", choices=("visit", "rolling"), required=True),
        Parameter("within_days", "integer", minimum=1),
    ),
    once_per_item=("window",),
)

WITHIN_DAYS = 90
"""Period in which days of use count as one course where neither point nor rule says: our choice, no national number."""


@dataclass(frozen=True, slots=True)
class CourseLengthCheck:
    """Counts distinct business days of use, in one visit or in any period of ``within_days``."""

    rule: Rule
    point: KnowledgePoint
    max_days: int
    within_days: int | None
    """None counts within the visit."""

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State the lines of the claim's last days beyond the course; days that earlier claims used count first."""
        used = {day_of(line.charged_at) for line in lines}
        prior = list(case.prior_lines(self.point.item_codes, same_institution=False))
        if self.within_days is None:
            prior = of_same_visit(case.claim, prior)
        before = _days_of_use(prior)
        beyond, counted, period = self._beyond(used, set(before))
        if not beyond:
            return ()
        at_issue = [line for line in lines if day_of(line.charged_at) in beyond]
        where_zh = "本次就诊" if self.within_days is None else f"{self.within_days}天内"
        where_en = "in this visit" if self.within_days is None else f"within {self.within_days} days"
        return (
            case.finding(
                self.rule,
                self.point,
                whole(at_issue),
                zh=f"{lines_zh(at_issue)}“{self.point.name}”{where_zh}使用{counted}天，支付不超过{self.max_days}天。",
                en=(
                    f"{lines_en(at_issue)}: {self.point.name} was used on {counted} days {where_en}; "
                    f"{self.max_days} are paid."
                ),
                prior=[prior_line(line) for day in sorted(period & before.keys()) for line in before[day]],
                values={
                    "max_days": self.max_days,
                    "days": counted,
                    "first_day": date_of(min(period)).isoformat(),
                    "last_day": date_of(max(period)).isoformat(),
                },
            ),
        )

    def _beyond(self, used: set[int], before: set[int]) -> tuple[set[int], int, set[int]]:
        """Days of the claim beyond the course, the most days counted in a period, and the days of those periods."""
        days = used | before
        new = used - before
        beyond: set[int] = set()
        period: set[int] = set()
        most = 0
        for last in [max(days)] if self.within_days is None else sorted(days):
            inside = {
                day for day in days if day <= last and (self.within_days is None or day > last - self.within_days)
            }
            candidates = sorted(inside & new)
            excess = min(len(inside) - self.max_days, len(candidates))
            if excess > 0:
                beyond.update(candidates[-excess:])
                period |= inside
                most = max(most, len(inside))
        return beyond, most, period


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check per knowledge point; items of one point are one drug or service."""
    return [_place(rule, point) for point in points]


def _place(rule: Rule, point: KnowledgePoint) -> Placement:
    condition = point.condition
    within: int | None = None
    if condition.text("window") == "rolling":
        within = condition.integer("within_days", rule.parameters.integer("within_days", WITHIN_DAYS))
    check = CourseLengthCheck(rule, point, condition.integer("max_days"), within)
    return place(check, rule, point, asks=point.item_codes, look_back_days=within or 0)


def _days_of_use(prior: Sequence[RememberedLine]) -> dict[int, list[RememberedLine]]:
    """Earlier lines by day, without days on which everything was given back."""
    days: dict[int, list[RememberedLine]] = {}
    for line in prior:
        days.setdefault(day_of(line.charged_at), []).append(line)
    return {day: lines for day, lines in days.items() if sum(line.quantity_e4 for line in lines) > 0}
