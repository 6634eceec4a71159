"""Stock records of the national interface, in every shape in which clients send them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from string import digits
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.codes import is_settlement_id
from services.intake.domain.fsi.list_parts import departments, minutes, weights
from services.intake.domain.fsi.node import Node
from services.intake.domain.fsi.stock_parts import FORMS, movement, movement_id, scanned

DRUG = "XB01AXA223B002010100156"
SALE = {
    "med_list_codg": DRUG,
    "fixmedins_bchno": "D254_TR202441698855_6",
    "sel_retn_cnt": 2,
    "sel_retn_time": "2026-03-09 09:10:00",
    "finl_trns_pric": "18.650000",
    "setl_id": "S1",
    "rx_flag": "1",
    "trdn_flag": 0,
    "manu_date": "2025-09-17",
    "expy_end": "20280916",
    "psn_name": "张三",
    "certno": "110105199003071239",
}


def read(values: dict[str, Any], infno: str = "3505"):
    node = Node(values, "/input/selinfo")
    one = movement(node, infno, "P11010500003")
    return one, [(problem.pointer, problem.code) for problem in node.problems]


def test_a_sale_is_read_without_anything_personal():
    sale, problems = read(SALE)
    assert problems == []
    assert (sale.movement_id, sale.kind, sale.quantity, sale.unit_price) == (
        "3505.D254_TR202441698855_6",
        "sale",
        Decimal(2),
        Decimal("18.65"),
    )
    assert sale.moved_at == datetime(2026, 3, 9, 1, 10, tzinfo=UTC)
    assert (sale.produced_on, sale.expires_on) == (date(2025, 9, 17), date(2028, 9, 16))
    assert (sale.split_pack, sale.prescription_drug) == (False, True)
    assert not {"张三", "110105199003071239"} & {str(getattr(sale, name)) for name in sale.__dataclass_fields__}


@pytest.mark.parametrize("infno", FORMS)
def test_what_is_missing_is_named_in_the_words_of_the_interface(infno):
    form = FORMS[infno]
    _, problems = read({}, infno)
    assert set(problems) == {
        (f"/input/selinfo/{name}", "missing")
        for name in ("fixmedins_bchno", "med_list_codg", form.quantity, form.moved_at)
    }


def test_a_count_of_a_day_was_made_when_the_day_was_over():
    count = {"med_list_codg": DRUG, "fixmedins_bchno": "1", "inv_cnt": "7"}
    at = [read(count | {"invdate": text}, "3501")[0].moved_at for text in ("2026-03-09", "2026-03-09 08:00:00")]
    assert at == [datetime(2026, 3, 9, 15, 59, 59, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("values", "payer"),
    [
        ({"mdtrt_setl_type": "1"}, "insurance"),
        ({"MDTRT_SETL_TYPE": 2}, "self"),
        ({"hi_feesetl_type": "0"}, "self"),
        ({"hi_feesetl_type": "2"}, "insurance"),
        ({}, None),
    ],
)
def test_who_paid_is_read_from_either_field(values, payer):
    assert read(SALE | values)[0].paid_by == payer


def test_a_return_names_its_sale():
    returned, problems = read(SALE | {"medins_prod_sel_no": "D254_TR202441698855_6"}, "3506")
    assert problems == []
    assert returned.refers_to == read(SALE)[0].movement_id


codes = st.lists(st.text(digits, min_size=20, max_size=20), min_size=1, max_size=8)
joints = st.sampled_from([",", ";", "，", " ", "|", "\n"])
names = st.sampled_from(["drug_trac_codg", "drug_trac_code"])


@given(codes, joints, names)
def test_every_shape_of_traceability_codes_says_the_same(wanted, joint, name):
    joined = joint.join(wanted)
    shapes = [
        {"drugtracinfo": [{name: code} for code in wanted]},
        {"drugtracinfo": {name: joined}},
        {"drugtracinfo": [{name: joined}]},
        {"drugtracinfo": [], name: joined},
        {name: joined},
        {"drugtracinfo": [{name: code} for code in wanted], name: wanted[0]},
    ]
    for shape in shapes:
        node = Node(shape, "/input/selinfo")
        assert scanned(node) == tuple(wanted)
        assert node.problems == []


@given(
    st.dictionaries(st.sampled_from([*SALE, "drugtracinfo", "drug_trac_codg"]), st.none() | st.text() | st.integers())
)
def test_no_field_breaks_the_reading(changes):
    one, problems = read(SALE | changes)
    assert problems or one.moved_at.tzinfo is not None


@given(st.text(min_size=1, max_size=50))
def test_every_record_number_makes_an_id_and_two_never_make_one(record):
    assert is_settlement_id(movement_id("3505", record))
    assert movement_id("3505", record) != movement_id("3505", record + "0")
    assert movement_id("3505", record) != movement_id("3506", record)


def listed(**values: Any) -> Node:
    return Node(values, "/input/setlinfo")


@pytest.mark.parametrize(("text", "expected"), [("1/13/24", 2244), ("0/0/0", 0), ("", None), ("-", None), (None, None)])
def test_a_duration_is_days_hours_and_minutes(text, expected):
    assert minutes(listed(vent_used_dura=text), "vent_used_dura") == expected


def test_a_duration_in_another_form_is_noted():
    node = listed(vent_used_dura="13:24")
    assert minutes(node, "vent_used_dura") is None
    assert [problem.code for problem in node.problems] == ["duration_form"]


def test_weights_of_twins_come_before_the_one():
    assert weights(listed(one="3250.00", several=None), "one", "several") == (3250,)
    assert weights(listed(one="3250", several="2480,2510.5"), "one", "several") == (2480, 2510)


def test_departments_of_transfer_are_joined_by_arrows():
    assert departments(listed(refldept_dept="A03→A04.05 -> A28"), "refldept_dept") == ("A03", "A04.05", "A28")
