"""诊断与患者性别不符: a diagnosis that only the other sex can have."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.screening.domain.business_day import day_of
from services.screening.domain.case import Case
from services.screening.domain.check import Placement, days_in_force, place
from services.screening.domain.checks.wording import SEX_ZH
from services.screening.domain.claim import ClaimLine
from services.screening.domain.diagnosis_codes import CATEGORY, categories
from services.screening.domain.finding import Finding
from services.screening.domain.kind import SEXES, Kind, Parameter
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "diagnosis_sex",
    "诊断与性别不符",
    point_parameters=(
        Parameter("sex", "text", choices=SEXES, required=True),
        Parameter("diagnoses", "diagnoses", required=True),
    ),
    points="record",
    once_per_item=None,
)


@dataclass(frozen=True, slots=True)
class DiagnosisSexCheck:
    """Looks up the category of each diagnosis, so that codes with and without the 医保版 suffix both count."""

    rule: Rule
    by_category: Mapping[str, Sequence[tuple[KnowledgePoint, str, int, int]]]
    """Per category: point, sex, first and last day."""

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State the diagnoses per knowledge point; nothing is at issue in fen, the record itself is."""
        del lines
        claim = case.claim
        if claim.sex == "unknown":
            return
        met: dict[str, tuple[KnowledgePoint, str, list[str]]] = {}
        for code in claim.diagnosis_codes:
            for point, sex, from_day, until_day in self.by_category.get(code[:CATEGORY], ()):
                if sex != claim.sex and from_day <= day_of(claim.started_at) <= until_day:
                    met.setdefault(point.id, (point, sex, []))[2].append(code)
        for point, sex, codes in met.values():
            listed = sorted(set(codes))
            yield case.finding(
                self.rule,
                point,
                [],
                zh=f"诊断{'、'.join(listed)}（{point.name}）限{SEX_ZH[sex]}，与就诊人性别不符。",
                en=f"diagnosis {', '.join(listed)} ({point.name}) is for {sex} patients only.",
                values={"required_sex": sex, "diagnoses": ",".join(listed)},
            )


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check for the whole rule, on every claim."""
    by_category: dict[str, list[tuple[KnowledgePoint, str, int, int]]] = {}
    for point in points:
        entry = (point, point.condition.text("sex"), *days_in_force(rule, point))
        for diagnosis in point.condition.texts("diagnoses"):
            for category in categories(diagnosis):
                by_category.setdefault(category, []).append(entry)
    return [place(DiagnosisSexCheck(rule, by_category), rule)] if by_category else []
