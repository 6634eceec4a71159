"""疾病诊断编码异常: a diagnosis for which nothing was charged that such an illness calls for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.screening.domain.business_day import day_of
from services.screening.domain.case import Case
from services.screening.domain.check import Placement, days_in_force, place
from services.screening.domain.claim import ClaimLine
from services.screening.domain.diagnosis_codes import CodeSet
from services.screening.domain.finding import Finding
from services.screening.domain.kind import Kind, Parameter
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "unsupported_diagnosis",
    "诊断无对应项目",
    point_parameters=(Parameter("diagnoses", "diagnoses", required=True),),
    once_per_item=None,
)


@dataclass(frozen=True, slots=True)
class UnsupportedDiagnosisCheck:
    """Inpatients only: whoever lies in hospital with the diagnosis gets at least one of the point's items."""

    rule: Rule
    points: Sequence[tuple[KnowledgePoint, CodeSet, frozenset[str], int, int]]
    """Point, diagnoses, items, first and last day."""

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State the diagnosis; nothing is at issue in fen, the record itself is."""
        del lines
        claim = case.claim
        if not claim.diagnosis_codes:
            return
        day = day_of(claim.started_at)
        for point, diagnoses, items, from_day, until_day in self.points:
            met = diagnoses.among(claim.diagnosis_codes) if from_day <= day <= until_day else []
            if met and items.isdisjoint(case.by_code):
                yield case.finding(
                    self.rule,
                    point,
                    [],
                    zh=f"诊断{'、'.join(met)}（{point.name}）在明细中无对应的项目。",
                    en=f"nothing was charged that diagnosis {', '.join(met)} ({point.name}) calls for.",
                    values={"diagnoses": ",".join(met), "items": len(items)},
                )


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check for the whole rule, on every claim: it is what is absent that counts."""
    known = [
        (
            point,
            CodeSet.of(point.condition.texts("diagnoses")),
            frozenset(point.item_codes),
            *days_in_force(rule, point),
        )
        for point in points
    ]
    return [place(UnsupportedDiagnosisCheck(rule, known), rule, care_settings=("inpatient",))] if known else []
