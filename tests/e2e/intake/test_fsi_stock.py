"""Stock movements and settlement lists through the national interface, held against the native reads."""

import json
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from tests.support.intake import DRUG, HOSPITAL
from tests.support.stock import CODE

LEDGER = f"/intake/v1/institutions/{HOSPITAL}/stock"
BATCH = {"manu_lotnum": "A1", "manu_date": "2025-09-17", "expy_end": "2028-09-16"}
PURCHASE = BATCH | {
    "med_list_codg": DRUG,
    "fixmedins_hilist_id": "YP17",
    "fixmedins_hilist_name": "药品",
    "fixmedins_bchno": "CG1",
    "spler_name": "某医药有限公司",
    "purc_retn_cnt": 100,
    "finl_trns_pric": "15.5",
    "purc_invo_no": "FP1",
    "purc_retn_stoin_time": "2026-03-01 09:00:00",
    "purc_retn_opter_name": "李四",
}
SALE = BATCH | {
    "med_list_codg": DRUG,
    "fixmedins_hilist_id": "YP17",
    "fixmedins_bchno": "XS1",
    "sel_retn_cnt": "3",
    "finl_trns_pric": "18.65",
    "sel_retn_time": "2026-03-09 09:00:00",
    "hi_feesetl_type": "0",
    "trdn_flag": "0",
    "psn_name": "张三",
    "certno": "110105199003071239",
    "drugtracinfo": [{"drug_trac_codg": CODE}],
}
RETURN = SALE | {"fixmedins_bchno": "TH1", "sel_retn_cnt": 1, "medins_prod_sel_no": "XS1"}
DELETE = {"fixmedins_bchno": "XS1", "inv_data_type": "4"}


@pytest.fixture
def send(client, hospital):
    numbers = count(1)

    async def post(infno: str, message: dict[str, Any], *, msgid: str | None = None) -> dict[str, Any]:
        envelope = {
            "infno": infno,
            "msgid": msgid or f"{HOSPITAL}20260310100000{next(numbers):04d}",
            "mdtrtarea_admvs": "110105",
            "insuplc_admdvs": "110105",
            "inf_time": "2026-03-10 10:00:00",
            "fixmedins_code": HOSPITAL,
            "sign_no": "",
            "input": message,
        }
        answer = await client.post("/intake/fsi", json=envelope, headers=hospital)
        assert answer.status_code == 200
        return answer.json()

    return post


async def balance(client, hospital) -> Decimal:
    return Decimal((await client.get(LEDGER, params={"item": DRUG}, headers=hospital)).json()["balance"])


async def facts(rows, kind: str) -> list[dict[str, Any]]:
    found = await rows("select payload from outbox where type = $1 order by sequence", kind)
    return [json.loads(row["payload"]) for row in found]


async def test_every_transaction_of_the_stock_moves_the_ledger(client, hospital, send, rows):
    steps = [
        ("3503", {"purcinfo": PURCHASE}, 100),
        ("3504", {"purcinfo": PURCHASE | {"fixmedins_bchno": "CT1", "purc_retn_cnt": 4}}, 96),
        ("3505", {"selinfo": SALE}, 93),
        ("3506", {"selinfo": RETURN}, 94),
        (
            "3502",
            {
                "invinfo": {
                    "med_list_codg": DRUG,
                    "fixmedins_bchno": "BG1",
                    "inv_chg_type": "105",
                    "cnt": 2,
                    "pric": 15,
                    "inv_chg_time": "2026-03-09 18:00:00",
                }
            },
            92,
        ),
        (
            "3501",
            {
                "invinfo": [
                    BATCH | {"med_list_codg": DRUG, "fixmedins_bchno": "PC1", "inv_cnt": 90, "invdate": "2026-03-08"}
                ]
            },
            86,
        ),
        ("3507", {"data": {"fixmedins_bchno": "PC1", "inv_data_type": "1"}}, 92),
        ("3507", {"data": DELETE}, 95),
    ]
    for infno, message, expected in steps:
        answer = await send(infno, message)
        assert (infno, answer["infcode"], answer["err_msg"]) == (infno, "0", "")
        assert await balance(client, hospital) == expected
    stated = await facts(rows, "intake.stock.moved.v1")
    kinds = ["purchase", "purchase_return", "sale", "sale_return", "change", "count", "delete", "delete"]
    assert [one["movement_kind"] for one in stated] == kinds
    assert stated[3]["refers_to_ref"] == stated[2]["movement_ref"]
    told = json.dumps(stated, ensure_ascii=False)
    assert not [word for word in ("张三", "李四", "110105199003071239", "某医药有限公司") if word in told]


async def test_a_resend_is_answered_the_same_and_moves_nothing(client, hospital, send, rows):
    for _ in range(2):
        assert (await send("3503", {"purcinfo": PURCHASE}))["infcode"] == "0"
    differing = await send("3503", {"purcinfo": PURCHASE | {"purc_retn_cnt": 99}})
    assert differing["infcode"] == "-1"
    assert "/input/purcinfo/fixmedins_bchno" in differing["err_msg"]
    assert "[movement_differs]" in differing["err_msg"]
    for _ in range(2):
        assert (await send("3507", {"data": {"fixmedins_bchno": "CG1", "inv_data_type": "3"}}, msgid="DEL1"))[
            "infcode"
        ] == "0"
    assert len(await facts(rows, "intake.stock.moved.v1")) == 2
    assert (await send("3503", {"purcinfo": PURCHASE | {"purc_retn_cnt": 99}}))["infcode"] == "0"
    assert await balance(client, hospital) == 99


async def test_a_deletion_of_sales_means_the_sale_first_and_then_its_return(client, hospital, send):
    await send("3503", {"purcinfo": PURCHASE})
    await send("3505", {"selinfo": SALE})
    await send("3506", {"selinfo": RETURN | {"fixmedins_bchno": "XS1"}})
    assert await balance(client, hospital) == 98
    await send("3507", {"data": DELETE})
    assert await balance(client, hospital) == 101
    await send("3507", {"data": DELETE})
    assert await balance(client, hospital) == 100


async def test_a_batch_takes_many_records_and_says_which_are_wrong(client, hospital, send):
    sales = [SALE | {"fixmedins_bchno": f"XS{number}"} for number in range(3)]
    answer = await send("3505A", {"selinfoDetail": [*sales, SALE | {"sel_retn_cnt": "many"}]})
    assert answer["infcode"] == "-1"
    assert "/input/selinfoDetail/3/sel_retn_cnt" in answer["err_msg"]
    assert await balance(client, hospital) == 0
    answer = await send("3505A", {"selinfoDetail": sales})
    assert answer["output"] == {"result": {"retRslt": "1", "msgRslt": "成功"}}
    assert "sale_without_purchase" in answer["warn_msg"]
    assert await balance(client, hospital) == -9


LIST = {
    "setlinfo": {
        "mdtrt_id": "M1",
        "setl_id": "S1",
        "psn_name": "张三",
        "certno": "110105199003071239",
        "curr_addr": "某路 1 号",
        "adm_time": "2026-03-02 09:00:00",
        "dscg_time": "2026-03-07 10:00:00",
        "act_ipt_days": 5,
        "dscg_way": "1",
        "vent_used_dura": "1/13/24",
        "refldept_dept": "A03→A04",
        "chfpdr_code": "D110105000001",
        "bld_cat": "1",
        "bld_amt": 200,
        "bld_unt": "ml",
        "psn_cashpay": "14.50",
    },
    "diseinfo": [
        {"diag_type": "1", "diag_code": "J18.900", "diag_name": "肺炎", "adm_cond_type": "1", "maindiag_flag": 1}
    ],
    "oprninfo": {
        "oprn_oprt_type": "1",
        "oprn_oprt_code": "51.2300",
        "oprn_oprt_date": "2026-03-03",
        "oper_dr_name": "李四",
        "oper_dr_code": "D110105000001",
    },
    "iteminfo": [{"med_chrgitm": "09", "amt": "74.60", "claa_sumfee": 74.6}],
    "payinfo": [{"fund_pay_type": "310100", "fund_payamt": 60}],
    "icuinfo": [],
}


async def test_a_settlement_list_is_filed_without_names_and_a_changed_one_is_its_next_version(send, rows):
    first, again = await send("4101", LIST), await send("4101", LIST)
    assert (first["infcode"], first["output"]) == ("0", again["output"])
    assert "/input/setlinfo/setl_id" in first["warn_msg"]
    changed = await send("4101", LIST | {"setlinfo": LIST["setlinfo"] | {"act_ipt_days": 6}})
    assert changed["output"] != first["output"]
    stated = await facts(rows, "intake.settlement_list.filed.v1")
    assert [one["version"] for one in stated] == [1, 2]
    one = stated[0]
    assert one["ventilator_minutes"] == 2244
    assert one["transfer_departments"] == ["A03", "A04"]
    assert one["diagnoses"] == [{"code": "J18.900", "main": True, "kind": "1", "admission_condition": "1"}]
    assert one["transfusions"] == [{"blood_type": "1", "amount_e2": 20_000, "unit": "ml"}]
    assert (one["fees"][0]["amount_fen"], one["cash_fen"]) == (7460, 1450)
    told = json.dumps(stated, ensure_ascii=False)
    assert not [word for word in ("张三", "李四", "某路", "肺炎", "110105199003071239") if word in told]


async def test_the_newer_list_names_operations_with_their_hours_and_every_transfusion(send, rows):
    message = {
        "setlinfo": {
            "setl_id": "S1",
            "mdtrt_id": "M1",
            "psn_no": "P1",
            "mul_nwb_bir_wt": "2480,2510",
            "stas_type": "1",
        },
        "oprninfo": [
            {
                "oprn_oprt_type": "1",
                "oprn_oprt_code": "51.2300",
                "oprn_oprt_begntime": "2026-03-03 08:00:00",
                "oprn_oprt_endtime": "2026-03-03 07:00:00",
                "oper_dr_code": "D110105000001",
            }
        ],
        "bldinfo": [{"bld_cat": "1", "bld_amt": "2"}, {"bld_cat": "2", "bld_amt": "1.5"}],
    }
    answer = await send("4101A", message)
    assert answer["infcode"] == "0"
    assert "/input/oprninfo/0/ended_at" not in answer["warn_msg"]
    assert "/input/oprninfo/0/oprn_oprt_endtime" in answer["warn_msg"]
    (one,) = await facts(rows, "intake.settlement_list.filed.v1")
    assert one["newborn_birth_weights_g"] == [2480, 2510]
    assert [blood["amount_e2"] for blood in one["transfusions"]] == [200, 150]
    assert len(one["insured_ref"]) == 32


async def test_a_list_that_cannot_be_read_is_refused_at_every_place(send, rows):
    message = LIST | {"setlinfo": {"vent_used_dura": "13h", "adm_time": "gestern"}, "diseinfo": [{}]}
    answer = await send("4101", message)
    assert answer["infcode"] == "-1"
    for place in ("setlinfo/setl_id", "setlinfo/vent_used_dura", "setlinfo/adm_time", "diseinfo/0/diag_code"):
        assert f"/input/{place} " in answer["err_msg"]
    assert await facts(rows, "intake.settlement_list.filed.v1") == []
