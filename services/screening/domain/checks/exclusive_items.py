"""重复收费: an item charged beside another that already includes it, on one day, in one visit or within hours.

All pairs of a rule compile into one index per item: the cost of a line does not grow with the number of pairs, for
only items that the claim or the person's history really holds are looked up.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.screening.domain.business_day import day_of
from services.screening.domain.case import Case, Share, prior_line, whole
from services.screening.domain.check import Placement, days_in_force, place
from services.screening.domain.checks.wording import lines_en, lines_zh
from services.screening.domain.claim import ClaimLine
from services.screening.domain.finding import Finding
from services.screening.domain.kind import SCOPE, Kind, Parameter
from services.screening.domain.prior import RememberedLine
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "exclusive_items",
    "重复收费",
    rule_parameters=(SCOPE,),
    point_parameters=(
        Parameter("window", "text", choices=("day", "visit", "hours"), required=True),
        Parameter("hours", "integer", minimum=1, required_when=("window", "hours")),
    ),
    points="pairs",
)

WINDOW_ZH = {"day": "同日", "visit": "同次就诊"}
WINDOW_EN = {"day": "on one day", "visit": "in one visit"}


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair seen from one of its two items."""

    point: KnowledgePoint
    includes: bool
    """True on the item that includes the other; the included item is the one at issue."""
    window: str
    hours: int
    from_day: int
    until_day: int

    def together(self, one: datetime, other: datetime) -> bool:
        """Whether two instants of charging fall into the window; a visit is the claim's own span of time."""
        if self.window == "day":
            return day_of(one) == day_of(other)
        if self.window == "hours":
            return abs(one - other) < timedelta(hours=self.hours)
        return True

    def same_visit(self, case: Case, prior: RememberedLine) -> bool:
        """Whether an earlier claim's line belongs to this claim's visit: same institution, within its time."""
        if self.window != "visit":
            return True
        claim = case.claim
        return (
            prior.institution_code == claim.institution.code and claim.started_at <= prior.charged_at <= claim.ended_at
        )


@dataclass(frozen=True, slots=True)
class ExclusiveItemsCheck:
    """Everything one item may not be charged beside."""

    rule: Rule
    item_code: str
    partners: Mapping[str, Sequence[Pair]]
    same_institution: bool

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterator[Finding]:
        """State pairs within the claim once, from the including item; pairs with earlier claims from either."""
        present = case.by_code
        for code in sorted(self.partners.keys() & present.keys()):
            for pair in self.partners[code]:
                if pair.includes:
                    yield from self._within(case, pair, lines, present[code])
        remembered = case.history.lines_of(case.claim.insured_ref)
        if remembered:
            for code in sorted(self.partners.keys() & remembered.keys()):
                prior = list(case.prior_lines((code,), same_institution=self.same_institution))
                for pair in self.partners[code]:
                    yield from self._across(case, pair, lines, prior)

    def _within(
        self, case: Case, pair: Pair, including: Sequence[ClaimLine], included: Sequence[ClaimLine]
    ) -> Iterator[Finding]:
        including = [line for line in including if pair.from_day <= day_of(line.charged_at) <= pair.until_day]
        at_issue = [
            line for line in included if any(pair.together(line.charged_at, other.charged_at) for other in including)
        ]
        if at_issue:
            related = [
                line
                for line in including
                if any(pair.together(line.charged_at, other.charged_at) for other in at_issue)
            ]
            yield self._finding(case, pair, whole(at_issue), related, [])

    def _across(
        self, case: Case, pair: Pair, lines: Sequence[ClaimLine], prior: Sequence[RememberedLine]
    ) -> Iterator[Finding]:
        """The line of this claim is at issue, for no more than the included item was charged."""
        net = sum(line.quantity_e4 for line in prior)
        matched: set[RememberedLine] = set()
        at_issue: list[Share] = []
        for line in lines:
            if not pair.from_day <= day_of(line.charged_at) <= pair.until_day:
                continue
            met = [
                earlier
                for earlier in prior
                if pair.same_visit(case, earlier) and pair.together(line.charged_at, earlier.charged_at)
            ]
            if net > 0 and met:
                matched.update(met)
                limit = sum(earlier.amount_fen for earlier in met) if pair.includes else line.amount_fen
                at_issue.append((line, max(0, min(line.amount_fen, limit))))
        if at_issue:
            yield self._finding(case, pair, at_issue, [], sorted(matched, key=_place))

    def _finding(
        self,
        case: Case,
        pair: Pair,
        shares: Sequence[Share],
        related: Sequence[ClaimLine],
        prior: Sequence[RememberedLine],
    ) -> Finding:
        lines = [line for line, _ in shares]
        hours = f"{pair.hours}小时内"
        beside_zh = f"与{lines_zh(related)}" if related else "与既往结算"
        beside_en = f"beside {lines_en(related)}" if related else "beside an earlier settlement"
        return case.finding(
            self.rule,
            pair.point,
            shares,
            zh=f"{lines_zh(lines)}{beside_zh}{WINDOW_ZH.get(pair.window, hours)}重复收费：{pair.point.name}。",
            en=(
                f"{lines_en(lines)} charged {beside_en} "
                f"{WINDOW_EN.get(pair.window, f'within {pair.hours} hours')}: {pair.point.name}."
            ),
            prior=[prior_line(line) for line in prior],
            values={"window": pair.window} | ({"hours": pair.hours} if pair.window == "hours" else {}),
            related=related,
        )


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check per item that stands in any pair."""
    partners: dict[str, dict[str, list[Pair]]] = {}
    for point in points:
        condition = point.condition
        window, hours = condition.text("window"), condition.integer("hours", 0)
        days = days_in_force(rule, point)
        for code in point.item_codes:
            for other in point.other_codes:
                including, included = Pair(point, True, window, hours, *days), Pair(point, False, window, hours, *days)
                partners.setdefault(code, {}).setdefault(other, []).append(including)
                partners.setdefault(other, {}).setdefault(code, []).append(included)
    same_institution = rule.parameters.text("scope", "institution") == "institution"
    return [
        place(
            ExclusiveItemsCheck(rule, code, met, same_institution),
            rule,
            item_codes=(code,),
            asks=tuple(met),
            look_back_days=1,
        )
        for code, met in partners.items()
    ]


def _place(line: RememberedLine) -> tuple[datetime, int]:
    return line.charged_at, line.line_number
