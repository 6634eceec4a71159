"""What reporters can do over REST."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from services.kit.testing.clock import FixedClock
from tests.integration.tips.conftest import HOSPITAL, Desk

ALLOWED = {
    *("tip_id", "file_id", "opening_id", "payout_id", "case_id", "supervisor_id", "code", "day", "period"),
    *("check_id", "number"),
    *("cursor", "limit", "before", "status", "kind", "institution", "overdue", "escalated", "unassigned"),
}
"""Ids, filters and pages; never anything that a reporter holds."""
MESSAGE_PATH = "/tips/v1/lookup/messages"


async def test_a_tip_gets_a_receipt_that_finds_it(desk: Desk):
    answer = await desk.client.post(
        "/tips/v1/tips", json={"kind": "drug_resale", "text": "药店空刷医保卡", "place": "人民路某药店"}
    )
    assert answer.status_code == 201
    receipt = answer.json()["receipt"]
    assert len(receipt) == 16
    assert answer.json()["receipt_grouped"].replace(" ", "") == receipt
    status = await desk.look_up(answer.json()["receipt_grouped"])
    assert status["status"] == "received"
    assert status["messages"] == []
    assert status["reward"] == {"state": "none", "amount_fen": None, "claim_until": None}


async def test_the_receipt_is_stored_nowhere_and_is_not_the_tips_id(desk: Desk):
    receipt = await desk.report()
    row = await desk.admin.fetchrow("select * from sealed_tips")
    assert len(row["receipt_lookup"]) == 32
    assert receipt not in str(await desk.newest()).replace("-", "")


async def test_a_repeated_submission_is_one_tip_with_one_receipt(desk: Desk):
    submission_id = str(uuid4())
    receipts = await asyncio.gather(*(desk.report(submission_id=submission_id) for _ in range(5)))
    assert len(set(receipts)) == 1
    assert await desk.admin.fetchval("select count(*) from tips") == 1
    assert await desk.admin.fetchval("select count(*) from handling_log") == 1
    body = {"kind": "false_admission", "text": "另一件事", "submission_id": submission_id}
    answer = await desk.client.post("/tips/v1/tips", json=body)
    assert answer.status_code == 409
    assert answer.json()["code"] == "repeated_otherwise"


async def test_the_same_text_without_an_id_is_another_tip(desk: Desk):
    assert await desk.report() != await desk.report()
    assert await desk.admin.fetchval("select count(*) from tips") == 2


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"kind": "gossip"}, "/kind"),
        ({"text": "   "}, "/text"),
        ({"text": "长" * 10_001}, "/text"),
        ({"institution_code": "H1"}, "/institution_code"),
        ({"identity": {"name": "王小明"}}, "/identity/phone"),
        ({"identity": {"name": "王小明", "phone": "call me"}}, "/identity/phone"),
    ],
)
async def test_a_malformed_tip_is_refused_by_field_without_repeating_it(desk: Desk, change, pointer):
    body = {"kind": "other", "text": "虚假住院", **change}
    answer = await desk.client.post("/tips/v1/tips", json=body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    for secret in ("gossip", "长长", "王小明", "call me"):
        assert secret not in answer.text
    assert await desk.admin.fetchval("select count(*) from tips") == 0


async def test_a_tip_larger_than_the_route_allows_is_refused_unread(desk: Desk):
    answer = await desk.client.post("/tips/v1/tips", json={"kind": "other", "text": "x" * 70_000})
    assert answer.status_code == 413


async def test_reporter_and_handler_talk_and_only_the_receipt_opens_the_answer(desk: Desk):
    receipt = await desk.report()
    tip_id = await desk.newest()
    message = {"message_id": str(uuid4()), "text": "请问发生在哪一天？"}
    assert (await desk.post(tip_id, "messages", message)).status_code == 204
    assert (await desk.post(tip_id, "messages", message)).status_code == 204
    changed = await desk.post(tip_id, "messages", {**message, "text": "别的"})
    assert (changed.status_code, changed.json()["code"]) == (409, "repeated_otherwise")
    reply = {"receipt": receipt, "text": "三月二日", "message_id": str(uuid4())}
    for _ in range(2):
        assert (await desk.client.post(MESSAGE_PATH, json=reply)).status_code == 200
    conversation = (await desk.look_up(receipt))["messages"]
    assert [(entry["author"], entry["text"]) for entry in conversation] == [
        ("handler", "请问发生在哪一天？"),
        ("reporter", "三月二日"),
    ]
    page = await desk.read(tip_id)
    assert [(entry["author"], entry["handler"]) for entry in page["messages"]] == [
        ("handler", "zhang"),
        ("reporter", None),
    ]


async def test_a_message_id_cannot_be_used_for_another_tip(desk: Desk):
    message = {"text": "你好", "message_id": str(uuid4())}
    first, second = await desk.report(), await desk.report()
    assert (await desk.client.post(MESSAGE_PATH, json={**message, "receipt": first})).status_code == 200
    assert (await desk.client.post(MESSAGE_PATH, json={**message, "receipt": second})).status_code == 409


async def test_a_withdrawal_before_acceptance_ends_the_tip(desk: Desk):
    receipt = await desk.report()
    for _ in range(2):
        assert (await desk.client.post("/tips/v1/lookup/withdrawal", json={"receipt": receipt})).status_code == 200
    assert (await desk.look_up(receipt))["status"] == "withdrawn"
    answer = await desk.post(await desk.newest(), "acceptance", {"institution_code": HOSPITAL})
    assert answer.status_code == 409


async def test_after_acceptance_a_withdrawal_stops_the_telling_and_the_reward_but_not_the_case(desk: Desk):
    receipt = await desk.report()
    tip_id = await desk.newest()
    await desk.done(tip_id, "acceptance", {"institution_code": HOSPITAL})
    await desk.client.post("/tips/v1/lookup/withdrawal", json={"receipt": receipt})
    decided = await desk.done(tip_id, "substantiation", {"case_value_fen": 1_000_000})
    assert decided["status"] == "substantiated"
    status = await desk.look_up(receipt)
    assert (status["status"], status["outcome"], status["due_on"]) == ("withdrawn", None, None)
    answer = await desk.post(tip_id, "reward-proposal", {"level": 1})
    assert (answer.status_code, answer.json()["code"]) == (409, "tip_withdrawn")


async def test_a_decided_tip_cannot_be_withdrawn(desk: Desk):
    receipt = await desk.report()
    await desk.done(await desk.newest(), "refusal", {"reason_code": "no_clear_target"})
    answer = await desk.client.post("/tips/v1/lookup/withdrawal", json={"receipt": receipt})
    assert answer.status_code == 409
    status = await desk.look_up(receipt)
    assert (status["status"], status["refusal_reason"]) == ("refused", "no_clear_target")


@pytest.mark.parametrize("path", ["", "/messages", "/withdrawal", "/reward-claim"])
@pytest.mark.parametrize("receipt", ["1234567890123456", "rubbish", ""])
async def test_a_wrong_receipt_finds_nothing_anywhere(desk: Desk, path: str, receipt: str):
    await desk.report()
    body = {"receipt": receipt} | ({"text": "x"} if path == "/messages" else {})
    answer = await desk.client.post(f"/tips/v1/lookup{path}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "receipt_unknown")


async def test_guessing_slows_look_ups_down_and_quiet_heals_it(desk: Desk, clock: FixedClock):
    receipt = await desk.report()
    loop = asyncio.get_running_loop()
    for number in range(34):
        await desk.client.post("/tips/v1/lookup", json={"receipt": f"{number:016d}"})
    started = loop.time()
    await desk.look_up(receipt)
    assert loop.time() - started >= 0.5
    clock.advance(timedelta(seconds=30))
    started = loop.time()
    await desk.look_up(receipt)
    assert loop.time() - started < 0.4


async def test_answers_to_reporters_have_few_sizes(desk: Desk):
    receipt = await desk.report()
    empty = await desk.client.post("/tips/v1/lookup", json={"receipt": receipt})
    await desk.client.post(MESSAGE_PATH, json={"receipt": receipt, "text": "补充一句话。" * 20})
    short = await desk.client.post("/tips/v1/lookup", json={"receipt": receipt})
    await desk.client.post(MESSAGE_PATH, json={"receipt": receipt, "text": "长" * 4000})
    long = await desk.client.post("/tips/v1/lookup", json={"receipt": receipt})
    assert len(empty.content) == len(short.content) == 4096
    assert len(long.content) == 16384


async def test_no_route_takes_a_receipt_in_its_address(desk: Desk):
    document = (await desk.client.get("/tips/openapi.json")).json()
    for path, methods in document["paths"].items():
        for operation in methods.values():
            names = {parameter["name"] for parameter in operation.get("parameters", [])}
            assert names <= ALLOWED, path
