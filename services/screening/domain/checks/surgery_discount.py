"""手术项目未按规定折价收费: the second and further operations through one incision charged at the full price."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.screening.domain.business_day import day_of
from services.screening.domain.case import Case, Share
from services.screening.domain.check import Placement, place
from services.screening.domain.checks.wording import QUANTITY_SCALE, lines_en, lines_zh
from services.screening.domain.claim import ClaimLine
from services.screening.domain.finding import Finding
from services.screening.domain.kind import Kind, Parameter
from services.screening.domain.refunds import portion
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "surgery_discount",
    "手术折价",
    rule_parameters=(Parameter("percent", "integer", minimum=1),),
    point_parameters=(Parameter("group", "text", required=True), Parameter("full_price_fen", "integers_by_level")),
)

PERCENT = 75
"""What a further operation may cost of its full price where the rule does not say: local, no national number."""

_HUNDRED = 100


@dataclass(frozen=True, slots=True)
class SurgeryDiscountCheck:
    """Operations of one group on one day: the dearest in full, every other at the discount.

    The full price is the institution's price list where the point gives it. Without one, a further operation that is
    charged by the whole number is only suspected: its price may already be the lower one.
    """

    rule: Rule
    group: str
    percent: int
    points: Mapping[str, KnowledgePoint]
    """By item code."""

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State per day the further operations above the discounted price."""
        by_day: dict[int, list[ClaimLine]] = {}
        for line in lines:
            by_day.setdefault(day_of(line.charged_at), []).append(line)
        for day in sorted(by_day):
            operations = by_day[day]
            if len({line.item_code for line in operations}) > 1:
                yield from self._examine_day(case, operations)

    def _examine_day(self, case: Case, operations: Sequence[ClaimLine]) -> Iterable[Finding]:
        dearest = max(operations, key=lambda line: (line.unit_price_e4, line.amount_fen, -line.number))
        further = [line for line in operations if line.item_code != dearest.item_code]
        known = [share for line in further if (share := self._excess(case, line)) is not None and share[1] > 0]
        if known:
            yield self._finding(case, known, dearest, certain=True)
        guessed: list[Share] = [
            (line, portion(line.amount_fen, _HUNDRED - self.percent, _HUNDRED))
            for line in further
            if self._full_price(case, line) is None and line.quantity_e4 % QUANTITY_SCALE == 0
        ]
        if guessed:
            yield self._finding(case, guessed, dearest, certain=False)

    def _full_price(self, case: Case, line: ClaimLine) -> int | None:
        condition = self.points[line.item_code].condition
        if "full_price_fen" not in condition.values:
            return None
        return condition.by_level("full_price_fen").get(case.claim.institution.level)

    def _excess(self, case: Case, line: ClaimLine) -> Share | None:
        price = self._full_price(case, line)
        if price is None:
            return None
        allowed = -(-price * self.percent * line.quantity_e4 // (_HUNDRED * QUANTITY_SCALE))
        return line, max(0, line.amount_fen - allowed)

    def _finding(self, case: Case, shares: Sequence[Share], dearest: ClaimLine, *, certain: bool) -> Finding:
        at_issue = [line for line, _ in shares]
        return case.finding(
            self.rule,
            self.points[at_issue[0].item_code],
            shares,
            zh=(
                f"{lines_zh(at_issue)}与{lines_zh([dearest])}为同一切口的手术（{self.group}），"
                f"{'未' if certain else '疑未'}按{self.percent}%折价。"
            ),
            en=(
                f"{lines_en(at_issue)}: a further operation through one incision with {lines_en([dearest])} is paid "
                f"at {self.percent} % of its price."
            ),
            related=[dearest],
            values={"percent": self.percent, "group": self.group},
            severity=None if certain else "suspicion",
        )


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check per group of operations."""
    groups: dict[str, dict[str, KnowledgePoint]] = {}
    for point in points:
        for code in point.item_codes:
            groups.setdefault(point.condition.text("group"), {})[code] = point
    percent = rule.parameters.integer("percent", PERCENT)
    return [
        place(SurgeryDiscountCheck(rule, group, percent, by_code), rule, item_codes=tuple(by_code))
        for group, by_code in groups.items()
    ]
