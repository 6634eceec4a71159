"""限定频次: more of an item than a day, a visit or a rolling period allows, over all claims of the person."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from services.screening.domain.business_day import date_of, day_of
from services.screening.domain.case import Case, Share, prior_line
from services.screening.domain.check import Placement, place
from services.screening.domain.checks.spans import of_same_visit, stay_days, stay_hours
from services.screening.domain.checks.wording import QUANTITY_SCALE, lines_en, lines_zh, quantity
from services.screening.domain.claim import Claim, ClaimLine
from services.screening.domain.finding import Finding
from services.screening.domain.kind import SCOPE, Kind, Parameter
from services.screening.domain.prior import RememberedLine
from services.screening.domain.refunds import portion
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "frequency",
    "限定频次",
    rule_parameters=(SCOPE,),
    point_parameters=(
        Parameter("window", "text", choices=("day", "visit", "rolling"), required=True),
        Parameter("limit", "integer", required=True, minimum=1),
        Parameter("per", "text", choices=("visit", "stay_day", "stay_hour")),
        Parameter("days", "integer", minimum=1, required_when=("window", "rolling")),
        SCOPE,
    ),
    once_per_item=("window",),
)

L = TypeVar("L", ClaimLine, RememberedLine)

_UNITS: dict[str, Callable[[Claim], int]] = {"visit": lambda _: 1, "stay_day": stay_days, "stay_hour": stay_hours}


@dataclass(frozen=True, slots=True)
class Window:
    """Lines that count together against one limit."""

    zh: str
    en: str
    limit_e4: int
    claimed: Sequence[ClaimLine]
    prior: Sequence[RememberedLine]

    @property
    def total_e4(self) -> int:
        """Quantity of the claim and of earlier claims; earlier refunds count down."""
        return sum(line.quantity_e4 for line in self.claimed) + sum(line.quantity_e4 for line in self.prior)


@dataclass(frozen=True, slots=True)
class FrequencyCheck:
    """Counts quantities; hours of a monitored hour-priced service are quantities too."""

    rule: Rule
    point: KnowledgePoint
    window: str
    limit: int
    per: str
    days: int
    same_institution: bool

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State the lines that hold the excess, the last ones first; what earlier claims used up counts."""
        prior = list(case.prior_lines(self.point.item_codes, same_institution=self.same_institution))
        exceeded = [window for window in self._windows(case.claim, lines, prior) if window.total_e4 > window.limit_e4]
        if not exceeded:
            return ()
        excess: dict[int, int] = {}
        for window in exceeded:
            _take(excess, window)
        by_number = {line.number: line for line in lines}
        shares: list[Share] = [
            (by_number[number], portion(by_number[number].amount_fen, part, by_number[number].quantity_e4))
            for number, part in excess.items()
        ]
        if not shares:
            return ()
        worst = max(exceeded, key=lambda window: window.total_e4 - window.limit_e4)
        at_issue = [line for line, _ in shares]
        return (
            case.finding(
                self.rule,
                self.point,
                shares,
                zh=(
                    f"{lines_zh(at_issue)}“{self.point.name}”{worst.zh}计{quantity(worst.total_e4)}，"
                    f"超过上限{quantity(worst.limit_e4)}。"
                ),
                en=(
                    f"{lines_en(at_issue)}: {self.point.name} counts {quantity(worst.total_e4)} {worst.en}, "
                    f"above the limit of {quantity(worst.limit_e4)}."
                ),
                prior=[prior_line(line) for window in exceeded for line in window.prior],
                values={
                    "limit_e4": worst.limit_e4,
                    "quantity_e4": worst.total_e4,
                    "window": worst.en,
                    "windows_exceeded": len(exceeded),
                },
            ),
        )

    def _windows(self, claim: Claim, lines: Sequence[ClaimLine], prior: Sequence[RememberedLine]) -> Iterable[Window]:
        if self.window == "visit":
            limit = self.limit * _UNITS[self.per](claim) * QUANTITY_SCALE
            return [Window("本次就诊", "in this visit", limit, lines, of_same_visit(claim, prior))]
        claimed, before = _by_day(lines), _by_day(prior)
        return self._periods(claimed, before, 1 if self.window == "day" else self.days)

    def _periods(
        self,
        claimed: Mapping[int, Sequence[ClaimLine]],
        before: Mapping[int, Sequence[RememberedLine]],
        length: int,
    ) -> Iterable[Window]:
        """Every period of ``length`` days that ends on a day of use and holds a day of the claim."""
        for last in sorted(claimed.keys() | before.keys()):
            days = range(last - length + 1, last + 1)
            inside = [line for day in sorted(claimed) if day in days for line in claimed[day]]
            if inside:
                earlier = [line for day in sorted(before) if day in days for line in before[day]]
                until = date_of(last).isoformat()
                zh = f"{until}当日" if length == 1 else f"截至{until}的{length}天内"
                en = f"on {until}" if length == 1 else f"in the {length} days to {until}"
                yield Window(zh, en, self.limit * QUANTITY_SCALE, inside, earlier)


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check per knowledge point; items of one point count together."""
    return [_place(rule, point) for point in points]


def _place(rule: Rule, point: KnowledgePoint) -> Placement:
    condition = point.condition
    scope = condition.text("scope", rule.parameters.text("scope", "institution"))
    check = FrequencyCheck(
        rule,
        point,
        window=condition.text("window"),
        limit=condition.integer("limit"),
        per=condition.text("per", "visit"),
        days=condition.integer("days", 1),
        same_institution=scope == "institution",
    )
    return place(check, rule, point, asks=point.item_codes, look_back_days=check.days)


def _by_day(lines: Sequence[L]) -> dict[int, list[L]]:
    days: dict[int, list[L]] = {}
    for line in lines:
        days.setdefault(day_of(line.charged_at), []).append(line)
    return days


def _take(excess: dict[int, int], window: Window) -> None:
    """Lay the window's excess on the claim's last lines; a line already taken for another window counts once."""
    left = min(window.total_e4 - window.limit_e4, sum(line.quantity_e4 for line in window.claimed))
    for line in sorted(window.claimed, key=lambda line: (line.charged_at, line.number), reverse=True):
        if left <= 0:
            break
        part = min(left, line.quantity_e4)
        excess[line.number] = max(excess.get(line.number, 0), part)
        left -= part
