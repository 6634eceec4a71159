"""Which rule a published file is about: its heading and the logic it states, the file's name only at last."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.screening.domain.rules import Rule

_LOGIC: tuple[tuple[str, str], ...] = (
    ("限定性别", "区分性别"),
    ("非工伤保险", "工伤"),
    ("非生育保险", "生育"),
    ("就医方式", "就医方式"),
    ("级别低于", "医疗机构级别"),
    ("日期总计", "支付疗程"),
    ("限制天数", "支付疗程"),
    ("同时收费", "重复收费"),
    ("设定的周期", "周期"),
    ("超过上限数量", "限定频次"),
    ("就业年龄", "限年龄"),
    ("没有一线", "二线"),
    ("支付适应症", "限适应症"),
    ("互联网", "互联网"),
    ("不得纳入", "单复方均不予支付"),
    ("单独使用时", "单方使用不予支付"),
    ("切口", "折价"),
)
"""Words of the published logic, and words of the rule's name that go with them."""

_SUBJECTS = ("中药饮片", "饮片", "医疗服务项目", "耗材", "药品")


@dataclass(frozen=True, slots=True)
class PublishedTitle:
    """What a file says of itself."""

    heading: str
    """Rows above the header, and names of sheets."""
    headers: str
    logic: str
    texts: str
    file_name: str


def recognise(rules: Sequence[Rule], title: PublishedTitle, rule_code: str | None, notes: list[str]) -> Rule | None:
    """Return the rule, None when it is not clear; a note is added where the file's name says otherwise."""
    if rule_code is not None:
        return next((rule for rule in rules if rule.code == rule_code), None)
    named = _named(rules, title.file_name)
    rule = _named(rules, title.heading) or _by_logic(rules, title) or named
    if rule is not None and named is not None and named.code != rule.code:
        notes.append(f"文件名所称“{named.name_zh}”与内容不符，按内容归入“{rule.name_zh}”。")
    return rule


def _named(rules: Sequence[Rule], text: str) -> Rule | None:
    fitting = sorted((rule for rule in rules if rule.name_zh in text), key=lambda rule: -len(rule.name_zh))
    return fitting[0] if fitting else None


def _by_logic(rules: Sequence[Rule], title: PublishedTitle) -> Rule | None:
    words = next((words for said, words in _LOGIC if said in title.logic), None)
    if words is None and "儿童年龄" in title.logic:
        # The same logic for 儿童专用 and 限儿童: a payment limit begins with 限, an indication does not.
        words = "限儿童" if title.texts.startswith("限") else "儿童专用"
    if words is None:
        return None
    fitting = [rule for rule in rules if words in rule.name_zh]
    subject = next((one for one in _SUBJECTS if one in title.headers), None)
    if subject is not None:
        fitting = [rule for rule in fitting if subject in rule.name_zh] or fitting
        fitting = [rule for rule in fitting if subject + words in rule.name_zh] or fitting
    return fitting[0] if len(fitting) == 1 else None
