"""限定年龄: an item for children, newborns or another band of age on the claim of a person outside it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.screening.domain.case import Case, whole
from services.screening.domain.check import Placement, place
from services.screening.domain.checks.wording import lines_en, lines_zh
from services.screening.domain.claim import ClaimLine
from services.screening.domain.finding import Finding
from services.screening.domain.kind import Kind, Parameter
from services.screening.domain.rules import KnowledgePoint, Rule

KIND = Kind(
    "age",
    "限定年龄",
    rule_parameters=(
        Parameter("child_years", "integer", minimum=1),
        Parameter("toddler_years", "integer", minimum=1),
        Parameter("newborn_days", "integer", minimum=1),
    ),
    point_parameters=(
        Parameter("group", "text", choices=("child", "toddler", "newborn")),
        Parameter("at_least_years", "integer"),
        Parameter("younger_than_years", "integer", minimum=1),
    ),
    some_of=("group", "at_least_years", "younger_than_years"),
)

CHILD_YEARS = 18
"""Age at which childhood ends where the rule does not say: no national number exists, places use 14 or 18."""

TODDLER_YEARS = 3
"""End of 婴幼儿 where the rule does not say."""

NEWBORN_DAYS = 28
"""Last day of life of a newborn (新生儿) where the rule does not say."""

GROUP_ZH = {"child": "儿童", "toddler": "婴幼儿"}

_DAYS_A_YEAR = 365


@dataclass(frozen=True, slots=True)
class AgeBand:
    """Ages in days between which an item is paid, both ends included; None is open."""

    youngest: int | None
    oldest: int | None


@dataclass(frozen=True, slots=True)
class AgeCheck:
    """Asks for an age; an unknown age is never held against anybody."""

    rule: Rule
    point: KnowledgePoint
    band: AgeBand
    words_zh: str
    words_en: str

    def examine(self, case: Case, lines: Sequence[ClaimLine]) -> Iterable[Finding]:
        """State the lines when the person is certainly outside the band."""
        age, band = case.claim.age_days, self.band
        if age is None:
            return ()
        if (band.youngest is None or age >= band.youngest) and (band.oldest is None or age <= band.oldest):
            return ()
        return (
            case.finding(
                self.rule,
                self.point,
                whole(lines),
                zh=f"{lines_zh(lines)}“{self.point.name}”限{self.words_zh}者使用，就诊人年龄不在此范围。",
                en=f"{lines_en(lines)}: {self.point.name} is for patients {self.words_en} only.",
                values={"age_days": age} | _limits(band),
            ),
        )


def place_checks(rule: Rule, points: Sequence[KnowledgePoint]) -> Iterable[Placement]:
    """One check per knowledge point, with the ages its rule sets for the groups."""
    return [place(AgeCheck(rule, point, *_band(rule, point)), rule, point) for point in points]


def youngest_days(years: int) -> int:
    """Fewest days after which a person may have lived so many years: younger than this is certainly younger."""
    return years * _DAYS_A_YEAR + years // 4


def oldest_days(years: int) -> int:
    """Most days for which a person may still be under so many years: older than this is certainly that old.

    Days alone cannot tell the birthday itself, for leap years fall differently; the doubtful day or two count for
    the person.
    """
    return years * _DAYS_A_YEAR + (years + 3) // 4 - 1


def _band(rule: Rule, point: KnowledgePoint) -> tuple[AgeBand, str, str]:
    condition = point.condition
    low, high = condition.optional_integer("at_least_years"), condition.optional_integer("younger_than_years")
    group = condition.text("group", "")
    zh = [] if low is None else [f"满{low}岁"]
    en = [] if low is None else [f"age {low} and over"]
    oldest: int | None = None
    if group == "newborn":
        oldest = rule.parameters.integer("newborn_days", NEWBORN_DAYS)
        zh.append(f"新生儿（出生{oldest}天内）")
        en.append(f"newborn up to {oldest} days")
    elif group or high is not None:
        years = _years(rule, group) if high is None else high
        oldest = oldest_days(years)
        zh.append(f"{GROUP_ZH.get(group, '')}不满{years}岁")
        en.append(f"under {years} years")
    band = AgeBand(None if low is None else youngest_days(low), oldest)
    return band, "、".join(zh), " and ".join(en)


def _years(rule: Rule, group: str) -> int:
    if group == "toddler":
        return rule.parameters.integer("toddler_years", TODDLER_YEARS)
    return rule.parameters.integer("child_years", CHILD_YEARS)


def _limits(band: AgeBand) -> dict[str, str | int]:
    limits: dict[str, str | int] = {}
    if band.youngest is not None:
        limits["youngest_days"] = band.youngest
    if band.oldest is not None:
        limits["oldest_days"] = band.oldest
    return limits
