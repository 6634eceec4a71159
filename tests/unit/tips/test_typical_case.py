"""The guard of typical cases finds what may tell who is meant."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from services.tips.domain.errors import TipRuleError
from services.tips.domain.tip import Kind
from services.tips.domain.typical_case import CaseState, Doubt, TypicalCase, doubts, publish, revise, take_down

CLEAN = TypicalCase(
    id=UUID(int=1),
    region="440100",
    month="2026-02",
    kind=Kind.FALSE_ADMISSION,
    title="某医疗机构虚假住院骗取医保基金",
    body="接到举报后核查,该机构以体检为名办理住院,涉及金额约30万元,已全部追回并移送处理。",
    title_en=None,
    body_en=None,
    state=CaseState.DRAFT,
    prepared_by="zhang",
    prepared_at=datetime(2026, 3, 10, tzinfo=UTC),
)
TODAY = date(2026, 3, 10)


def found(body: str, **how) -> dict[str, Doubt]:
    case = replace(CLEAN, body=body)
    how = {"institutions": [], "alike": 50, "smallest": 5, "region_is_county": False} | how
    return {doubt.code: doubt for doubt in doubts(case, **how)}


def test_a_case_without_people_places_and_days_raises_no_doubt():
    assert found(CLEAN.body) == {}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("证件号440102198001011234。", "id_number"),
        ("证件号４４０１０２１９８００１０１１２３X。", "id_number"),
        ("电话13812345678。", "phone"),
        ("电话 138 1234-5678。", "phone"),
        ("电话020-81234567。", "phone"),
        ("机构H44010500001。", "institution_code"),
        ("卡号6222 0202 0011 2233。", "long_number"),
        ("写信到 jia@example.cn。", "mail_address"),
        ("于2026年3月5日查处。", "day"),
        ("于2026-03-05查处。", "day"),
        ("于三月五日查处。", "day"),
        ("于３月５日查处。", "day"),
        ("It was found on March 5 by the agency.", "day"),
    ],
)
def test_numbers_and_days_block_a_case(words: str, code: str):
    assert found(words)[code].blocks


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("患者李小明住院。", "person_name"),
        ("院长王某组织。", "surname"),
        ("位于沙河镇。", "place_below_county"),
        ("位于人民路12号。", "place_below_county"),
        ("康乐医院虚假住院。", "institution_like"),
        ("73岁老人。", "age"),
        ("追回123456.78元。", "exact_amount"),
        ("离职人员提供材料。", "reporter"),
    ],
)
def test_what_may_tell_who_is_meant_has_to_be_confirmed(words: str, code: str):
    assert not found(words)[code].blocks


def test_a_name_of_the_registry_blocks_a_case():
    assert found(CLEAN.body, institutions=["康乐医院"])["institution_name"].blocks


def test_a_county_needs_k_cases_of_the_kind_and_a_city_is_pointed_out():
    assert found(CLEAN.body, alike=4, region_is_county=True)["region_too_small"].blocks
    assert "region_too_small" not in found(CLEAN.body, alike=5, region_is_county=True)
    assert not found(CLEAN.body, alike=4)["rare_in_region"].blocks


def test_a_second_person_publishes_once_every_doubt_is_confirmed():
    with pytest.raises(TipRuleError, match="own_case"):
        publish(CLEAN, [], [], by="zhang", today=TODAY)
    with pytest.raises(TipRuleError, match="case_blocked"):
        publish(CLEAN, [Doubt("phone", "1", blocks=True)], ["phone"], by="li", today=TODAY)
    soft = [Doubt("age", "73岁", blocks=False), Doubt("surname", "王某", blocks=False)]
    with pytest.raises(TipRuleError, match="doubts_not_confirmed"):
        publish(CLEAN, soft, ["age"], by="li", today=TODAY)
    told = publish(CLEAN, soft, ["surname", "age"], by="li", today=TODAY)
    assert (told.state, told.approved_by, told.confirmed) == (CaseState.PUBLISHED, "li", ("age", "surname"))
    assert publish(told, [], [], by="li", today=TODAY) is told


def test_a_published_case_is_withdrawn_but_not_written_anew():
    told = publish(CLEAN, [], [], by="li", today=TODAY)
    with pytest.raises(TipRuleError, match="wrong_case_state"):
        revise(told, replace(CLEAN, title="另一个标题"))
    gone = take_down(told, by="li", today=TODAY)
    assert gone.state is CaseState.WITHDRAWN
    with pytest.raises(TipRuleError, match="wrong_case_state"):
        publish(gone, [], [], by="wang", today=TODAY)
    changed = revise(CLEAN, replace(CLEAN, id=UUID(int=2), prepared_by="li"))
    assert (changed.id, changed.prepared_by) == (CLEAN.id, "li")
