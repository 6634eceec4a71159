"""Renders ``docs/validation.md``: every problem and doubt of intake, from the catalogue itself."""

from services.intake.domain.problem import TEXTS
from services.intake.domain.problem_class import ProblemClass, class_of

_CLASSES: dict[ProblemClass, str] = {
    "refused": "拒收 refused",
    "doubt": "存疑 doubt",
    "both": "拒收或存疑 both",
    "waiting": "待补齐 waiting",
}

_INTRODUCTION = """# 数据校验 / Validation

What intake examines, and what it then does. Made from the catalogue by `python -m deploy.generate`; do not \
edit.

- **拒收 refused**: structure, codes and sums that nothing can be made of. The native API answers 422 with a \
JSON pointer for
  each field; the national interface answers a negative `infcode` and names pointer, text and code in \
`err_msg`; a line of a
  batch or a row of an import is answered by itself, and kept in the [quarantine](quarantine.md).
- **存疑 doubt**: the content is doubtful. It is taken and marked, since refusing it would hide it. Doubts \
are answered with
  the settlement, whenever it is read, and when it is sent again.
- **both**: refused where it was posted so, a doubt where intake found it while it put a visit or a \
settlement list together.
- **待补齐 waiting**: parts of a visit are awaited (`docs/fsi.md`).

## 结算 / What is examined of a settlement

| what | how |
|---|---|
| 结构 structure | required fields, types, lengths, 1 to 2,000 lines, amounts of 16 digits; all problems at \
once, at most 500 |
| 字典 dictionaries | `insutype`, `med_type`, region: a code without the form is refused, one of a province \
or of no dictionary is a doubt; sex, kind of item and the like are closed |
| 编码 codes | institution, practitioner, department, item (drug 23, patent 20, herb 10, consumable 20 or 27, \
service 15), ICD-10 of the medical insurance, traceability |
| 日期 dates | begin ≤ end ≤ settlement + 1 day ≤ now + 1 day; a fee more than a day outside of the visit is \
a doubt |
| 金额 amounts | quantity × price is the amount to within 1 fen (half a fen of rounding, a whole one of \
cutting off); lines sum to the total exactly; fund + account + cash is the total exactly |
| 退费 refund lines | negative, naming a line of the settlement with the same item and enough left: else a \
doubt |
| 登记 registry | institution under agreement, practitioner registered there, sex and birth date as \
registered, on the day of service |

## 代码 / Codes

| code | 类别 class | 中文 | English |
|---|---|---|---|
"""


def render() -> str:
    """Return the document."""
    rows = [f"| `{code}` | {_CLASSES[class_of(code)]} | {zh} | {en} |" for code, (zh, en) in sorted(TEXTS.items())]
    return _INTRODUCTION + "\n".join(rows) + "\n"
