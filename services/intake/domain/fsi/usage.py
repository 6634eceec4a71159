"""The numbers in what is written about the use of a drug: 单次剂量描述 and 使用频次描述.

Only what can be read without doubt becomes a number; a text with two numbers, or with a frequency nobody here knows,
says nothing. The words themselves are not kept.
"""

import re
from decimal import Decimal
from functools import lru_cache

HOURS_OF_DAY = 24
DAYS_OF_WEEK = 7
_PLACES = Decimal("0.0001")
_LONGEST = 60
_NUMBER = re.compile(r"(?<![0-9.])[0-9]{1,8}(?:\.[0-9]{1,4})?(?![0-9.])", re.ASCII)
_HAN = {"一": "1", "二": "2", "两": "2", "三": "3", "四": "4", "五": "5", "六": "6", "七": "7", "八": "8", "九": "9"}
_LATIN = {
    "qd": Decimal(1),
    "qn": Decimal(1),
    "qm": Decimal(1),
    "hs": Decimal(1),
    "bid": Decimal(2),
    "tid": Decimal(3),
    "qid": Decimal(4),
    "qod": Decimal("0.5"),
}
"""Abbreviations of prescriptions; at need (prn) and at once (st) have no frequency."""
_COUNT = r"(?P<count>[0-9]{1,2}(?:\.[0-9])?)"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"(?:每|1)(?P<span>[0-9]{{1,2}})?(?P<unit>日|天|晚|周|小时){_COUNT}次",
        rf"{_COUNT}次/(?P<span>[0-9]{{1,2}})?(?P<unit>日|天|晚|周|小时)",
        r"q(?P<span>[0-9]{1,2})(?P<unit>h|d)",
    )
)


@lru_cache(maxsize=4_096)
def dose(text: str | None) -> Decimal | None:
    """Return the number of a single dose, such as 0.5 of ``每次0.5g``; None where there is none or more than one."""
    if text is None or len(text) > _LONGEST:
        return None
    found = _NUMBER.findall(_arabic(text))
    return Decimal(found[0]) if len(found) == 1 else None


@lru_cache(maxsize=4_096)
def doses_per_day(text: str | None) -> Decimal | None:
    """Return the doses a day of a frequency, such as 3 of ``tid``, ``每日三次``, ``3次/日`` and ``q8h``."""
    if text is None or len(text) > _LONGEST:
        return None
    plain = re.sub(r"[\s.。]+(?![0-9])|[\s()（）]", "", _arabic(text).lower())
    plain = plain.replace("隔日", "每2日").replace("1日", "每日").replace("1天", "每天").replace("1周", "每周")
    if plain in _LATIN:
        return _LATIN[plain]
    for form in _FORMS:
        match = form.fullmatch(plain)
        if match is not None:
            return _daily(match.groupdict())
    return None


def _daily(parts: dict[str, str | None]) -> Decimal | None:
    count = Decimal(parts.get("count") or 1)
    span = Decimal(parts.get("span") or 1)
    unit = parts.get("unit")
    if span == 0:
        return None
    if unit in {"小时", "h"}:
        span /= HOURS_OF_DAY
    elif unit == "周":
        span *= DAYS_OF_WEEK
    return (count / span).quantize(_PLACES).normalize()


def _arabic(text: str) -> str:
    return "".join(_HAN.get(sign, sign) for sign in text)
