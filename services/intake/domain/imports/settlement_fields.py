"""Fields of a file of settlements: those of the settlement, and those of its fee lines."""

from services.intake.domain.imports.fields import ImportField

SEX = {
    **dict.fromkeys(("1", "男", "男性", "m", "male"), "male"),
    **dict.fromkeys(("2", "女", "女性", "f", "female"), "female"),
    **dict.fromkeys(("0", "9", "未知", "未知的性别", "未说明", "未说明性别", "u", "unknown"), "unknown"),
}
"""National ``gend`` and how people write it."""

INSURANCE_TYPE = {
    **{code: code for code in ("310", "320", "330", "340", "350", "360", "370", "380", "390", "391", "392", "510")},
    "职工基本医疗保险": "310",
    "职工医保": "310",
    "城乡居民基本医疗保险": "390",
    "居民医保": "390",
    "城乡居民医保": "390",
    "城镇居民基本医疗保险": "391",
    "新型农村合作医疗": "392",
    "生育保险": "510",
}
"""``insutype`` by its code and by the names that stand for exactly one."""

MEDICAL_TYPE = {
    "普通门诊": "11",
    "门诊挂号": "12",
    "急诊": "13",
    "门诊慢特病": "14",
    "特药": "15",
    "中医特色门诊": "16",
    "普通住院": "21",
    "外伤住院": "22",
    "转外诊治住院": "23",
    "急诊转住院": "24",
    "异地住院": "25",
    "单病种住院": "26",
    "自主就医": "27",
    "日间手术": "28",
    "定点药店购药": "41",
    "生育门诊": "51",
    "生育住院": "52",
    "生育新生儿费用": "5212",
    "低自付住院": "3101",
    "低自付门诊": "3102",
}
"""``med_type`` by its names; a code passes as it is."""

ITEM_KIND = {
    **{kind: kind for kind in ("drug", "herb", "service", "consumable", "other")},
    "药品": "drug",
    "西药": "drug",
    "西药中成药": "drug",
    "中成药": "drug",
    "中药饮片": "herb",
    "医疗服务项目": "service",
    "诊疗项目": "service",
    "医用耗材": "consumable",
    "耗材": "consumable",
    "其他": "other",
}


def _head(name: str, form: str, label: str, **rest: object) -> ImportField:
    pointer = rest.pop("pointer", f"/{name}")
    return ImportField(name, pointer, form, label, "head", **rest)  # type: ignore[arg-type]


def _line(name: str, form: str, label: str, **rest: object) -> ImportField:
    pointer = rest.pop("pointer", f"/{name}")
    return ImportField(name, pointer, form, label, "line", **rest)  # type: ignore[arg-type]


KEY = (
    _head(
        "institution_code",
        "code",
        "定点医药机构编号",
        required=True,
        interface=("fixmedins_code",),
        also=("定点医药机构编码", "定点医疗机构编码", "医疗机构编码", "医药机构编码", "机构编码", "机构编号"),
    ),
    _head(
        "settlement_id",
        "code",
        "结算ID",
        required=True,
        interface=("setl_id",),
        also=("结算编号", "结算单号", "结算流水号", "医保结算ID", "医保结算编号", "结算单编号"),
    ),
)
"""What a fee line is joined to its settlement by; a file of lines alone has these columns, too."""

HEAD = (
    *KEY,
    _head(
        "insured_number",
        "code",
        "人员编号",
        pointer="/insured_person/number",
        required=True,
        personal=True,
        interface=("psn_no",),
        also=("个人编号", "参保人编号", "参保人员编号", "医保编号", "个人医保编号"),
    ),
    _head("sex", "choice", "性别", pointer="/insured_person/sex", required=True, interface=("gend",), choices=SEX),
    _head(
        "birth_date",
        "day",
        "出生日期",
        pointer="/insured_person/birth_date",
        personal=True,
        interface=("brdy",),
        also=("生日", "出生年月日"),
    ),
    _head(
        "insurance_type",
        "choice",
        "险种类型",
        required=True,
        interface=("insutype",),
        also=("险种", "参保类型"),
        choices=INSURANCE_TYPE,
    ),
    _head(
        "insured_region",
        "code",
        "参保地医保区划",
        required=True,
        interface=("insuplc_admdvs", "insu_admdvs"),
        also=("参保所属医保区划", "参保地", "参保地区划", "参保地区划代码", "参保区划"),
    ),
    _head(
        "medical_type",
        "choice",
        "医疗类别",
        required=True,
        interface=("med_type",),
        also=("就诊类别",),
        choices=MEDICAL_TYPE,
    ),
    _head(
        "started_at",
        "instant",
        "开始时间",
        required=True,
        interface=("begntime", "begndate", "adm_time"),
        also=("就诊时间", "就诊日期", "就诊开始时间", "入院时间", "入院日期", "开始日期"),
    ),
    _head(
        "ended_at",
        "instant",
        "结束时间",
        required=True,
        interface=("endtime", "enddate", "dscg_time"),
        also=("就诊结束时间", "出院时间", "出院日期", "结束日期"),
    ),
    _head("settled_at", "instant", "结算时间", required=True, interface=("setl_time",), also=("结算日期",)),
    _head(
        "total_fen",
        "fen",
        "医疗费总额",
        required=True,
        interface=("medfee_sumamt",),
        also=("医疗费用总额", "医疗总费用", "结算总额", "总金额", "费用总额", "总费用"),
    ),
    _head(
        "fund_paid_fen",
        "fen",
        "基金支付总额",
        required=True,
        interface=("fund_pay_sumamt",),
        also=("基金支付", "医保基金支付", "医保基金支付总额", "基金支付金额"),
    ),
    _head(
        "account_paid_fen",
        "fen",
        "个人账户支出",
        interface=("acct_pay",),
        also=("个人账户支付", "账户支付", "个人账户支付金额", "个账支付"),
    ),
    _head(
        "cash_paid_fen",
        "fen",
        "个人现金支出",
        interface=("psn_cash_pay",),
        also=("个人现金支付", "现金支付", "现金支付金额"),
    ),
    _head(
        "diagnosis_codes",
        "codes",
        "疾病诊断编码",
        interface=("diag_code", "dise_codg", "dise_code"),
        also=("诊断编码", "诊断代码", "疾病编码", "主要诊断编码", "病种编码"),
    ),
    _head(
        "practitioner_code",
        "code",
        "医师编码",
        interface=("atddr_no", "chfpdr_code"),
        also=("医生编码", "主治医师编码", "主诊医师编码", "主诊医师代码", "责任医师编码"),
    ),
    _head(
        "department_code",
        "code",
        "科室编码",
        interface=("dept_code", "dept_codg"),
        also=("就诊科室编码", "入院科室编码", "科室代码"),
    ),
    _head(
        "sender_settlement_id",
        "code",
        "医药机构结算ID",
        interface=("medins_setl_id",),
        also=("发送方报文ID", "医疗机构结算ID"),
    ),
)

LINE = (
    _line("number", "integer", "明细序号", also=("行号",)),
    _line(
        "serial",
        "code",
        "费用明细流水号",
        pointer="/number",
        interface=("feedetl_sn",),
        also=("明细流水号", "费用流水号", "费用明细ID"),
    ),
    _line(
        "item_code",
        "code",
        "医疗目录编码",
        required=True,
        interface=("med_list_codg", "hilist_code"),
        also=("医保目录编码", "医保目录代码", "国家医保编码", "国家医保代码", "医保编码", "项目编码"),
    ),
    _line(
        "item_kind",
        "choice",
        "目录类别",
        also=("项目类别", "费用类别"),
        choices=ITEM_KIND,
    ),
    _line("quantity", "decimal", "数量", required=True, interface=("cnt",)),
    _line("unit_price", "decimal", "单价", required=True, interface=("pric",)),
    _line(
        "amount_fen",
        "fen",
        "明细项目费用总额",
        required=True,
        interface=("det_item_fee_sumamt",),
        also=("明细金额", "金额", "费用金额", "项目金额", "明细费用总额"),
    ),
    _line(
        "charged_at",
        "instant",
        "费用发生时间",
        required=True,
        interface=("fee_ocur_time",),
        also=("收费时间", "记账时间", "计费时间", "费用发生日期", "费用日期", "收费日期"),
    ),
    _line(
        "line_practitioner_code",
        "code",
        "开单医师编码",
        pointer="/practitioner_code",
        interface=("bilg_dr_codg", "bilg_dr_code"),
        also=("开单医生编码", "开单医师代码", "开方医师编码"),
    ),
    _line(
        "line_department_code",
        "code",
        "开单科室编码",
        pointer="/department_code",
        interface=("bilg_dept_codg",),
        also=("开单科室代码",),
    ),
    _line(
        "traceability_codes",
        "codes",
        "药品追溯码",
        interface=("drug_trac_codg", "drug_trac_code"),
        also=("追溯码", "药品追溯码信息"),
    ),
    _line("split_pack", "flag", "拆零标志", interface=("trdn_flag",), also=("拆零", "是否拆零")),
    _line(
        "fund_scope_fen",
        "fen",
        "符合政策范围金额",
        interface=("inscp_scp_amt", "inscp_amt"),
        also=("符合范围金额", "政策范围内金额"),
    ),
    _line("prescription_number", "code", "处方号", interface=("rxno",), also=("处方编号", "处方流水号")),
    _line(
        "hospital_item_code",
        "code",
        "医药机构目录编码",
        interface=("medins_list_codg",),
        also=("院内项目编码", "院内编码", "医院项目编码", "医疗机构目录编码"),
    ),
    _line("days_of_supply", "decimal", "周期天数", interface=("prd_days",), also=("用药天数",)),
    _line("dose", "decimal", "单次剂量", also=("单次用量",)),
    _line("doses_per_day", "decimal", "每日次数", also=("日用药次数",)),
    _line(
        "refund_serial",
        "code",
        "被退费用明细流水号",
        pointer="/refund_of",
        interface=("init_feedetl_sn",),
        also=("原费用流水号", "原费用明细流水号"),
    ),
)
