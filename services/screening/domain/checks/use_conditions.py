"""限适应症、禁忌、科室、职称…: conditions under which an item may be used; what a claim does not tell holds for nobody.

One kind for all conditions that are read off the claim itself, because published limits join several in one sentence
(限二级及以上医疗机构癌症患者). A condition that a claim can never prove, such as a laboratory value, is named in
``evidence``: then the finding is a request for review that names what to look for, and questions no amount.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.screening.domain.case import Case, whole
from services.screening.domain.check import Placement, place
from services.screening.domain.checks.age import oldest_days, youngest_days
from services.screening.domain.checks.wording import LEVEL_ZH, SETTING_ZH, SEX_ZH, lines_en, lines_zh
from services.screening.domain.claim import Claim, ClaimLine
from services.screening.domain.diagnosis_codes import CodeSet
from services.screening.domain.finding import Finding
from services.screening.domain.kind import CARE_SETTINGS, SEXES, Kind, Parameter
from services.screening.domain.rules import KnowledgePoint, Parameters, Rule

KIND = Kind(
    "use_conditions",
    "使用条件",
    point_parameters=(
        Parameter("diagnoses", "diagnoses"),
        Parameter("excluded_diagnoses", "diagnoses"),
        Parameter("at_least_years", "integer"),
        Parameter("younger_than_years", "integer", minimum=1),
        Parameter("sex", "text", choices=SEXES),
        Parameter("care_settings", "texts", choices=CARE_SETTINGS),
        Parameter("medical_types", "texts"),
        Parameter("min_level", "integer", minimum=1),
        Parameter("departments", "texts"),
        Parameter("titles", "texts"),
        Parameter("excluded_institution_categories", "texts"),
        Parameter("evidence", "text"),
    ),
    some_of=(
        "diagnoses",
        "excluded_diagnoses",
        "at_least_years",
        "younger_than_years",
        "sex",
        "care_settings",
        "medical_types",
        "min_level",
        "departments",
        "titles",
        "excluded_institution_categories",
        "evidence",
    ),
    once_per_item=None,
)


@dataclass(frozen=True, slots=True)
class Broken:
    """One condition that the claim certainly breaks."""

    name: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class UseConditionsCheck:
    """Every condition must hold; each is judged only when the claim tells what it needs."""

    rule: Rule
    point: KnowledgePoint
    diagnoses: CodeSet | None
    excluded: CodeSet | None
    condition: Parameters
    evidence: str

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State the lines with the conditions broken, or ask for the evidence where all others hold."""
        broken = [one for one in self._broken(case.claim) if one is not None]
        if broken:
            yield case.finding(
                self.rule,
                self.point,
                whole(lines),
                zh=f"{lines_zh(lines)}“{self.point.name}”{'；'.join(one.zh for one in broken)}。",
                en=f"{lines_en(lines)}: {self.point.name} {'; '.join(one.en for one in broken)}.",
                values={"broken": ",".join(one.name for one in broken)},
            )
        elif self.evidence:
            yield case.finding(
                self.rule,
                self.point,
                [(line, 0) for line in lines],
                zh=f"{lines_zh(lines)}“{self.point.name}”需核对病历：{self.evidence}。",
                en=f"{lines_en(lines)}: {self.point.name} needs evidence that a claim does not carry.",
                values={"missing_evidence": self.evidence},
                severity="suspicion",
            )

    def _broken(self, claim: Claim) -> Iterable[Broken | None]:
        yield self._indication(claim)
        yield self._contraindication(claim)
        yield from self._person(claim)
        yield from self._place(claim)

    def _indication(self, claim: Claim) -> Broken | None:
        if self.diagnoses is None or not claim.diagnosis_codes or self.diagnoses.among(claim.diagnosis_codes):
            return None
        return Broken("diagnoses", "诊断不符合限定的适应症", "is not indicated by the diagnoses of the claim")

    def _contraindication(self, claim: Claim) -> Broken | None:
        if self.excluded is None:
            return None
        met = self.excluded.among(claim.diagnosis_codes)
        if not met:
            return None
        return Broken("excluded_diagnoses", f"不得用于诊断{'、'.join(met)}", f"must not be used with {', '.join(met)}")

    def _person(self, claim: Claim) -> Iterable[Broken | None]:
        condition, age = self.condition, claim.age_days
        low, high = condition.optional_integer("at_least_years"), condition.optional_integer("younger_than_years")
        if age is not None and low is not None and age < youngest_days(low):
            yield Broken("at_least_years", f"限{low}岁及以上使用", f"is for patients of {low} years and over")
        if age is not None and high is not None and age > oldest_days(high):
            yield Broken("younger_than_years", f"限不满{high}岁使用", f"is for patients under {high} years")
        sex = condition.text("sex", "")
        if sex and claim.sex not in {sex, "unknown"}:
            yield Broken("sex", f"限{SEX_ZH[sex]}使用", f"is for {sex} patients")

    def _place(self, claim: Claim) -> Iterable[Broken | None]:
        condition, institution = self.condition, claim.institution
        settings = condition.texts("care_settings", ())
        if settings and claim.care_setting not in settings:
            named = "、".join(SETTING_ZH[one] for one in settings)
            yield Broken("care_settings", f"限{named}使用", f"is for {' or '.join(settings)} care")
        types = condition.texts("medical_types", ())
        if types and claim.medical_type not in types:
            yield Broken("medical_types", "医疗类别不在限定范围", "is not for this kind of visit")
        level = condition.optional_integer("min_level")
        if level is not None and institution.kind == "hospital" and institution.level < level:
            yield Broken("min_level", f"限{LEVEL_ZH[level]}及以上医疗机构使用", f"is for level {level} and above")
        department = claim.department_standard_code
        departments = condition.texts("departments", ())
        if departments and department is not None and not department.startswith(departments):
            yield Broken("departments", "不在限定科室使用", "is for other departments")
        title = claim.practitioner_title
        titles = condition.texts("titles", ())
        if titles and title is not None and title not in titles:
            yield Broken("titles", "开具人员职称不符合限定", "was ordered by someone without the title required")
        if institution.category in condition.texts("excluded_institution_categories", ()):
            yield Broken("institution", "不在该类机构支付范围", "is not paid at this kind of institution")


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check per knowledge point."""
    return [place(_compile(rule, point), rule, point) for point in points]


def _compile(rule: Rule, point: KnowledgePoint) -> UseConditionsCheck:
    condition = point.condition
    indicated, excluded = condition.texts("diagnoses", ()), condition.texts("excluded_diagnoses", ())
    return UseConditionsCheck(
        rule,
        point,
        CodeSet.of(indicated) if indicated else None,
        CodeSet.of(excluded) if excluded else None,
        condition,
        condition.text("evidence", ""),
    )
