"""重复开药: drugs of the same effect for one person at one time, also from several institutions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from services.screening.domain.business_day import day_of, start_of
from services.screening.domain.case import Case, prior_line, whole
from services.screening.domain.check import Placement, place
from services.screening.domain.checks.wording import lines_en, lines_zh
from services.screening.domain.claim import ClaimLine
from services.screening.domain.finding import Finding
from services.screening.domain.kind import Kind, Parameter
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "duplicate_therapy",
    "重复用药",
    rule_parameters=(Parameter("within_days", "integer"),),
    point_parameters=(
        Parameter("within_days", "integer"),
        Parameter("most", "integer", minimum=1),
    ),
    once_per_item=None,
)


@dataclass(frozen=True, slots=True)
class DuplicateTherapyCheck:
    """Counts different items of one group within days; the same item again is no duplicate but a frequency."""

    rule: Rule
    point: KnowledgePoint
    within_days: int
    most: int

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State the lines of the items that came last, beyond the number allowed."""
        reach = timedelta(days=self.within_days)
        since = start_of(day_of(min(line.charged_at for line in lines))) - reach
        prior = list(case.prior_lines(self.point.item_codes, same_institution=False, since=since))
        given: dict[str, int] = {}
        for earlier in prior:
            given[earlier.item_code] = given.get(earlier.item_code, 0) + earlier.quantity_e4
        before = {code for code, left in given.items() if left > 0}
        order: dict[str, None] = {}
        for line in sorted(lines, key=lambda one: (one.charged_at, one.number)):
            if line.item_code not in before:
                order[line.item_code] = None
        beyond = list(order)[max(0, self.most - len(before)) :]
        if not beyond:
            return ()
        at_issue = [line for line in lines if line.item_code in beyond]
        counted = len(before) + len(order)
        return (
            case.finding(
                self.rule,
                self.point,
                whole(at_issue),
                zh=f"{lines_zh(at_issue)}与同类药品“{self.point.name}”重复使用，共{counted}种。",
                en=f"{lines_en(at_issue)} repeat the therapy of {self.point.name}: {counted} different items.",
                prior=[prior_line(line) for line in prior if line.item_code in before],
                related=[line for line in lines if line.item_code not in beyond],
                values={"items": counted, "most": self.most, "within_days": self.within_days},
            ),
        )


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check per knowledge point: a group of drugs of the same effect."""
    return [_place(rule, point) for point in points]


def _place(rule: Rule, point: KnowledgePoint) -> Placement:
    within = point.condition.integer("within_days", rule.parameters.integer("within_days", 0))
    check = DuplicateTherapyCheck(rule, point, within, point.condition.integer("most", 1))
    return place(check, rule, point, asks=point.item_codes, look_back_days=within)
