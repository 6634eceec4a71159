"""Visits of the national interface over a real database: whatever the order, one settlement is stated once."""

import asyncio
from datetime import timedelta
from itertools import permutations
from typing import Any

import httpx
import msgspec
import pytest

from services.contracts.intake import SettlementAccepted
from services.intake.wiring import build_sweep_visits
from tests.support import fsi
from tests.support.intake import HOSPITAL, INSURED_NUMBER, OTHER_HOSPITAL, SERVICE

STATED = "select payload, traceparent, type from outbox where topic = 'intake.settlement' order by sequence"


@pytest.fixture
def send(http: httpx.AsyncClient, mint: Any) -> Any:
    async def post(body: dict[str, Any], *, ok: bool | None = True, **headers: str) -> dict[str, Any]:
        answer = await http.post(fsi.PATH, json=body, headers=mint.bearer("hospital", institution=HOSPITAL) | headers)
        assert answer.status_code == 200, answer.text
        read = answer.json()
        if ok is not None:
            assert (read["infcode"] == "0") is ok, read
        return read

    return post


def outpatient() -> list[dict[str, Any]]:
    return [fsi.registration(), fsi.visit_information(), fsi.lines(), fsi.settlement()]


async def accepted(rows: Any) -> list[SettlementAccepted]:
    return [
        msgspec.json.decode(row["payload"], type=SettlementAccepted)
        for row in await rows(STATED)
        if row["type"] == SettlementAccepted.TYPE
    ]


async def test_in_whatever_order_the_parts_come_the_settlement_is_stated_once_and_is_the_same(
    send, rows, resources
) -> None:
    contents = []
    for turn, order in enumerate(permutations(range(4))):
        visit = f"MZ{turn:04d}"
        parts = [
            fsi.registration(visit),
            fsi.visit_information(visit),
            fsi.lines(fsi.line("F1", visit), fsi.line("F2", visit, med_list_codg=SERVICE)),
            fsi.settlement(visit),
        ]
        answers = [await send(parts[index]) for index in order]
        own = [fact for fact in await accepted(rows) if fact.settlement_id == f"S-{visit}"]
        assert len(own) == 1, order
        fact = own[0]
        values = msgspec.structs.asdict(fact)
        del values["settlement_ref"], values["settlement_id"]
        contents.append(values)
        if order[-1] == 3:
            assert answers[-1]["output"]["intakeinfo"]["state"] == "complete"
    assert all(one == contents[0] for one in contents)
    first = contents[0]
    assert (first["total_fen"], first["fund_fen"], first["account_fen"], first["cash_fen"]) == (7460, 5050, 410, 2000)
    assert first["diagnosis_codes"] == ("I63.900x001",)
    assert first["sex"] == "female"
    assert [line.number for line in first["lines"]] == [1, 2]


async def test_parts_that_race_make_one_settlement(send, rows) -> None:
    for turn in range(8):
        visit = f"R{turn}"
        parts = [
            fsi.registration(visit),
            fsi.visit_information(visit),
            fsi.lines(fsi.line("F1", visit)),
            fsi.lines(fsi.line("F2", visit)),
            fsi.settlement(visit),
        ]
        await asyncio.gather(*(send(part) for part in [*parts, *map(fsi.again, parts)]))
        assert len([fact for fact in await accepted(rows) if fact.settlement_id == f"S-{visit}"]) == 1
    states = await rows("select distinct state from visit")
    assert [row[0] for row in states] == ["settled"]


async def test_a_settlement_that_waits_says_for_what_and_becomes_complete(send, rows) -> None:
    answer = await send(fsi.settlement())
    assert answer["output"]["intakeinfo"]["missing"] == [
        "registration_missing",
        "diagnoses_missing",
        "lines_missing",
    ]
    assert "缺少诊断信息" in answer["warn_msg"]
    await send(fsi.registration())
    await send(fsi.lines(fsi.line("F1")))
    await send(fsi.visit_information())
    assert await accepted(rows) == []
    [visit] = await rows("select state, missing from visit")
    assert (visit["state"], visit["missing"]) == ("waiting", '["lines_missing"]')
    await send(fsi.lines(fsi.line("F2")))
    assert len(await accepted(rows)) == 1
    again = await send(fsi.settlement())
    assert again["output"]["intakeinfo"]["state"] == "complete"
    assert len(await accepted(rows)) == 1


async def test_a_resend_gets_the_first_answer_though_its_certificate_is_another_token(send, rows) -> None:
    *parts, last = outpatient()
    for part in parts:
        await send(part)
    first = await send(last)
    again = fsi.again(last)
    again["input"]["data"]["mdtrt_cert_no"] = "another token"
    again["input"]["data"]["medfee_sumamt"] = 74.6
    second = await send(again)
    assert second["output"]["setlinfo"] == first["output"]["setlinfo"]
    assert second["output"]["setlinfo"]["medins_setl_id"] == last["msgid"]
    other = fsi.again(last)
    other["input"]["data"]["inscp_scp_amt"] = 69
    refused = await send(other, ok=False)
    assert "[settlement_differs]" in refused["err_msg"]
    assert len(await accepted(rows)) == 1


async def test_a_visit_that_we_name_keeps_its_id_when_it_is_registered_again(send, rows) -> None:
    sent = fsi.registration(None)
    first, second = await asyncio.gather(send(sent), send(fsi.again(sent)))
    visit = first["output"]["data"]["mdtrt_id"]
    assert visit == second["output"]["data"]["mdtrt_id"]
    assert len(visit) <= 30
    await send(fsi.visit_information(visit))
    await send(fsi.lines(fsi.line("F1", visit), fsi.line("F2", visit)))
    settled = await send(fsi.settlement(visit, setlinfo=None))
    info = settled["output"]["setlinfo"]
    assert len(info["setl_id"]) <= 30
    assert "payments_unknown" in settled["warn_msg"]
    [fact] = await accepted(rows)
    assert (fact.fund_fen, fact.cash_fen, fact.settlement_id) == (7000, 460, info["setl_id"])
    assert fact.sex in {"male", "unknown"}


async def test_a_reversed_settlement_is_taken_back_once_and_may_be_settled_anew(send, rows) -> None:
    for part in outpatient():
        await send(part)
    data = {"setl_id": f"S-{fsi.VISIT}", "mdtrt_id": fsi.VISIT, "psn_no": INSURED_NUMBER}
    undo = fsi.message("2208", {"data": data})
    first = await send(undo)
    second = await send(fsi.again(undo))
    assert first["output"] == second["output"]
    info = first["output"]["setlinfo"]
    assert (info["medfee_sumamt"], info["fund_pay_sumamt"]) == ("-74.60", "-50.50")
    assert info["setl_id"] != data["setl_id"]
    assert [row["type"] for row in await rows(STATED)] == [
        "intake.settlement.accepted.v1",
        "intake.settlement.reversed.v1",
    ]
    assert "[settlement_reversed]" in (await send(fsi.settlement(), ok=False))["err_msg"]
    anew = fsi.settlement()
    anew["input"]["setlinfo"]["setl_id"] = "S-2"
    await send(anew)
    assert [fact.settlement_id for fact in await accepted(rows)] == [f"S-{fsi.VISIT}", "S-2"]


async def test_lines_are_kept_once_cancelled_by_batch_and_sent_again_otherwise(send, rows) -> None:
    await send(fsi.registration())
    await send(fsi.lines())
    await send(fsi.lines())
    changed = fsi.line("F1", det_item_fee_sumamt="18.65", cnt=1)
    refused = await send(fsi.lines(fsi.line("F0"), changed), ok=False)
    assert "/input/feedetail/1/feedetl_sn" in refused["err_msg"]
    assert [row[0] for row in await rows("select part_key from visit_part where kind = 'line' order by 1")] == [
        "F1",
        "F2",
    ]
    cancel = fsi.message("2205", {"data": {"mdtrt_id": fsi.VISIT, "chrg_bchno": "B1", "psn_no": INSURED_NUMBER}})
    assert (await send(cancel))["warn_msg"] == ""
    assert "没有可撤销" in (await send(fsi.again(cancel)))["warn_msg"]
    await send(fsi.lines(changed, fsi.line("F3")))
    await send(fsi.visit_information())
    await send(fsi.settlement(medfee_sumamt="55.95", setlinfo=None))
    [fact] = await accepted(rows)
    assert [line.amount_fen for line in fact.lines] == [1865, 3730]
    refused = await send(fsi.again(cancel), ok=False)
    assert "[visit_settled]" in refused["err_msg"]
    refused = await send(fsi.lines(fsi.line("F4")), ok=False)
    assert "[batch_settled]" in refused["err_msg"]
    await send(fsi.lines(fsi.line("F3")))


async def test_scanned_codes_come_with_the_settlement_and_go_to_their_lines(send, rows) -> None:
    for part in outpatient()[:3]:
        await send(part)
    sent = fsi.settlement()
    scan = {"feedetl_sn": "F2", "drug_trac_codg": "81234567890123456789", "trdn_flag": "1", "min_prcunt_type": "1"}
    sent["input"]["drug_trac_info"] = scan
    await send(sent)
    [fact] = await accepted(rows)
    assert [(line.traceability_codes, line.split_pack) for line in fact.lines] == [
        ((), False),
        (("81234567890123456789",), True),
    ]


async def test_too_many_lines_wait_for_their_cancellation(send, rows) -> None:
    for part in outpatient()[:3]:
        await send(part)
    await send(fsi.lines(fsi.line("F3")))
    answer = await send(fsi.settlement())
    assert answer["output"]["intakeinfo"]["missing"] == ["lines_exceed"]
    cancel = {"mdtrt_id": fsi.VISIT, "chrg_bchno": "0000", "psn_no": INSURED_NUMBER}
    await send(fsi.message("2205", {"data": cancel}))
    await send(fsi.lines())
    assert len(await accepted(rows)) == 1


async def test_a_stay_with_a_refund_line_and_an_interim_settlement(send, rows) -> None:
    await send(fsi.admission())
    await send(fsi.lines(fsi.stay_line("F1"), fsi.stay_line("F2"), infno="2301"))
    interim = fsi.stay_settlement(mid_setl_flag="1", invono="INV1")
    interim["input"]["setlinfo"]["setl_id"] = "MID"
    await send(interim)
    refund = fsi.stay_line("F4", init_feedetl_sn="F3", cnt=-1, det_item_fee_sumamt=-18.65)
    await send(fsi.lines(fsi.stay_line("F3"), fsi.stay_line("F5"), refund, infno="2301"))
    final = fsi.settlement(fsi.STAY, infno="2304", mid_setl_flag="0", medfee_sumamt=55.95, setlinfo=None)
    waiting = await send(final)
    assert waiting["output"]["intakeinfo"]["missing"] == ["discharge_missing"]
    await send(fsi.discharge())
    first, second = await accepted(rows)
    assert (first.settlement_id, first.total_fen, len(first.lines)) == ("MID", 7460, 2)
    assert second.total_fen == 5595
    assert [(line.amount_fen, line.refund_of) for line in second.lines] == [(3730, None), (-1865, 1), (3730, None)]
    assert second.diagnosis_codes == ("I63.902", "I63.900x001")
    assert second.care_setting == "inpatient"
    assert (second.started_at.day, second.ended_at.day, second.department_code) == (1, 8, "A04")


async def test_nobody_touches_the_visit_of_another_person_or_institution(send, http, mint, rows) -> None:
    for part in outpatient():
        await send(part)
    stranger = fsi.visit_information(psn_no="OTHER1")
    assert "[person_differs]" in (await send(stranger, ok=False))["err_msg"]
    undo = {"data": {"setl_id": f"S-{fsi.VISIT}", "mdtrt_id": fsi.VISIT, "psn_no": "OTHER1"}}
    assert "[person_differs]" in (await send(fsi.message("2208", undo), ok=False))["err_msg"]
    undo["data"]["psn_no"] = INSURED_NUMBER
    other = mint.bearer("hospital", institution=OTHER_HOSPITAL)
    body = fsi.message("2208", undo)
    assert (await http.post(fsi.PATH, json=body, headers=other)).status_code == 403
    answer = (await http.post(fsi.PATH, json=body | {"fixmedins_code": OTHER_HOSPITAL}, headers=other)).json()
    assert "[settlement_unknown]" in answer["err_msg"]
    assert len(await rows(STATED)) == 1
    listed = await http.get("/intake/v1/visits?state=settled", headers=other)
    assert listed.json()["items"] == []


async def test_a_visit_that_stays_incomplete_expires_with_its_reason_and_comes_back_with_its_part(
    send, rows, resources, clock, http, mint
) -> None:
    *parts, last = outpatient()
    for part in (parts[0], parts[1], last):
        await send(part)
    await send(fsi.registration("NEVER"))
    sweep = build_sweep_visits(resources)
    assert await sweep() == 0
    clock.advance(timedelta(days=8))
    assert await sweep() == 2
    own = mint.bearer("hospital", institution=HOSPITAL)
    listed = (await http.get("/intake/v1/visits?state=expired", headers=own)).json()["items"]
    assert [(one["visit_id"], [missing["code"] for missing in one["missing"]]) for one in listed] == [
        (fsi.VISIT, ["lines_missing"]),
        ("NEVER", ["never_settled"]),
    ]
    assert await accepted(rows) == []
    await send(fsi.lines())
    assert len(await accepted(rows)) == 1
    assert (await http.get("/intake/v1/visits", headers=own)).json()["items"][0]["visit_id"] == "NEVER"


async def test_what_is_dispensable_is_done_without_at_the_end_and_marked(send, rows, resources, clock) -> None:
    await send(fsi.lines())
    await send(fsi.settlement())
    clock.advance(timedelta(days=8))
    await asyncio.gather(build_sweep_visits(resources)(), build_sweep_visits(resources)())
    assert len(await accepted(rows)) == 1
    [stored] = await rows("select doubts from settlement")
    assert "registration_missing" in stored["doubts"]
    assert "diagnoses_missing" in stored["doubts"]


async def test_a_cancelled_registration_takes_no_more_parts_unless_it_is_settled(send) -> None:
    data = {"data": {"psn_no": INSURED_NUMBER, "mdtrt_id": fsi.VISIT, "ipt_otp_no": f"OP-{fsi.VISIT}"}}
    assert "[visit_unknown]" in (await send(fsi.message("2202", data), ok=False))["err_msg"]
    for part in outpatient():
        await send(part)
    assert "[visit_settled]" in (await send(fsi.message("2202", data), ok=False))["err_msg"]
    undo = {"data": {"setl_id": f"S-{fsi.VISIT}", "mdtrt_id": fsi.VISIT, "psn_no": INSURED_NUMBER}}
    await send(fsi.message("2208", undo))
    await send(fsi.message("2202", data))
    await send(fsi.message("2202", data))
    assert "[visit_cancelled]" in (await send(fsi.lines(), ok=False))["err_msg"]


async def test_a_settlement_that_cannot_be_accepted_is_refused_and_not_kept(send, rows) -> None:
    *parts, last = outpatient()
    for part in parts:
        await send(part)
    last["input"]["setlinfo"]["psn_cash_pay"] = "21"
    refused = await send(last, ok=False)
    assert "/input/data/medfee_sumamt" in refused["err_msg"]
    assert await rows("select from visit_part where kind = 'settlement'") == []
    await send(fsi.settlement())
    assert len(await accepted(rows)) == 1


async def test_no_person_is_in_the_tables(send, rows) -> None:
    for part in outpatient():
        await send(part)
    await send(fsi.message("9001", {"signIn": {"opter_no": "CASHIER-77", "ip": "10.0.0.1"}}))
    for table in ("visit", "visit_part", "settlement", "outbox", "interface_sign_in"):
        for row in await rows(f"select * from {table}"):
            text = " ".join(
                value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in row.values()
            )
            for secret in (INSURED_NUMBER, "李四", "张三", "CASHIER-77"):
                assert secret not in text, table


async def test_the_trace_of_the_settlement_goes_on_in_its_fact_whichever_part_completes_it(send, rows) -> None:
    own = "0af7651916cd43dd8448eb211c80319c"
    for part in (fsi.registration(), fsi.visit_information()):
        await send(part)
    await send(fsi.settlement(), traceparent=f"00-{own}-b7ad6b7169203331-01")
    await send(fsi.lines(), traceparent="00-11111111111111111111111111111111-b7ad6b7169203331-01")
    [stated] = await rows(STATED)
    assert stated["traceparent"].split("-")[1] == own
