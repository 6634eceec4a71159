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
    "other_institution": ("只能提交本机构的数据。", "Only data of your own institution may be posted."),
    "practitioner_form": (
        "人员编码应为 D、N 或 HY 等字母加 12 位数字。",
        "A practitioner code is D, N or HY and the like, and 12 digits.",
    ),
    "insured_number_form": ("人员编号格式不符。", "The insured person's number has the wrong form."),
    "insurance_type_form": ("险种类型应为 1 至 6 位数字。", "An insurance type is 1 to 6 digits."),
    "residence_form": (
        "居住地应为 12 位村（居）统计用区划代码，末三位不为 000。",
        "A residence is the 12-digit code of a village or community, whose last three digits are not 000.",
    ),
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
    "usage_form": (
        "应为非负数值：用药天数最多 2 位小数，剂量与频次最多 4 位。",
        "A number, not negative: days of at most 2 decimals, doses of at most 4.",
    ),
    "reference_form": ("单号或编码应为 1 至 150 个可见字符。", "A number or code is 1 to 150 visible characters."),
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
    "insurance_type_local": ("险种为地方扩展代码。", "The insurance type is an extension of some province."),
    "insurance_type_unknown": ("险种不在字典内。", "The insurance type is in no dictionary."),
    "medical_type_local": ("医疗类别为地方扩展代码。", "The medical type is an extension of some province."),
    "medical_type_unknown": ("医疗类别不在字典内。", "The medical type is in no dictionary."),
    "medical_type_of_other_kind": (
        "医疗类别与机构类型不符。",
        "Institutions of this kind have no visits of this medical type.",
    ),
    "region_unknown": ("医保区划不属于任何省份。", "The region lies in no province."),
    "age_implausible": ("年龄超过 130 岁。", "The person would be older than 130 years."),
    "diagnosis_absent": ("医疗机构结算没有诊断。", "A hospital's settlement names no diagnosis."),
    "diagnosis_twice": ("诊断编码重复。", "A diagnosis code occurs twice."),
    "practitioner_absent": ("医疗机构结算没有任何医师。", "A hospital's settlement names no practitioner."),
    "item_kind_differs": ("目录类别与目录编码不符。", "The kind of the item is not the one its code has."),
    "line_quantity_zero": ("明细数量为零。", "The quantity of the line is zero."),
    "refund_unreferenced": ("退费明细未指明被退明细。", "A refund line does not say which line it takes back."),
    "refund_positive": ("退费明细数量为正。", "The quantity of a refund line is positive."),
    "refund_of_unknown": ("被退明细不在本结算内。", "The line that is taken back is not in this settlement."),
    "refund_item_differs": ("退费明细与被退明细的项目不同。", "The line that is taken back is of another item."),
    "refund_exceeds": ("退费数量大于被退明细。", "More is taken back than was charged."),
    "scope_exceeds_amount": ("符合范围金额大于明细金额。", "More is within the fund's scope than was charged."),
    "fund_exceeds_scope": ("基金支付大于符合范围金额合计。", "The fund pays more than is within its scope."),
    "institution_inactive": ("结算日机构协议未生效或已中止。", "The institution had no agreement on the day."),
    "practitioner_not_registered": (
        "就诊日该人员未在本机构登记备案。",
        "The practitioner was not registered at the institution on the day of service.",
    ),
    "practitioner_unknown": ("人员未登记备案。", "The practitioner is not in the registry."),
    "sex_differs": ("性别与参保登记不符。", "The sex differs from the registry of insured persons."),
    "birth_date_differs": ("出生日期与参保登记不符。", "The birth date differs from the registry of insured persons."),
    "insured_deceased": ("就诊日参保人已死亡。", "The insured person had died before the day of service."),
    "reports_differ": (
        "就医地与参保地上报的金额不一致。",
        "The amounts reported by the places of treatment and of insurance differ.",
    ),
    "status_differs": ("协议状态与“协议有效”不符。", "The status of the agreement contradicts whether it is in force."),
    "effective_order": ("失效日期早于生效日期。", "It ceases to hold before it begins to."),
    "stated_in_future": ("陈述时间在将来。", "It was stated in the future."),
    "died_before_birth": ("死亡日期早于出生日期。", "The date of death lies before the birth date."),
    "kind_form": ("机构类型与编号不符。", "The kind does not fit the institution's code."),
    "category_form": ("人员类别与编码不符。", "The category does not fit the practitioner's code."),
    "agreement_order": ("协议截止日期早于起始日期。", "The agreement ends before it begins."),
    "movement_id_form": ("进销存单据编号格式不符。", "The movement id has the wrong form."),
    "moved_in_future": ("发生时间在将来。", "It happened in the future."),
    "quantity_zero": ("数量为零。", "The quantity is zero."),
    "quantity_sign": ("数量为负，按业务类型取其绝对值。", "The quantity is negative; its kind says which way it went."),
    "change_reason_unknown": (
        "库存变更类型未知，按数量的正负计。",
        "The reason of the change is unknown; the sign of the quantity counts.",
    ),
    "expiry_before_production": ("有效期止早于生产日期。", "It expires before it was produced."),
    "moved_before_production": ("生产日期晚于发生日期。", "It was moved before it was produced."),
    "sold_after_expiry": ("销售时已过有效期。", "It was sold after it had expired."),
    "traceability_twice": ("同一追溯码重复扫描。", "A traceability code was scanned twice."),
    "traceability_count": ("追溯码多于数量。", "There are more traceability codes than packs."),
    "settlement_missing": ("医保销售缺少结算编号。", "A sale on the insurance names no settlement."),
    "settlement_not_here": ("所指结算尚未收到。", "The settlement it names has not come yet."),
    "sale_without_purchase": (
        "此前没有该商品的入库记录。",
        "Nothing of this item is known to have come into stock before.",
    ),
    "movement_unknown": ("所指单据尚未收到。", "The movement it refers to has not come yet."),
    "deleted_already": ("所指单据此前已删除。", "The movement it refers to was deleted before."),
    "deleted_before": ("该单据到达前已被删除。", "It was deleted before it came."),
    "item_differs": ("与所指单据的商品不同。", "The movement it refers to is of another item."),
    "return_exceeds": ("退货数量大于原单数量。", "More is returned than was moved."),
    "movement_differs": (
        "同一单据编号已有内容不同的单据，请先删除。",
        "Another movement with other content stands under this id; delete it first.",
    ),
    "duration_form": ("时长格式应为 天/小时/分钟。", "A duration is written days/hours/minutes."),
    "version_range": ("版本号应为 1 至 30000。", "A version is 1 to 30,000."),
    "number_range": ("数值超出范围。", "The number is out of range."),
    "not_filled": ("应填未填。", "It should be filled in and is not."),
    "code_unknown": ("代码不在字典内。", "The code is in no dictionary."),
    "attending_missing": ("缺少主诊医师代码。", "The attending physician is missing."),
    "main_diagnosis_missing": ("没有主要诊断。", "There is no main diagnosis."),
    "main_diagnosis_twice": ("同类主要诊断多于一个。", "There is more than one main diagnosis of a kind."),
    "main_operation_missing": ("没有主要手术操作。", "There is no main operation."),
    "listed_twice": ("同一编码重复填报。", "The code is listed twice."),
    "operation_form": ("手术操作编码不是 ICD-9-CM-3 医保版。", "The operation code has no form of ICD-9-CM-3."),
    "outside_stay": ("日期在住院期间以外。", "The day lies outside of the stay."),
    "stay_days_differ": ("住院天数与入出院日期不符。", "The days of the stay do not fit admission and discharge."),
    "nursing_exceeds_stay": ("护理天数之和多于住院天数。", "There are more days of nursing than of the stay."),
    "longer_than_stay": ("时长超过住院时间。", "It lasted longer than the stay."),
    "weight_range": ("新生儿体重不合常理。", "No newborn has this weight."),
    "fee_parts_sum": ("甲、乙、自费、其他之和不等于金额。", "Class A, class B, own expense and other do not sum up."),
    "fees_differ_from_settlement": (
        "收费项目合计与结算总额不符。",
        "The fee categories do not sum to the settlement's total.",
    ),
    "insured_differs": ("参保人与结算不符。", "The insured person is not the settlement's."),
    "code_differs": ("正文中的编码与地址不符。", "The code in the body is not the one in the address."),
    "too_long": ("内容过长。", "The value is too long."),
    "number_form": ("应为小数位数符合规定的数值。", "This is no number, or has too many decimals."),
    "instant_form": ("日期时间格式无法识别。", "The date or time has no form of the interface."),
    "infno_unknown": ("不支持的交易编号。", "This transaction is not taken here."),
    "sign_in_missing": ("未签到或签到已失效。", "There is no sign-in of today under this number."),
    "visit_cancelled": ("就诊登记已撤销。", "The registration of the visit was cancelled."),
    "visit_unknown": ("就诊登记不存在。", "There is no such visit."),
    "visit_kind": ("门诊与住院交易不可混用于同一就诊。", "A visit is either outpatient or inpatient, not both."),
    "visit_settled": ("已有有效结算，请先撤销结算。", "It is settled; reverse the settlement first."),
    "person_differs": ("人员编号与该就诊不符。", "The visit is another person's."),
    "line_differs": ("同一费用明细流水号已有不同内容。", "Another line stands under this number; cancel it first."),
    "batch_settled": ("该收费批次已结算。", "The batch of this line is settled."),
    "settlement_differs": ("同一结算已有不同内容。", "Another settlement with other content stands under this id."),
    "settlement_unknown": ("结算不存在。", "There is no such settlement."),
    "settlement_reversed": ("该结算已撤销。", "The settlement was reversed."),
    "registration_missing": ("缺少就诊登记（2201/2401）。", "The registration (2201/2401) has not come."),
    "diagnoses_missing": ("缺少诊断信息（2203A/2401/2402）。", "The diagnoses (2203A/2401/2402) have not come."),
    "discharge_missing": ("缺少出院办理（2402）。", "The discharge (2402) has not come."),
    "lines_missing": ("费用明细合计小于结算总额。", "The lines that came sum to less than the total."),
    "lines_exceed": ("费用明细合计大于结算总额。", "The lines that came sum to more than the total."),
    "never_settled": ("登记后未结算。", "It was registered and never settled."),
    "payments_unknown": (
        "未报支付构成，基金支付按符合政策范围金额计。",
        "No payments were sent; the amount within the policy stands for what the fund pays.",
    ),
    "left_incomplete": ("部分内容至期限仍未报送。", "Parts of the visit had not come when its time was over."),
    "code_damaged": (
        "编码被电子表格转成了数值（如 3.30E+17），位数已丢失；请将该列设为文本后重新导出。",
        "A spreadsheet has turned the code into a number and lost digits; make the column text and export it again.",
    ),
    "date_serial": (
        "日期是电子表格的序列数；请将该列设为日期或文本格式。",
        "The date is a spreadsheet's serial number; format the column as dates or text.",
    ),
    "cell_error": ("单元格是电子表格的错误值。", "The cell is an error value of the spreadsheet."),
    "head_differs": (
        "同一结算各行的结算信息不一致。",
        "The rows of one settlement say different things about the settlement.",
    ),
    "head_missing": ("明细没有对应的结算行。", "The fee lines have no row of their settlement."),
    "nothing_left": ("该结算已全部退回。", "Nothing of the settlement is left."),
    "reversal_differs": (
        "同一退费编号已有内容不同的退费。",
        "Another reversal with other content stands under this id.",
    ),
    "line_too_long": ("该行过长。", "The line is too long."),
    "line_unknown": ("结算中没有该明细。", "The settlement has no such line."),
    "line_not_reversible": ("该明细金额不为正，不能部分退费。", "The line's amount is not positive; it has no part."),
    "exceeds_remaining": ("超出剩余数量或金额。", "This is more than is left."),
    "period_order": ("截止日期早于开始日期。", "The last day lies before the first."),
    "period_range": ("对账期间应为 1 至 31 天。", "A statement covers 1 to 31 days."),
    "period_future": ("对账期间尚未开始。", "The days have not begun."),
    "file_unknown": ("没有该文件查询号的明细。", "No details were uploaded under this number."),
    "stated_twice": ("同一结算编号出现两次。", "The settlement is stated twice."),
    "csv_form": ("不是可识别的 CSV。", "This is no CSV that can be read."),
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
