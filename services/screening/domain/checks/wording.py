"""Words that several checks put into their texts, Chinese and English."""

from collections.abc import Sequence

from services.screening.domain.claim import ClaimLine

SEX_ZH = {"male": "男性", "female": "女性"}

SETTING_ZH = {"outpatient": "门诊", "emergency": "急诊", "inpatient": "住院", "pharmacy": "药店购药"}

LEVEL_ZH = {0: "无等级", 1: "一级", 2: "二级", 3: "三级"}

QUANTITY_SCALE = 10_000


def lines_zh(lines: Sequence[ClaimLine]) -> str:
    """第1、3行."""
    return f"第{'、'.join(str(number) for number in _numbers(lines))}行"


def lines_en(lines: Sequence[ClaimLine]) -> str:
    """Line 1, or lines 1, 3."""
    numbers = _numbers(lines)
    return f"line{'s' if len(numbers) > 1 else ''} {', '.join(str(number) for number in numbers)}"


def quantity(quantity_e4: int) -> str:
    """A scaled quantity as a person writes it: 15000 is 1.5."""
    whole, rest = divmod(quantity_e4, QUANTITY_SCALE)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".")


def _numbers(lines: Sequence[ClaimLine]) -> list[int]:
    return sorted({line.number for line in lines})
