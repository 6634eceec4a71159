"""中药饮片单方不予支付: herbs not paid alone, nor in a prescription made up of such herbs only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.screening.domain.business_day import date_of, day_of
from services.screening.domain.case import Case, whole
from services.screening.domain.check import Placement, days_in_force, place
from services.screening.domain.checks.wording import lines_en, lines_zh
from services.screening.domain.claim import ClaimLine
from services.screening.domain.finding import Finding
from services.screening.domain.kind import Kind
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind("herb_alone_not_paid", "饮片单方不予支付")

DatedPoint = tuple[KnowledgePoint, int, int]
"""A knowledge point with the first and last day number on which it holds."""


@dataclass(frozen=True, slots=True)
class HerbAloneCheck:
    """Looks at all herbs of a business day as one prescription, since fee lines carry no prescription number."""

    rule: Rule
    points: Mapping[str, Sequence[DatedPoint]]

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State the herbs of each day on which every herb charged is a listed one."""
        if case.claim.fund_fen <= 0:
            return
        prescriptions: dict[int, list[ClaimLine]] = {}
        for line in case.lines:
            if line.item_kind == "herb":
                prescriptions.setdefault(day_of(line.charged_at), []).append(line)
        for day in sorted({day_of(line.charged_at) for line in lines}):
            herbs = prescriptions.get(day, [])
            listed = {herb.item_code: self._point(herb.item_code, day) for herb in herbs}
            points = [point for _, point in sorted(listed.items()) if point is not None]
            if points and len(points) == len(listed):
                yield self._finding(case, herbs, points, day)

    def _point(self, item_code: str, day: int) -> KnowledgePoint | None:
        for point, from_day, until_day in self.points.get(item_code, ()):
            if from_day <= day <= until_day:
                return point
        return None

    def _finding(self, case: Case, herbs: Sequence[ClaimLine], points: Sequence[KnowledgePoint], day: int) -> Finding:
        names = "、".join(point.name for point in points)
        return case.finding(
            self.rule,
            points[0],
            whole(herbs),
            zh=f"{lines_zh(herbs)}处方全部由单独使用不予支付的中药饮片（{names}）组成。",
            en=f"{lines_en(herbs)}: the prescription holds nothing but herbs that are not paid alone ({names}).",
            values={"day": date_of(day).isoformat(), "herbs": len(points)},
        )


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check for the whole rule: whether a herb stands alone depends on every other listed herb."""
    listed: dict[str, list[DatedPoint]] = {}
    for point in points:
        for code in point.item_codes:
            listed.setdefault(code, []).append((point, *days_in_force(rule, point)))
    return [place(HerbAloneCheck(rule, listed), rule, item_codes=tuple(listed))] if listed else []
