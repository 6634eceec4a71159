"""Reading published limits (限…患者): what of a sentence can be put as a condition that a claim shows, and what cannot.

Deterministic and on the safe side: where a sentence allows several readings, the looser one is taken, and whatever no
condition speaks of stays as text. A person confirms every reading before it executes.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from services.screening.domain.disease_names import CATEGORIES, LONGEST_NAME

Completeness = Literal["full", "part", "none"]
Confidence = Literal["high", "medium", "low"]

ADULT_YEARS = 18
"""Lower end of 成人; limits say it without a number."""

_GONE = "|"
"""Stands where something was understood, so that what is left does not run together."""

_AGE = re.compile(
    r"(?P<low>\d+)(?:周?岁)?(?:-|~|至|到)(?P<high>\d+)周?岁(?:以下)?(?:的?(?:儿童|青少年))?"
    r"|≥(?P<least>\d+)周?岁(?:的?(?P<young>儿童|青少年))?"
    r"|(?P<from>\d+)周?岁(?:及(?:\d+周?岁)?)?以上(?:的?(?P<younger>儿童|青少年))?"
    r"|(?P<until>\d+)周?岁(?:及(?:\d+周?岁)?)?以下"
    r"|(?P<adult>成年人|成年|成人)|(?P<child>儿童|小儿|青少年)"
)
_LEVEL = re.compile(r"(?P<level>[一二三])级(?:及(?:[一二三]级)?以上)?(?:的)?(?:医疗机构|医院)(?:的)?")
_PRESCRIBED = re.compile(r"处方|开具|医师|首次")
_DAYS = re.compile(
    r"(?P<visit>单次住院|单次|每次住院|每次)?(?:住院)?(?:最多|最长)?支付(?:不超过|最多|最长)?(?P<days>\d+)[天日]"
    r"|连续使用不超过(?P<running>\d+)[天日]"
)
_SETTINGS = (
    (re.compile(r"住院(?:患者|方可支付|方予支付|期间|使用)?"), "inpatient"),
    (re.compile(r"急诊(?:患者|使用)?"), "emergency"),
    (re.compile(r"门诊(?:患者|使用)?"), "outpatient"),
)
_FEMALE, _MALE = re.compile(r"绝经后女性|女性|妇女|孕妇"), re.compile(r"男性")
_SECOND_LINE = re.compile(r"[二三]线(?:用药|治疗|使用)?")
_INTERNET = re.compile(r"互联网")
_OPEN = re.compile(
    r"预防|防治|阻断|示踪|术前|术中|手术中|冲洗|诊断或治疗性|接触者|生育保险|工伤保险|除外|高危人群|诱导治疗"
)
"""Words after which a disease need not stand in the claim, or must not: no diagnosis is asked for then."""
_NEGATED = ("非", "无", "不伴", "不含", "排除", "未合并")
_NUMBERED = re.compile(r"(?:^|(?<=[；。：|]))\d{1,2}[.．、](?!\d)")
_ASIDE = re.compile(r"\(([^()]*)\)")
_ABBREVIATION = re.compile(r"[A-Za-z0-9α-ω+\-/,，、. ≥≤≤%]*")
_FILLER = re.compile(
    r"方予支付|方可支付|适用于|用于|限于|以下情况|下列|诊断明确|明确诊断|明确|诊断|临床|患者|病人|治疗|使用|支付|引起|所致|导致|相关|"
    r"感染|证据|伴有|合并|[限有因的者或和及与并且、，。；：为由在时内等“”\"|]"
)
_QUALIFIED = re.compile(
    r"性|期|型|度|级|重|轻|晚|早|难治|新诊|新发|活动|复发|转移|[A-Za-z0-9]|剂|药|疗|法|术|应答|不佳|不耐受|无效|既往|联合|阳|阴|成"
)
_CHINESE = {"一": 1, "二": 2, "三": 3}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a published limit says, as far as it was understood."""

    diagnoses: tuple[str, ...] = ()
    at_least_years: int | None = None
    younger_than_years: int | None = None
    child: bool = False
    """Whether the limit names children and no age."""
    sex: str | None = None
    care_settings: tuple[str, ...] = ()
    min_level: int | None = None
    max_days: int | None = None
    days_per_visit: bool = False
    second_line: bool = False
    not_online: bool = False
    rest: str = ""
    """What no condition speaks of, in pieces."""
    confidence: Confidence = "low"

    @property
    def understood(self) -> bool:
        """Whether anything was."""
        return bool(
            self.diagnoses
            or self.care_settings
            or self.sex
            or self.child
            or self.not_online
            or self.second_line
            or (self.at_least_years, self.younger_than_years, self.min_level, self.max_days) != (None,) * 4
        )

    @property
    def completeness(self) -> Completeness:
        """All of the text, part of it, or nothing."""
        if not self.understood:
            return "none"
        return "part" if self.rest or self.second_line else "full"


@dataclass(slots=True)
class _Clause:
    diagnoses: tuple[str, ...] = ()
    ages: list[tuple[int, int | None]] = field(default_factory=list)
    child: bool = False
    sex: str | None = None
    care_settings: tuple[str, ...] = ()
    min_level: int | None = None
    max_days: int | None = None
    days_per_visit: bool = False
    second_line: bool = False
    rest: list[str] = field(default_factory=list)
    doubtful: bool = False

    @property
    def low(self) -> int | None:
        return min((low for low, _ in self.ages), default=0) or None

    @property
    def high(self) -> int | None:
        highs = [high for _, high in self.ages]
        return None if not highs or None in highs else max(high for high in highs if high is not None)


def read_limit(text: str) -> Reading:
    """Read a limit as published; never raises, whatever the text is."""
    plain, asides = _without_asides(unicodedata.normalize("NFKC", text))
    if _INTERNET.search(plain):
        return Reading(not_online=True, confidence="high")
    units = [[_read_clause(clause) for clause in unit] for unit in _units(plain)]
    merged = [_alternatives(unit) for unit in units if unit]
    if not merged:
        return Reading(rest=text.strip())
    whole = _conjunction(merged)
    rest = [*whole.rest, *asides]
    confidence: Confidence = "high" if not rest and not whole.doubtful else "low" if whole.doubtful else "medium"
    return Reading(
        diagnoses=whole.diagnoses,
        at_least_years=whole.low,
        younger_than_years=whole.high,
        child=whole.child,
        sex=whole.sex,
        care_settings=whole.care_settings,
        min_level=whole.min_level,
        max_days=whole.max_days,
        days_per_visit=whole.days_per_visit,
        second_line=whole.second_line,
        rest="；".join(rest),
        confidence=confidence,
    )


def _without_asides(text: str) -> tuple[str, list[str]]:
    """Take brackets out: abbreviations go, an age stays in its place, anything else is an aside that stays text."""
    text = re.sub(r"\s+", "", text).replace(",", "，").replace(";", "；").replace(":", "：").replace("⼉", "儿")
    asides: list[str] = []

    def put(match: re.Match[str]) -> str:
        inner = match.group(1)
        if _AGE.fullmatch(inner):
            return inner
        if not _ABBREVIATION.fullmatch(inner) and not inner.startswith(("特发性", "甲", "A", "GvHD")):
            asides.append(inner)
        return ""

    before = None
    while before != text:
        before, text = text, _ASIDE.sub(put, text)
    return text, asides


def _units(text: str) -> list[list[str]]:
    """Parts that must all hold, each a list of alternatives: numbered items, or clauses between semicolons."""
    pieces = [piece for piece in _NUMBERED.split(text.replace("。", "。|").replace("|", "")) if piece]
    if len(pieces) > 1 and _NUMBERED.search(text):
        starts = bool(re.match(r"\d{1,2}[.．、]", text))
        head, items = ("", pieces) if starts else (pieces[0], pieces[1:])
        head = head.strip("限：；。，")
        return ([[head]] if head else []) + [[item for item in items if item.strip("；。")]]
    return [[clause for clause in sentence.split("；") if clause] for sentence in text.split("。") if sentence]


def _read_clause(clause: str) -> _Clause:
    found = _Clause()
    left = _take_days(clause.strip("限：；。，"), found)
    if not _PRESCRIBED.search(left):
        level = _LEVEL.search(left)
        if level:
            found.min_level = _CHINESE[level["level"]]
            left = _LEVEL.sub(_GONE, left)
    settings: list[str] = []
    for pattern, setting in _SETTINGS:
        if pattern.search(left):
            settings.append(setting)
            left = pattern.sub(_GONE, left)
    found.care_settings = tuple(settings)
    if _SECOND_LINE.search(left):
        found.second_line = True
        left = _SECOND_LINE.sub(_GONE, left)
    left = _take_ages(left, found)
    if bool(_FEMALE.search(left)) != bool(_MALE.search(left)):
        found.sex = "female" if _FEMALE.search(left) else "male"
        left = _MALE.sub(_GONE, _FEMALE.sub(_GONE, left))
    if _OPEN.search(left):
        found.doubtful = True
    else:
        left = _take_diseases(left, found)
    found.rest = [piece for piece in re.split(r"[|，。]", left) if _FILLER.sub("", piece)]
    return found


def _take_days(text: str, found: _Clause) -> str:
    for match in _DAYS.finditer(text):
        found.max_days = int(match["days"] or match["running"])
        found.days_per_visit = match["visit"] is not None or "住院" in match[0]
    return _DAYS.sub(_GONE, text)


def _take_ages(text: str, found: _Clause) -> str:
    named = False
    for match in _AGE.finditer(text):
        child_end = ADULT_YEARS if match["young"] or match["younger"] else None
        if match["low"]:
            found.ages.append((int(match["low"]), int(match["high"]) + 1))
        elif match["least"] or match["from"]:
            found.ages.append((int(match["least"] or match["from"]), child_end))
        elif match["until"]:
            found.ages.append((0, int(match["until"]) + 1))
        elif match["adult"]:
            found.ages.append((ADULT_YEARS, None))
        else:
            named = True
            continue
    if named:
        # 儿童 beside a number says no more than the number; alone, the rule says what a child is.
        numbers = [one for one in found.ages if one != (ADULT_YEARS, None)]
        if not found.ages:
            found.child = True
        elif not numbers:
            found.ages.append((0, ADULT_YEARS))
    return _AGE.sub(_GONE, text)


def _take_diseases(text: str, found: _Clause) -> str:
    codes: dict[str, None] = {}
    left: list[str] = []
    named: list[str] = []
    position = 0
    while position < len(text):
        name = next(
            (
                text[position : position + length]
                for length in range(min(LONGEST_NAME, len(text) - position), 0, -1)
                if text[position : position + length] in CATEGORIES
            ),
            None,
        )
        if name is None:
            left.append(text[position])
            position += 1
            continue
        if text[:position].endswith(_NEGATED):
            left.append(name)
        else:
            codes |= dict.fromkeys(CATEGORIES[name])
            named.append(name)
            left.append(_GONE)
        position += len(name)
    if codes:
        found.diagnoses = tuple(codes)
        found.doubtful = any(
            _FILLER.sub("", segment) and _GONE not in segment and not _QUALIFIED.search(segment)
            for segment in re.split(r"[、或和]", "".join(left))
        )
    return "".join(left)


def _alternatives(clauses: Sequence[_Clause]) -> _Clause:
    """What holds whichever of the alternatives does: the looser of each."""
    if len(clauses) == 1:
        return clauses[0]
    # A clause that only counts days or names a level speaks of all alternatives.
    speaking = [one for one in clauses if one.diagnoses or one.rest or one.ages or one.child or one.sex] or list(
        clauses
    )
    same_sex = {one.sex for one in speaking}
    levels = [one.min_level for one in speaking]
    return _Clause(
        diagnoses=_union(one.diagnoses for one in speaking) if all(one.diagnoses for one in speaking) else (),
        ages=[age for one in speaking for age in one.ages] if all(one.ages for one in speaking) else [],
        child=all(one.child for one in speaking),
        sex=same_sex.pop() if len(same_sex) == 1 else None,
        care_settings=_union(one.care_settings for one in speaking)
        if all(one.care_settings for one in speaking)
        else (),
        min_level=None if None in levels else min(level for level in levels if level is not None),
        max_days=max((one.max_days for one in clauses if one.max_days is not None), default=None),
        days_per_visit=any(one.days_per_visit for one in clauses),
        second_line=any(one.second_line for one in clauses),
        rest=[piece for one in clauses for piece in one.rest]
        + ([] if all(one.diagnoses for one in speaking) else ["并非每种情形都有可识别的诊断"]),
        doubtful=any(one.doubtful for one in clauses),
    )


def _conjunction(units: Sequence[_Clause]) -> _Clause:
    """What holds when all of the units do; diseases are joined, for a sentence may take up another's."""
    first, *others = units
    for other in others:
        first = _Clause(
            diagnoses=_union((first.diagnoses, other.diagnoses)),
            ages=first.ages or other.ages,
            child=first.child or other.child,
            sex=first.sex or other.sex,
            care_settings=first.care_settings or other.care_settings,
            min_level=first.min_level or other.min_level,
            max_days=first.max_days or other.max_days,
            days_per_visit=first.days_per_visit or other.days_per_visit,
            second_line=first.second_line or other.second_line,
            rest=[*first.rest, *other.rest],
            doubtful=first.doubtful or other.doubtful,
        )
    return first


def _union(groups: Iterable[Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for group in groups for one in group))
