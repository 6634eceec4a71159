"""What can be wrong with posted data: a pointer and a stable code; a value is never repeated."""

from typing import NamedTuple

TEXTS: dict[str, tuple[str, str]] = {
    "malformed_json": ("不是合法的 JSON。", "This is not valid JSON."),
    "missing": ("缺少必填字段。", "A required field is missing."),
    "unknown_field": ("含有未定义的字段。", "It holds a field that is not defined."),
    "type": ("类型或格式不符。", "The value has the wrong type or form."),
    "settlement_id_form": ("结算编号格式不符。", "The settlement id has the wrong form."),
    "institution_form": ("定点医药机构编号应为 H 或 P 加 11 位数字。", "An institution code is H or P and 11 digits."),
    "institution_unknown": ("定点医药机构未登记。", "The institution is not in the registry."),
    "other_institution": ("只能提交本机构的结算。", "Only settlements of your own institution may be posted."),
    "practitioner_form": (
        "人员编码应为 D、N 或 HY 等字母加 12 位数字。",
        "A practitioner code is D, N or HY and the like, and 12 digits.",
    ),
    "insured_number_form": ("人员编号格式不符。", "The insured person's number has the wrong form."),
    "insurance_type_form": ("险种类型应为 1 至 6 位数字。", "An insurance type is 1 to 6 digits."),
    "region_form": ("医保区划应为 6 位数字。", "A region is 6 digits."),
    "medical_type_form": ("医疗类别应为 2 至 6 位数字。", "A medical type is 2 to 6 digits."),
    "diagnosis_form": ("疾病诊断编码不是 ICD-10 医保版。", "The diagnosis code has no form of ICD-10."),
    "department_form": ("科室编码格式不符。", "The department code has the wrong form."),
    "item_form": ("医保目录编码格式不符。", "The item code has no national form."),
    "traceability_form": ("药品追溯码格式不符。", "The traceability code has the wrong form."),
    "line_count": ("费用明细应为 1 至 2000 条。", "A settlement has 1 to 2000 lines."),
    "line_number_range": ("明细序号应为 1 至 999999。", "A line number is 1 to 999999."),
    "line_number_twice": ("明细序号重复。", "The line number occurs twice."),
    "too_many_items": ("列表过长。", "The list is too long."),
    "quantity_form": ("数量应为最多 4 位小数的数值。", "A quantity is a number of at most 4 decimals."),
    "unit_price_form": (
        "单价应为非负、最多 6 位小数的数值。",
        "A unit price is a number of at most 6 decimals, not negative.",
    ),
    "amount_range": ("金额超出范围。", "The amount is out of range."),
    "amount_product": (
        "金额与数量乘单价之差超过 1 分。",
        "The amount differs by more than 1 fen from quantity times unit price.",
    ),
    "lines_sum": ("明细金额之和不等于总额。", "The lines do not sum to the total."),
    "payments_sum": ("各项支付之和不等于总额。", "The payments do not sum to the total."),
    "instant_range": ("时间超出范围。", "The instant is out of range."),
    "ended_before_started": ("结束时间早于开始时间。", "The end lies before the start."),
    "settled_before_ended": ("结算时间早于就诊结束前一天。", "It was settled more than a day before the visit ended."),
    "in_future": ("结算时间在将来。", "It was settled in the future."),
    "born_after_service": ("出生日期晚于就诊日期。", "The birth date lies after the day of service."),
    "charged_outside_visit": (
        "费用发生时间在就诊期间一天以外。",
        "The fee arose more than a day outside of the visit.",
    ),
    "institution_inactive": ("结算日机构协议未生效或已中止。", "The institution had no agreement on the day."),
    "kind_form": ("机构类型与编号不符。", "The kind does not fit the institution's code."),
    "category_form": ("人员类别与编码不符。", "The category does not fit the practitioner's code."),
    "agreement_order": ("协议截止日期早于起始日期。", "The agreement ends before it begins."),
    "code_differs": ("正文中的编码与地址不符。", "The code in the body is not the one in the address."),
    "line_too_long": ("该行过长。", "The line is too long."),
    "backlog": ("系统繁忙，请稍后从该行起重发。", "The service is behind; send again from this line, later."),
    "unavailable": ("服务暂不可用，请从该行起重发。", "The service is away; send again from this line."),
}
"""Chinese and English text of every code."""

MOST_PROBLEMS = 500
"""Problems of one settlement that are reported; nobody reads more."""


class Problem(NamedTuple):
    """One problem at one place."""

    pointer: str
    """JSON pointer into the posted body."""
    code: str

    @property
    def zh(self) -> str:
        """Chinese text."""
        return TEXTS[self.code][0]

    @property
    def en(self) -> str:
        """English text."""
        return TEXTS[self.code][1]
