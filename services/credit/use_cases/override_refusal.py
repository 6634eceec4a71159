"""Refuse an act on an override, in words."""

from collections.abc import Sequence

from services.credit.use_cases.rating_refusal import field_refused
from services.kit.errors import Conflict, Forbidden, Malformed, NotFound


def unknown() -> NotFound:
    """There is no such override."""
    return NotFound("override_unknown", zh="没有这项人工调整。", en="There is no such override.")


def institution_unknown() -> NotFound:
    """The registry does not know the institution."""
    return NotFound("institution_unknown", zh="没有登记这家机构。", en="There is no such institution.")


def differs() -> Conflict:
    """The id stands for something else."""
    return Conflict("override_differs", zh="该编号已有内容不同的调整。", en="A different override has this id.")


def same_person() -> Forbidden:
    """Four eyes."""
    return Forbidden(
        "override_four_eyes", zh="提出人不得批准本人提出的调整。", en="Who proposed an override does not decide on it."
    )


def decided() -> Conflict:
    """It was decided, or ended, before."""
    return Conflict("override_decided", zh="该调整已办结。", en="The override was decided or ended before.")


def over() -> Conflict:
    """Its last day has passed."""
    return Conflict("override_over", zh="该调整的期限已过。", en="The last day of the override has passed.")


def none_allowed() -> Conflict:
    """The policy allows no overrides."""
    return Conflict("override_not_allowed", zh="现行规则不允许人工调整。", en="The rules in force allow no overrides.")


def backdated() -> Malformed:
    """It would begin before today."""
    return field_refused("/holds_from", "override_backdated", "不得早于今天。", "It begins today or later.")


def term(most_days: int) -> Malformed:
    """It ends before it begins, or lasts longer than the policy allows."""
    return field_refused(
        "/holds_until",
        "override_term",
        f"起止须为1至{most_days}日。",
        f"It lasts one to {most_days} days, the first and the last counted.",
    )


def year() -> Malformed:
    """The year goes with a yearly rating, and only with one."""
    return field_refused(
        "/year", "override_year", "年度评价须填年度，信用分不填。", "A yearly rating has a year, the score none."
    )


def grade(names: Sequence[str]) -> Malformed:
    """The grade is none of the policy's."""
    listed = "、".join(names)
    return field_refused("/grade", "override_grade", f"等级须为：{listed}。", f"The grade is one of: {listed}.")


def value(least_e2: int, most_e2: int) -> Malformed:
    """The score lies outside the policy's scale."""
    return field_refused(
        "/value_e2",
        "override_value",
        f"分值×100须在{least_e2}至{most_e2}之间，且不填等级。",
        f"Score times 100 lies between {least_e2} and {most_e2}, without a grade.",
    )
