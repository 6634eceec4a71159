"""Refuse a step of a draw in words."""

from collections.abc import Sequence

from services.kit.errors import Conflict, FieldError, Forbidden, NotFound


def unknown() -> NotFound:
    """There is no such draw, or none the public may know of."""
    return NotFound("draw_unknown", zh="没有这次抽取。", en="There is no such draw.")


def exists() -> Conflict:
    """The id is taken."""
    return Conflict("draw_exists", zh="该编号的抽取已存在。", en="A draw of this id exists already.")


def not_in_state() -> Conflict:
    """The draw has not come as far as the step needs, or is past it."""
    return Conflict(
        "draw_state", zh="抽取的当前状态不允许这一步。", en="The state of the draw does not allow this step."
    )


def same_person() -> Forbidden:
    """Four eyes: who made the list neither commits nor reveals."""
    return Forbidden(
        "draw_four_eyes",
        zh="编制名单的人不得承诺种子、揭示种子或公开结果。",
        en="Who prepared the list neither commits to the seed nor reveals it nor publishes.",
    )


def bound() -> Forbidden:
    """Draws are the agency's own."""
    return Forbidden("draw_agency_only", zh="抽取只由医保行政部门办理。", en="Draws are made by the agency only.")


def no_policy() -> Conflict:
    """No policy in force orders draws."""
    return Conflict(
        "no_inspection_policy", zh="现行政策没有检查抽取规则。", en="The policy in force has no rules for draws."
    )


def nobody_listed() -> Conflict:
    """Nothing is left to draw from."""
    return Conflict("draw_empty", zh="没有可抽取的机构。", en="There is no institution to draw.")


def no_team(codes: Sequence[str]) -> Conflict:
    """For some candidates no team exists, whatever is drawn."""
    return Conflict(
        "draw_no_team",
        zh="部分机构没有足够的持证、具备相应专长且无须回避的检查人员：" + "、".join(codes) + "。",
        en="Too few certified, skilled and unrecused inspectors for: " + ", ".join(codes) + ".",
    )


def only_without_plan() -> Conflict:
    """A planned draw is made from everybody."""
    return Conflict(
        "draw_chosen_institutions",
        zh="计划内抽取不得自行指定机构。",
        en="The institutions of a planned draw may not be chosen.",
        fields=[
            FieldError(
                "/institution_codes",
                "draw_chosen_institutions",
                "只有举报或数据线索可以指定机构。",
                "Only a tip or a data clue names institutions.",
            )
        ],
    )


def already_visited(codes: Sequence[str]) -> Conflict:
    """Since the list was made, some of it was drawn or committed to elsewhere."""
    return Conflict(
        "draw_visited",
        zh="名单编制后，部分机构已达到当年入企检查上限，请重新编制：" + "、".join(codes) + "。",
        en="Since the list was made some reached the limit of the year; prepare it again: " + ", ".join(codes) + ".",
    )


def other_list() -> Conflict:
    """The hash given is not that of the stored list."""
    return Conflict(
        "draw_other_list",
        zh="给出的名单哈希与编制的名单不符。",
        en="The hash given is not that of the list prepared.",
    )


def commitment_used() -> Conflict:
    """A commitment serves once."""
    return Conflict(
        "draw_commitment_used",
        zh="该种子承诺已经用过，种子可能已为人知。",
        en="This commitment was used before; its seed may be known.",
    )


def public_value_known() -> Conflict:
    """The public value must be fixed after the commitment, and the draw must wait for it."""
    return Conflict(
        "draw_public_value_time",
        zh="公开随机值须在承诺之后、抽取之前产生。",
        en="The public value must come about after the commitment and before the draw.",
    )


def other_public_form() -> Conflict:
    """The list names how many digits the public value has."""
    return Conflict(
        "draw_public_value_form",
        zh="公开随机值的位数与名单所载不符。",
        en="The public value has not as many digits as the list names.",
    )


def other_seed() -> Conflict:
    """The seed is not the one committed to."""
    return Conflict("draw_other_seed", zh="种子与公布的承诺不符。", en="The seed is not the one that was committed to.")


def wrong_year() -> Conflict:
    """The inspection does not lie in the year whose limit it counts under."""
    return Conflict(
        "draw_period",
        zh="检查期间须从今天或以后开始，止于同一年度内，且不早于公开随机值产生之日。",
        en="The inspection begins today or later and ends in the same year, not before the public value's day.",
    )
