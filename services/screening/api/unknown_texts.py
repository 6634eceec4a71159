"""What a pre-check could not judge, in words."""

from typing import NamedTuple

from services.kit.http import Language
from services.screening.domain.judgeable import Unknown
from services.screening.use_cases.understand_claim import LineProblem


class Text(NamedTuple):
    """The same in both languages."""

    zh: str
    en: str

    def spoken(self, language: Language) -> str:
        """Return the text in one language."""
        return self.en if language == "en" else self.zh


UNKNOWN_TEXTS: dict[Unknown, Text] = {
    "person": Text(
        "无法识别参保人，未对照既往记录", "the person is not known, so nothing before this visit was looked at"
    ),
    "birth_date": Text("缺少出生日期", "the date of birth is missing"),
    "sex": Text("缺少性别", "the sex is missing"),
    "diagnoses": Text("缺少诊断", "diagnoses are missing"),
    "insurance_type": Text("缺少险种", "the type of insurance is missing"),
    "medical_type": Text("缺少医疗类别", "the kind of visit is missing"),
    "institution_level": Text("不知医疗机构级别", "the level of the institution is not known"),
    "institution_category": Text("不知机构类别", "the category of the institution is not known"),
    "department": Text("不知科室的标准代码", "the standard code of the department is not known"),
    "practitioner": Text("缺少医师代码", "the code of the practitioner is missing"),
    "practitioner_title": Text("不知医师职称", "the title of the practitioner is not known"),
    "dose": Text("缺少单次用量或频次", "dose or doses a day are missing"),
    "days_of_supply": Text("缺少开药天数", "days of supply are missing"),
    "settlement_list": Text("尚无结算清单", "there is no settlement list yet"),
}

LINE_TEXTS: dict[LineProblem, Text] = {
    "item_code_missing": Text("缺少医保目录编码", "the national item code is missing"),
    "item_code_form": Text("不是医保目录编码（可能是院内编码）", "this is no national item code"),
    "quantity_zero": Text("数量为零", "the quantity is zero"),
}
