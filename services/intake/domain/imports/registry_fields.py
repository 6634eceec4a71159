"""Fields of files of the registry: institutions, departments, practitioners, insured persons."""

from services.intake.domain.imports.fields import ImportField
from services.intake.domain.imports.settlement_fields import INSURANCE_TYPE, SEX

LEVEL = {
    **{level: level for level in ("0", "1", "2", "3")},
    "三级": "3",
    "二级": "2",
    "一级": "1",
    "无级别": "0",
    "未定级": "0",
    "无": "0",
}
INSTITUTION_KIND = {
    **dict.fromkeys(("hospital", "1", "医疗机构", "定点医疗机构", "医院"), "hospital"),
    **dict.fromkeys(("pharmacy", "2", "药店", "零售药店", "定点零售药店"), "pharmacy"),
}
STATUS = {
    **dict.fromkeys(("active", "有效", "正常"), "active"),
    **dict.fromkeys(("suspended", "中止", "暂停"), "suspended"),
    **dict.fromkeys(("terminated", "解除", "终止"), "terminated"),
}
CATEGORY = {
    **dict.fromkeys(("physician", "医师", "医生"), "physician"),
    **dict.fromkeys(("nurse", "护士", "护理人员"), "nurse"),
    **dict.fromkeys(("pharmacist", "药师", "药学人员"), "pharmacist"),
    **dict.fromkeys(("technician", "技师", "医技人员"), "technician"),
    **dict.fromkeys(("pharmacy_principal", "药店主要负责人", "药店负责人"), "pharmacy_principal"),
    **dict.fromkeys(("fee_reviewer", "医保费用审核人员", "费用审核人员"), "fee_reviewer"),
}

STATED = (
    ImportField("effective_from", "/effective_from", "day", "生效日期", also=("变更生效日期",)),
    ImportField("effective_until", "/effective_until", "day", "失效日期"),
    ImportField("source", "/source", "text", "来源", also=("数据来源",)),
    ImportField("stated_at", "/stated_at", "instant", "陈述时间", interface=("updt_time",), also=("更新时间",)),
)
"""Who says so, when, and for which days."""

_INSTITUTION_HEADERS = ("定点医药机构编码", "医药机构编码", "机构编码", "机构编号")

INSTITUTION = (
    ImportField(
        "code",
        "/code",
        "code",
        "定点医药机构编号",
        required=True,
        interface=("fixmedins_code",),
        also=(*_INSTITUTION_HEADERS, "institution_code"),
    ),
    ImportField("kind", "/kind", "choice", "机构类型", required=True, choices=INSTITUTION_KIND),
    ImportField(
        "name",
        "/name",
        "text",
        "定点医药机构名称",
        required=True,
        interface=("fixmedins_name",),
        also=("机构名称", "名称"),
    ),
    ImportField(
        "level", "/level", "choice", "医院等级", interface=("hosp_lv",), also=("级别", "机构级别"), choices=LEVEL
    ),
    ImportField(
        "region", "/region", "code", "医保区划", required=True, interface=("admdvs",), also=("统筹区", "区划代码")
    ),
    ImportField(
        "agreement_from",
        "/agreement_from",
        "day",
        "协议起始日期",
        required=True,
        interface=("begndate",),
        also=("协议开始日期", "协议生效日期"),
    ),
    ImportField(
        "agreement_until",
        "/agreement_until",
        "day",
        "协议截止日期",
        interface=("enddate",),
        also=("协议结束日期", "协议终止日期"),
    ),
    ImportField("active", "/active", "flag", "协议有效", also=("是否有效",)),
    ImportField("status", "/status", "choice", "协议状态", choices=STATUS),
    ImportField("category", "/category", "text", "机构类别", interface=("medins_type",), also=("医疗机构类别",)),
    ImportField("scope", "/scope", "words", "诊疗科目"),
    *STATED,
)

DEPARTMENT = (
    ImportField(
        "institution_code",
        "/institution_code",
        "code",
        "定点医药机构编号",
        required=True,
        interface=("fixmedins_code",),
        also=_INSTITUTION_HEADERS,
    ),
    ImportField(
        "code",
        "/code",
        "code",
        "科室编码",
        required=True,
        interface=("hosp_dept_codg", "dept_code"),
        also=("医院科室编码", "科室代码"),
    ),
    ImportField(
        "name",
        "/name",
        "text",
        "科室名称",
        required=True,
        interface=("hosp_dept_name", "dept_name"),
        also=("医院科室名称",),
    ),
    ImportField("standard_code", "/standard_code", "code", "科室标准编码", interface=("caty",), also=("科别",)),
    ImportField("active", "/active", "flag", "在用", also=("是否在用",)),
    *STATED,
)

PRACTITIONER = (
    ImportField(
        "code",
        "/code",
        "code",
        "医保相关人员编码",
        required=True,
        interface=("dr_codg", "dr_code"),
        also=("人员编码", "医师编码", "医保医师编码", "医护人员编码"),
    ),
    ImportField("category", "/category", "choice", "人员类别", required=True, choices=CATEGORY),
    ImportField(
        "name",
        "/name",
        "text",
        "姓名",
        required=True,
        personal=True,
        interface=("dr_name",),
        also=("人员姓名", "医师姓名"),
    ),
    ImportField(
        "institution_codes",
        "/institution_codes",
        "codes",
        "执业机构",
        interface=("fixmedins_code",),
        also=(*_INSTITUTION_HEADERS, "执业机构编码", "定点医药机构编号", "institution_code"),
    ),
    ImportField("active", "/active", "flag", "在岗", also=("是否在岗",)),
    ImportField("title", "/title", "text", "专业技术职务", also=("职称",)),
    ImportField("practice_class", "/practice_class", "text", "执业类别"),
    ImportField("practice_scope", "/practice_scope", "words", "执业范围"),
    ImportField("licence", "/licence", "code", "执业证书编号", personal=True, also=("执业证书编码", "证书编号")),
    *STATED,
)

INSURED_PERSON = (
    ImportField(
        "number",
        "/number",
        "code",
        "人员编号",
        required=True,
        personal=True,
        interface=("psn_no",),
        also=("个人编号", "参保人编号", "参保人员编号", "医保编号", "insured_number"),
    ),
    ImportField("sex", "/sex", "choice", "性别", interface=("gend",), choices=SEX),
    ImportField("birth_date", "/birth_date", "day", "出生日期", personal=True, interface=("brdy",), also=("生日",)),
    ImportField(
        "insurance_type",
        "/insurance_type",
        "choice",
        "险种类型",
        interface=("insutype",),
        also=("险种",),
        choices=INSURANCE_TYPE,
    ),
    ImportField(
        "region",
        "/region",
        "code",
        "参保地医保区划",
        interface=("insuplc_admdvs", "insu_admdvs"),
        also=("参保地", "参保区划"),
    ),
    ImportField(
        "death_date", "/death_date", "day", "死亡日期", personal=True, interface=("die_date",), also=("身故日期",)
    ),
    ImportField(
        "residence_code",
        "/residence_code",
        "code",
        "居住地区划代码",
        personal=True,
        also=("村（居）委会代码", "村居代码", "统计用区划代码"),
    ),
    ImportField("household_number", "/household_number", "code", "户编号", personal=True, also=("户号", "家庭编号")),
    *STATED,
)
