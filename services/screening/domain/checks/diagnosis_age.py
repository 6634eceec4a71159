"""诊断与患者年龄不符: a diagnosis that a person of that age cannot have."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.screening.domain.business_day import day_of
from services.screening.domain.case import Case
from services.screening.domain.check import Placement, days_in_force, place
from services.screening.domain.checks.age import oldest_days, youngest_days
from services.screening.domain.claim import ClaimLine
from services.screening.domain.diagnosis_codes import CodeSet
from services.screening.domain.finding import Finding
from services.screening.domain.kind import Kind, Parameter
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "diagnosis_age",
    "诊断与年龄不符",
    point_parameters=(
        Parameter("diagnoses", "diagnoses", required=True),
        Parameter("at_least_years", "integer"),
        Parameter("younger_than_years", "integer", minimum=1),
        Parameter("newborn_days", "integer", minimum=1),
    ),
    points="record",
    some_of=("at_least_years", "younger_than_years", "newborn_days"),
    once_per_item=None,
)


@dataclass(frozen=True, slots=True)
class _Band:
    point: KnowledgePoint
    diagnoses: CodeSet
    youngest: int | None
    oldest: int | None
    from_day: int
    until_day: int

    def excludes(self, age_days: int, day: int) -> bool:
        if not self.from_day <= day <= self.until_day:
            return False
        return (self.youngest is not None and age_days < self.youngest) or (
            self.oldest is not None and age_days > self.oldest
        )


@dataclass(frozen=True, slots=True)
class DiagnosisAgeCheck:
    """Compares the age with the band of each diagnosis; an unknown age is never held against anybody."""

    rule: Rule
    bands: tuple[_Band, ...]

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State the diagnoses per knowledge point; nothing is at issue in fen, the record itself is."""
        del lines
        claim = case.claim
        age = claim.age_days
        if age is None or not claim.diagnosis_codes:
            return
        day = day_of(claim.started_at)
        for band in self.bands:
            met = sorted(set(band.diagnoses.among(claim.diagnosis_codes))) if band.excludes(age, day) else []
            if met:
                yield case.finding(
                    self.rule,
                    band.point,
                    [],
                    zh=f"诊断{'、'.join(met)}（{band.point.name}）与就诊人年龄不符。",
                    en=f"diagnosis {', '.join(met)} ({band.point.name}) does not fit the patient's age.",
                    values={"age_days": age, "diagnoses": ",".join(met)},
                )


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check for the whole rule, on every claim."""
    bands = tuple(_band(rule, point) for point in points)
    return [place(DiagnosisAgeCheck(rule, bands), rule)] if bands else []


def _band(rule: Rule, point: KnowledgePoint) -> _Band:
    condition = point.condition
    low, high = condition.optional_integer("at_least_years"), condition.optional_integer("younger_than_years")
    oldest = condition.optional_integer("newborn_days")
    if high is not None:
        oldest = oldest_days(high)
    youngest = None if low is None else youngest_days(low)
    return _Band(point, CodeSet.of(condition.texts("diagnoses")), youngest, oldest, *days_in_force(rule, point))
