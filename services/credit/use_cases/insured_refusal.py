"""Refuse what concerns an insured person in words, never with the person's reference."""

from collections.abc import Sequence

from services.kit.errors import Conflict, FieldError, Forbidden, Malformed, NotFound

_TEXTS: dict[str, tuple[str, str]] = {
    "circumstance_unknown": ("现行政策没有这种情形。", "The policy in force knows no such circumstance."),
    "date_in_future": ("处理决定日期不能晚于今天。", "The decision cannot lie in the future."),
    "pause_incomplete": ("暂停月数与起始日须同时填写。", "Months and first day of a pause go together."),
    "pause_before_decision": ("暂停不能早于决定日期。", "A pause cannot begin before the decision."),
    "pause_months_range": (
        "暂停联网结算为3个月以上12个月以下（条例第四十一条）。",
        "A pause lasts 3 to 12 months (Regulation Art. 41).",
    ),
    "pause_missing": (
        "造成基金损失的，应当暂停联网结算（条例第四十一条）。",
        "Where the fund lost money there is a pause (Regulation Art. 41).",
    ),
    "fine_without_fraud": (
        "罚款只适用于以骗取为目的的情形（条例第四十一条第二款）。",
        "A fine needs the purpose of fraud (Regulation Art. 41 para. 2).",
    ),
    "fine_range": (
        "罚款为骗取金额的2倍以上5倍以下（条例第四十一条第二款）。",
        "A fine is 2 to 5 times the amount (Regulation Art. 41 para. 2).",
    ),
}


def misstated(problems: Sequence[tuple[str, str]]) -> Malformed:
    """The decision contradicts the rules; a pointer to each contradiction."""
    zh, en = _TEXTS[problems[0][1]]
    return Malformed(
        problems[0][1],
        zh=zh,
        en=en,
        fields=[FieldError(f"/{field}", code, *_TEXTS[code]) for field, code in problems],
    )


def bound() -> Forbidden:
    """Only the agency has to do with insured persons."""
    return Forbidden(
        "insured_agency_only",
        zh="参保人信用只由医保行政部门办理。",
        en="The credit of insured persons is the agency's matter only.",
    )


def taken() -> Conflict:
    """The id stands for another decision."""
    return Conflict("entry_taken", zh="该编号已用于另一项决定。", en="The id stands for another decision.")


def unknown() -> NotFound:
    """There is no such entry."""
    return NotFound("entry_unknown", zh="没有这条记录。", en="There is no such entry.")


def already_countered() -> Conflict:
    """An entry is taken back once, and a counter-entry never."""
    return Conflict(
        "entry_countered",
        zh="该记录已被冲销，或本身就是冲销记录。",
        en="The entry was taken back already, or takes back another itself.",
    )


def no_policy() -> Conflict:
    """No policy was in force that provides for it."""
    return Conflict(
        "no_insured_policy",
        zh="决定之日没有生效的参保人处理规则。",
        en="No policy with rules for insured persons was in force on the day of the decision.",
    )
