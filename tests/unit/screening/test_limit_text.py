"""Limits as published: what is read of them is at most too loose, and what is not read stays text."""

import pytest

from services.screening.domain.disease_names import CATEGORIES
from services.screening.domain.limit_text import read_limit
from services.screening.domain.proposal import propose
from services.screening.domain.rulebook_problems import DIAGNOSIS


@pytest.mark.parametrize(
    ("text", "condition", "reading", "confidence"),
    [
        ("限2型糖尿病。", {"diagnoses": ["E11"]}, "full", "high"),
        ("限成人2型糖尿病患者。", {"diagnoses": ["E11"], "at_least_years": 18}, "full", "high"),
        ("限6岁及6岁以上注意缺陷多动障碍(ADHD)。", {"diagnoses": ["F90"], "at_least_years": 6}, "full", "high"),
        ("限血糖控制不佳的成人2型糖尿病患者。", {"diagnoses": ["E11"], "at_least_years": 18}, "part", "medium"),
        ("限二级及以上医疗机构的支气管哮喘患者。", {"diagnoses": ["J45-J46"], "min_level": 2}, "full", "high"),
        ("限急诊或住院患者。", {"care_settings": ["inpatient", "emergency"]}, "full", "high"),
        ("限子宫肌瘤患者或生育保险。", {}, "none", "low"),
        ("限：1.反流性食管炎；2.与适当的抗生素联用以根除幽门螺杆菌。", {}, "none", "medium"),
        ("限麻疹和传染性肝炎接触者的预防治疗。", {}, "none", "low"),
    ],
)
def test_an_indication_is_read(text, condition, reading, confidence) -> None:
    found = propose("use_conditions", text)
    said = {name: value for name, value in found.condition.items() if name != "evidence"}
    assert (said, found.completeness, found.confidence) == (condition, reading, confidence)
    assert ("evidence" in found.condition) == (reading != "full")


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("限3-12岁特发性肺动脉高压患者。", 3, 13),
        ("限2岁至11岁儿童慢性便秘。", 2, 12),
        ("限12岁及以上特应性皮炎患者。", 12, None),
        ("限成人和6岁及以上儿童癫痫患者。", 6, None),
        ("限成人和儿童酪氨酸血症。", None, None),
        ("限：1.成人银屑病；2.12岁及以上哮喘。", 12, None),
        ("限：1.成人银屑病；2.哮喘。", None, None),
    ],
)
def test_of_several_ages_the_loosest_holds(text, low, high) -> None:
    found = read_limit(text)
    assert (found.at_least_years, found.younger_than_years) == (low, high)


@pytest.mark.parametrize(
    ("kind", "text", "condition"),
    [
        ("course_length", "限急性缺血性脑血管疾病，支付不超过14天。", {"max_days": 14, "window": "rolling"}),
        ("course_length", "住院方可支付，单次最多支付14天。", {"max_days": 14, "window": "visit"}),
        ("facility_level", "限二级及以上医疗机构癌症患者。", {"min_level": 2}),
        ("visit_type", "限急诊或住院患者。", {"care_settings": ["inpatient", "emergency"]}),
        ("age", "限儿童。", {"group": "child"}),
        ("sex", "女", {"sex": "female"}),
        ("second_line", "限二线用药。", {"evidence": "既往一线治疗无效或不能耐受的记录"}),
    ],
)
def test_each_kind_takes_its_own_part_of_a_text(kind, text, condition) -> None:
    assert propose(kind, text).condition == condition


def test_a_level_that_only_a_prescriber_must_have_is_no_level_of_the_claim() -> None:
    assert propose("facility_level", "限糖尿病患者，首次处方时需由二级及以上医疗机构专科医师开具处方。").condition == {}


def test_a_disease_that_must_be_absent_is_not_asked_for() -> None:
    assert "K70-K74" not in read_limit("限成人非肝硬化慢性丙型肝炎。").diagnoses


@pytest.mark.parametrize("text", ["", "。", "限", "((", "1.2.3.", "限：1.", "\n\n", "岁及以上"])
def test_no_text_breaks_the_reader(text) -> None:
    assert read_limit(text).completeness == "none"


def test_every_category_of_the_table_is_one_a_rulebook_takes() -> None:
    assert [code for codes in CATEGORIES.values() for code in codes if not DIAGNOSIS.fullmatch(code)] == []
