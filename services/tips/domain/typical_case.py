"""A typical case (典型案例) for the public: prepared by one person, checked by a guard, approved by a second one."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.tips.domain.errors import TipRuleError
from services.tips.domain.tip import Kind


class CaseState(StrEnum):
    """Where a case stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class TypicalCase:
    """A case as it is told."""

    id: UUID
    region: str
    month: str
    """Month of the decision, ``YYYY-MM``; nothing finer is kept."""
    kind: Kind
    title: str
    body: str
    title_en: str | None
    body_en: str | None
    state: CaseState
    prepared_by: str
    prepared_at: datetime
    confirmed: tuple[str, ...] = ()
    """Codes of the warnings that the approver has looked at."""
    approved_by: str | None = None
    published_on: date | None = None
    withdrawn_by: str | None = None
    withdrawn_on: date | None = None

    @property
    def words(self) -> str:
        """All that is told."""
        return "\n".join(filter(None, (self.title, self.body, self.title_en, self.body_en)))


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that may tell who is meant."""

    code: str
    excerpt: str
    """The words themselves; shown to who prepares and approves only."""
    blocks: bool
    """Whether the case cannot be published as it is."""


_HAN = "\u4e00-\u9fff"
_NUMERALS = "〇零一二三四五六七八九十廿卅"
_BLOCKING = {
    "id_number": r"(?<!\d)\d{17}[\dXx]|(?<!\d)\d{15}(?!\d)",
    "phone": r"(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)0\d{2,3}-?\d{7,8}(?!\d)",
    "institution_code": r"[HPhp]\d{11}(?!\d)",
    "long_number": r"(?<!\d)\d{8,}(?!\d)",
    "mail_address": r"[\w.+-]+@[\w-]+\.[\w.]+",
    "day": rf"\d{{1,2}}月\d{{1,2}}[日号]|\d{{4}}[-/.年]\d{{1,2}}[-/.月]\d{{1,2}}"
    rf"|[{_NUMERALS}]{{1,3}}月[{_NUMERALS}]{{1,3}}[日号]"
    r"|(?i:\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d{1,2}\b(?!\d))",
}
_DOUBTFUL = {
    "person_name": rf"(?:患者|病人|参保人|医生|医师|护士|院长|主任|店主|老板|法定代表人|负责人|举报人|职工)"
    rf"(?:[{_HAN}]某{{1,2}}|[{_HAN}]{{2,3}})",
    "surname": rf"[{_HAN}]某",
    "place_below_county": rf"[{_HAN}]{{1,8}}(?:镇|乡|街道|村|社区|小区|路|大街|巷|弄)(?:\d+号)?",
    "institution_like": rf"[{_HAN}]{{2,20}}(?:医院|卫生院|卫生室|诊所|药店|药房|门诊部|护理院)",
    "age": r"\d{1,3}(?:周)?岁",
    "exact_amount": r"\d[\d,]*\.\d{1,2}元|(?<![\d.])\d{4,}元",
    "reporter": r"举报人|知情人|内部员工|离职|前员工",
}
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s\u00a0·-](?=\d)")


def doubts(
    case: TypicalCase, *, institutions: Iterable[str], alike: int, smallest: int, region_is_county: bool
) -> list[Doubt]:
    """Return what in a case may tell who is meant, what blocks it first.

    ``institutions`` are names of the registry that occur in the words; ``alike`` is the number of substantiated tips
    of the same kind in the region, of which a county needs at least ``smallest``.
    """
    plain = unicodedata.normalize("NFKC", case.words)
    # Digits that were pulled apart count as one number; days are looked for as they were written.
    joined = _BETWEEN_DIGITS.sub("", plain)
    found = {
        (code, match.group())
        for code, pattern in _BLOCKING.items()
        for text in ([plain] if code == "day" else [plain, joined])
        for match in re.finditer(pattern, text)
    }
    blocking = [Doubt(code, excerpt, blocks=True) for code, excerpt in sorted(found)]
    blocking += [Doubt("institution_name", name, blocks=True) for name in sorted(institutions)]
    if alike < smallest:
        code = "region_too_small" if region_is_county else "rare_in_region"
        blocking.append(Doubt(code, case.region, blocks=region_is_county))
    soft = {(code, match.group()) for code, pattern in _DOUBTFUL.items() for match in re.finditer(pattern, plain)}
    every = blocking + [Doubt(code, excerpt, blocks=False) for code, excerpt in sorted(soft)]
    return sorted(every, key=lambda doubt: not doubt.blocks)


def publish(
    case: TypicalCase, found: Sequence[Doubt], confirmed: Collection[str], *, by: str, today: date
) -> TypicalCase:
    """Publish a draft as a second person who has looked at every doubt; the same again changes nothing.

    Raises TipRuleError where the preparer approves, something blocks it, or a doubt was not confirmed.
    """
    if case.state is CaseState.PUBLISHED and case.approved_by == by:
        return case
    if case.state is not CaseState.DRAFT:
        raise _wrong_state(case)
    if by == case.prepared_by:
        raise TipRuleError("own_case", zh="不得审批本人编写的案例。", en="Nobody approves a case of their own.")
    if blocking := sorted({doubt.code for doubt in found if doubt.blocks}):
        raise TipRuleError(
            "case_blocked",
            zh=f"案例含有可识别信息，须先修改：{'、'.join(blocking)}。",
            en=f"The case tells who is meant; change it first: {', '.join(blocking)}.",
        )
    if missing := sorted({doubt.code for doubt in found} - set(confirmed)):
        raise TipRuleError(
            "doubts_not_confirmed",
            zh=f"请逐项核对并确认提示：{'、'.join(missing)}。",
            en=f"Look at and confirm every warning: {', '.join(missing)}.",
        )
    codes = tuple(sorted({doubt.code for doubt in found}))
    return replace(case, state=CaseState.PUBLISHED, approved_by=by, published_on=today, confirmed=codes)


def revise(case: TypicalCase, changed: TypicalCase) -> TypicalCase:
    """Replace the words of a draft; whoever revises it has prepared it. Raises TipRuleError."""
    if case.state is not CaseState.DRAFT:
        raise _wrong_state(case)
    return replace(changed, id=case.id)


def take_down(case: TypicalCase, *, by: str, today: date) -> TypicalCase:
    """Withdraw a case from the public, or drop a draft; again changes nothing."""
    if case.state is CaseState.WITHDRAWN:
        return case
    return replace(case, state=CaseState.WITHDRAWN, withdrawn_by=by, withdrawn_on=today)


def _wrong_state(case: TypicalCase) -> TipRuleError:
    return TipRuleError(
        "wrong_case_state",
        zh=f"案例当前状态为 {case.state}，不能执行此步骤。",
        en=f"The case is {case.state}; this step is not possible now.",
    )
