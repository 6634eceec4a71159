"""What a row of a published file sets as the condition of its knowledge point, by the kind of check of its rule."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.screening.domain.finding import Severity
from services.screening.domain.proposal import WAITING_KINDS, propose
from services.screening.domain.rules import Rule

Condition = Mapping[str, object]

_SEX = {"男": "male", "女": "female"}
_WITHOUT_CONDITION = frozenset({"insurance_type", "herb_never_paid", "herb_alone_not_paid"})
_HOURS = re.compile(r"(\d+)个?小时")
_EVERY = re.compile(r"近?(\d+)(?:-\d+)?(个月|月|周|天|日)")
_DAYS = {"个月": 30, "月": 30, "周": 7, "天": 1, "日": 1}
_HOURS_A_DAY = 24


class ConditionProblem(ValueError):  # noqa: N818 - names what it is
    """A cell that sets no usable condition."""

    def __init__(self, role: str, code: str, zh: str, en: str) -> None:
        super().__init__(code)
        self.role = role
        self.code = code
        self.zh = zh
        self.en = en


@dataclass(frozen=True, slots=True)
class Conditions:
    """Conditions of one published point: several where a limit holds for several periods; and a text that waits."""

    all: Sequence[tuple[Condition, Severity | None]]
    limit: str | None = None
    """Text that a person has to confirm the meaning of."""


def point_conditions(rule: Rule, cells: Mapping[str, str]) -> Conditions:  # noqa: PLR0911 - one answer per kind
    """Read a row; raises ``ConditionProblem`` where a column that the kind needs says nothing usable."""
    text = cells.get("text") or cells.get("remark", "")
    if rule.kind in _WITHOUT_CONDITION:
        return _one({})
    match rule.kind:
        case "sex":
            return _one({"sex": _sex(cells, text)})
        case "surgery_discount":
            group = cells.get("group") or text
            if not group:
                raise ConditionProblem("group", "no_group", "没有手术分组。", "names no group of operations.")
            return _one({"group": group})
        case "exclusive_items":
            return _one(_window(cells.get("window", "")))
        case "frequency":
            return _frequency(rule, cells, text)
        case "age" if "儿童专用" in rule.name_zh:
            return _one({"group": "child"})
    proposal = propose(rule.kind, text)
    if proposal is None:
        raise ConditionProblem(
            "text", "kind_not_imported", "该类规则不支持导入。", "points of this kind are not imported."
        )
    if rule.kind in WAITING_KINDS and proposal.condition.keys() != {"excluded_institution_categories"}:
        # Asks for review until a person says what the text means.
        return Conditions([({"evidence": text or rule.name_zh}, None)], text)
    if proposal.completeness == "none":
        return Conditions([], text)
    # Days over several visits are counted in a period that the text leaves open: a reading of ours asks, not accuses.
    ours = rule.kind == "course_length" and proposal.condition.get("window") == "rolling"
    return Conditions([(proposal.condition, "suspicion" if ours else None)])


def _one(condition: Condition) -> Conditions:
    return Conditions([(condition, None)])


def _sex(cells: Mapping[str, str], text: str) -> str:
    for said in (cells.get("sex", ""), cells.get("remark", ""), text):
        men, women = "男" in said, "女" in said
        if men != women:
            return _SEX["男" if men else "女"]
    raise ConditionProblem("sex", "no_sex", "没有说明限定的性别。", "does not say which sex.")


def _window(said: str) -> Condition:
    hours = _HOURS.search(said)
    if hours:
        return {"window": "hours", "hours": int(hours.group(1))}
    if "同一小时" in said:
        return {"window": "hours", "hours": 1}
    if "就诊" in said or "住院" in said:
        return {"window": "visit"}
    if "日" in said or "天" in said:
        return {"window": "day"}
    raise ConditionProblem("window", "no_window", "没有可识别的时间区间。", "has no window that can be read.")


def _frequency(rule: Rule, cells: Mapping[str, str], text: str) -> Conditions:
    most = re.search(r"\d+", cells.get("limit", ""))
    limit = int(most.group()) if most else 1
    if "周期" in rule.name_zh:
        every = re.search(r"每(周|月|天|日)", text)
        period = _EVERY.search(text)
        if every:
            days = _DAYS[every.group(1)]
        elif period:
            days = int(period.group(1)) * _DAYS[period.group(2)]
        else:
            return Conditions([], text)
        return _one({"window": "rolling", "days": days, "limit": limit})
    if "小时" in text:
        return _one({"window": "day", "limit": limit if most else _HOURS_A_DAY})
    if "日" in text or "天" in text or most:
        return _one({"window": "day", "limit": limit})
    if "次" in text:
        return _one({"window": "visit", "limit": limit})
    return Conditions([], text)
