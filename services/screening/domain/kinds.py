"""The kinds of check there are and the parameters each takes: what a rulebook may say."""

from dataclasses import dataclass
from typing import Literal

Shape = Literal["integer", "text", "texts", "integers_by_level"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a rule or of its knowledge points."""

    name: str
    shape: Shape
    choices: tuple[str, ...] = ()
    required: bool = False
    minimum: int = 0
    required_when: tuple[str, str] | None = None
    """Another parameter and the value of it that makes this one necessary."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of check: its name, what its rules and points may set, and whether points carry item codes."""

    name: str
    name_zh: str
    rule_parameters: tuple[Parameter, ...] = ()
    point_parameters: tuple[Parameter, ...] = ()
    points: Literal["items", "pairs", "diagnoses", "none"] = "items"
    some_of: tuple[str, ...] = ()
    """Point parameters of which at least one must be given."""
    once_per_item: tuple[str, ...] | None = ()
    """Point parameters that, together with the item, may occur once at a time: two points that agree on them and
    differ elsewhere contradict each other. None where several points for an item are meant."""


_SEX = ("male", "female")
_SETTINGS = ("outpatient", "emergency", "inpatient", "pharmacy")
_SCOPE = Parameter("scope", "text", choices=("institution", "anywhere"))

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("sex", "限定性别", point_parameters=(Parameter("sex", "text", choices=_SEX, required=True),)),
        Kind(
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
        ),
        Kind(
            "facility_level",
            "限医疗机构级别",
            point_parameters=(Parameter("min_level", "integer", required=True, minimum=1),),
        ),
        Kind(
            "insurance_type",
            "限险种",
            rule_parameters=(
                Parameter("insurance_types", "texts", required=True),
                Parameter("medical_types", "texts"),
            ),
        ),
        Kind(
            "visit_type",
            "限就医方式",
            point_parameters=(Parameter("care_settings", "texts", choices=_SETTINGS, required=True),),
        ),
        Kind("herb_never_paid", "饮片单复方均不予支付"),
        Kind("herb_alone_not_paid", "饮片单方不予支付"),
        Kind(
            "price_ceiling",
            "超限定单价",
            point_parameters=(Parameter("ceilings_fen", "integers_by_level", required=True, minimum=1),),
        ),
        Kind(
            "exclusive_items",
            "重复收费",
            rule_parameters=(_SCOPE,),
            point_parameters=(
                Parameter("window", "text", choices=("day", "visit", "hours"), required=True),
                Parameter("hours", "integer", minimum=1, required_when=("window", "hours")),
            ),
            points="pairs",
        ),
        Kind(
            "frequency",
            "限定频次",
            rule_parameters=(_SCOPE,),
            point_parameters=(
                Parameter("window", "text", choices=("day", "visit", "rolling"), required=True),
                Parameter("limit", "integer", required=True, minimum=1),
                Parameter("per", "text", choices=("visit", "stay_day", "stay_hour")),
                Parameter("days", "integer", minimum=1, required_when=("window", "rolling")),
                _SCOPE,
            ),
            once_per_item=("window",),
        ),
        Kind(
            "course_length",
            "限支付疗程",
            rule_parameters=(Parameter("within_days", "integer", minimum=1),),
            point_parameters=(
                Parameter("max_days", "integer", required=True, minimum=1),
                Parameter("window", "text", choices=("visit", "rolling"), required=True),
                Parameter("within_days", "integer", minimum=1),
            ),
            once_per_item=("window",),
        ),
        Kind(
            "diagnosis_sex",
            "诊断与性别不符",
            point_parameters=(
                Parameter("sex", "text", choices=_SEX, required=True),
                Parameter("diagnoses", "texts", required=True),
            ),
            points="diagnoses",
            once_per_item=None,
        ),
        Kind(
            "billing_date",
            "计费日期与住院时间不符",
            rule_parameters=(Parameter("tolerance_days", "integer"),),
            points="none",
        ),
        Kind("duplicate_traceability_code", "追溯码重复结算", points="none"),
        Kind(
            "overlapping_stays",
            "住院时间重叠",
            rule_parameters=(Parameter("tolerance_hours", "integer"),),
            points="none",
        ),
        Kind(
            "practitioner_eligibility",
            "人员医保支付资格",
            rule_parameters=(
                Parameter("excepted_care_settings", "texts", choices=_SETTINGS),
                Parameter("excepted_medical_types", "texts"),
            ),
            points="none",
        ),
    )
}
"""Every kind by name; ``checks.PLACES`` holds the function that carries each out."""
