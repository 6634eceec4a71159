"""Words of the handling log on the desk's pages: who acted, and what the log keeps of a step, Chinese and English."""

from collections.abc import Mapping

from services.tips.api import desk_public_texts, desk_texts, texts
from services.tips.api.texts import Words
from services.tips.domain.case_value import Cause

ACTORS: dict[str, Words] = {
    "reporter": ("举报人", "the reporter"),
    "retention": ("销毁规则", "the retention rules"),
    "deadline-sweep": ("期限检查", "the check of deadlines"),
}
"""Who is no person of the desk."""

CAUSES: dict[Cause, Words] = {
    Cause.FINDING: ("已确认的违规", "a confirmed finding"),
    Cause.ASSESSMENT: ("核定差额", "assessed"),
    Cause.FINDING_FALLEN: ("违规认定被撤销", "a finding fell"),
}

NAMES: dict[str, Words] = {
    "amount_fen": ("金额", "amount"),
    "case_value_fen": ("案值", "case value"),
    "reward_fen": ("奖励", "reward"),
    "over_paid_fen": ("多付", "paid too much"),
    "repaid_fen": ("已退回", "repaid"),
    "institution_code": ("机构", "institution"),
    "due_on": ("期限", "due"),
    "until": ("截止", "until"),
    "deadline": ("事项", "what is due"),
    "findings": ("违规认定", "findings"),
    "finding_id": ("违规认定", "finding"),
    "files": ("附件数", "files"),
    "number": ("编号", "number"),
    "desk": ("经办组", "desk"),
    "subject": ("人员", "who"),
    "lead": ("主举报", "lead"),
    "from_region": ("原地区", "from"),
    "to_region": ("转至", "to"),
    "reason": ("理由", "reason"),
    "outcome": ("结果", "outcome"),
    "verdict": ("答复", "answer"),
    "channel": ("渠道", "channel"),
    "category": ("事由", "kind of reason"),
    "opening": ("申请", "request"),
    "level": ("等级", "level"),
    "policy": ("标准", "table"),
    "shares": ("份数", "shares"),
    "exclusion": ("不予奖励", "no reward"),
    "waiver": ("免除理由", "waived for"),
}
"""Names of details; others are shown as they are."""

_VALUES: Mapping[str, Mapping[str, Words]] = {
    "deadline": {code.value: words for code, words in desk_texts.DEADLINES.items()},
    "reason": {
        code.value: words
        for code, words in (*texts.REFUSALS.items(), *desk_texts.REASONS.items(), *texts.RECLAIM_REASONS.items())
    },
    "waiver": {code.value: words for code, words in texts.WAIVERS.items()},
    "outcome": {code.value: words for code, words in texts.OUTCOMES.items()},
    "verdict": {code.value: words for code, words in desk_texts.VERDICTS.items()},
    "channel": {code.value: words for code, words in desk_texts.CHANNELS.items()},
    "category": {code.value: words for code, words in texts.OPENINGS.items()},
    "exclusion": {code.value: words for code, words in desk_public_texts.EXCLUSIONS.items()},
}


def details(kept: Mapping[str, str | int | bool | None]) -> list[tuple[Words, Words]]:
    """Return name and value of each detail of a step; codes in words, amounts in yuan, what is missing left out."""
    return [
        (NAMES.get(name, (name, "")), _value(name, value))
        for name, value in kept.items()
        if value is not None and value != ""
    ]


def _value(name: str, value: str | int | bool | None) -> Words:
    if name.endswith("_fen") and isinstance(value, int):
        return f"{'-' if value < 0 else ''}¥{abs(value) // 100:,}.{abs(value) % 100:02d}", ""
    return _VALUES.get(name, {}).get(str(value), (str(value), ""))
