"""What a reporter adds later is filed by itself: statement, tree of the day, and nothing to be derived of the tip."""

import asyncio
import json
from datetime import date, timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

import msgspec
from nacl.public import PublicKey, SealedBox
from nacl.secret import SecretBox

from deploy.verify_filing import problems
from services.kit.testing.clock import FixedClock
from services.tips.domain.retention import ENDINGS, RetentionPolicy
from services.tips.storage.sealing import TipContent
from services.tips.use_cases.erase_tips import EraseTips
from services.tips.wiring import Resources, build_publish_filings, build_rewrap_tips
from tests.integration.tips.conftest import Desk

DAY = timedelta(days=1)
PATHS = {"message": "/tips/v1/lookup/messages", "dispute": "/tips/v1/lookup/dispute"}
STATEMENT_FIELDS = {"format", "commitment", "day", "key_id", "signature"}


async def write(desk: Desk, receipt: str, text: str, how: str = "message", **fields: Any) -> dict[str, Any]:
    answer = await desk.client.post(PATHS[how], json={"receipt": receipt, "text": text, **fields})
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def send(desk: Desk, receipt: str, *contents: bytes) -> dict[str, Any]:
    parts = [("files", (f"{number}.txt", content)) for number, content in enumerate(contents)]
    answer = await desk.client.post("/tips/v1/lookup/files", data={"receipt": receipt}, files=parts)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def filing(desk: Desk, receipt: str, number: int = 0) -> dict[str, Any]:
    body = {"receipt": receipt, "with_opening": True, "addition": number}
    answer = await desk.client.post("/tips/v1/lookup/filing", json=body)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def everything(desk: Desk, receipt: str, number: int) -> dict[str, Any]:
    """All that a holder brings for one addition."""
    own = await filing(desk, receipt, number)
    body = {"commitment": own["statement"]["commitment"]}
    return {
        "statement": own["statement"],
        "opening": own["opening"],
        "inclusion": (await desk.client.post("/tips/v1/filing/inclusion", json=body)).json(),
        "days": (await desk.client.get("/tips/v1/filing/days")).json(),
        "keys": (await desk.client.get("/tips/v1/filing/keys")).json(),
    }


async def test_a_holder_proves_each_later_message_and_file_by_its_own_day_with_the_same_program(
    desk: Desk, resources: Resources, clock: FixedClock
):
    receipt = await desk.report()
    clock.advance(DAY)
    said = (await write(desk, receipt, "三月二日晚上又有一次"))["statement"]
    clock.advance(DAY)
    sent = (await send(desk, receipt, b"ledger", b"photo"))["statement"]
    assert [said["day"], sent["day"]] == ["2026-03-11", "2026-03-12"]
    clock.advance(DAY)
    assert await build_publish_filings(resources)() == 3

    original = await filing(desk, receipt)
    assert original["statement"]["day"] == "2026-03-10"
    assert [(each["number"], each["kind"], each["statement"]) for each in original["additions"]] == [
        (1, "message", said),
        (2, "files", sent),
    ]
    first, second = await everything(desk, receipt, 1), await everything(desk, receipt, 2)
    assert (problems(first), problems(second)) == ([], [])
    tip_commitment = original["statement"]["commitment"]
    assert json.loads(first["opening"]["document"]) == {
        "addition": "message",
        "text": "三月二日晚上又有一次",
        "tip_commitment": tip_commitment,
    }
    assert json.loads(second["opening"]["document"]) == {
        "addition": "files",
        "files": [sha256(b"ledger").hexdigest(), sha256(b"photo").hexdigest()],
        "tip_commitment": tip_commitment,
    }
    # The words of one addition do not open the statement of another.
    assert any("not the one of the statement" in said for said in problems({**first, "opening": second["opening"]}))
    assert {day["tree_size"] for day in first["days"]["days"]} == {32}
    missing = await desk.client.post("/tips/v1/lookup/filing", json={"receipt": receipt, "addition": 3})
    assert (missing.status_code, missing.json()["code"]) == (404, "no_statement")


async def test_nothing_of_the_tip_can_be_derived_from_the_statement_of_an_addition(desk: Desk):
    receipt = await desk.report()
    first, second = [(await write(desk, receipt, "同样的话"))["statement"] for _ in range(2)]
    assert first["commitment"] != second["commitment"]
    assert set(first) == STATEMENT_FIELDS
    rows = await desk.admin.fetch("select * from filings")
    assert {tuple(row.keys()) for row in rows} == {("commitment", "day")}
    assert len(rows) == 3
    # Beside the tip stand a number, the message and what only the receipt opens; neither day nor commitment.
    kept = await desk.admin.fetchrow("select * from filing_additions where number = 1")
    assert set(kept.keys()) == {"tip_id", "number", "message_id", "filed"}
    assert bytes.fromhex(first["commitment"]) not in kept["filed"]
    assert first["commitment"].encode() not in kept["filed"]


async def test_sent_again_an_addition_gets_the_statement_it_got_and_no_second_commitment(desk: Desk):
    receipt, message_id = await desk.report(), str(uuid4())
    answers = await asyncio.gather(*(write(desk, receipt, "一句话", message_id=message_id) for _ in range(4)))
    assert len({each["statement"]["commitment"] for each in answers}) == 1
    sent = (await send(desk, receipt, b"one", b"two"))["statement"]
    assert (await send(desk, receipt, b"two", b"one"))["statement"] == sent
    more = (await send(desk, receipt, b"two", b"three"))["statement"]
    assert json.loads((await filing(desk, receipt, 3))["opening"]["document"])["files"] == [
        sha256(b"three").hexdigest()
    ]
    assert more != sent
    assert (await send(desk, receipt, b"two"))["statement"] is None, "it came with another one, under that statement"
    assert await desk.admin.fetchval("select count(*) from filings") == 4


async def test_a_handlers_message_is_not_filed_and_an_objection_is(desk: Desk):
    receipt = await desk.report()
    tip_id = await desk.newest()
    await desk.post(tip_id, "messages", {"message_id": str(uuid4()), "text": "请问是哪一天？"})
    await desk.done(tip_id, "refusal", {"reason_code": "no_clear_target"})
    assert await desk.admin.fetchval("select count(*) from filings") == 1
    objection = await write(desk, receipt, "对象很明确", "dispute")
    assert set(objection["statement"]) == STATEMENT_FIELDS
    assert json.loads((await filing(desk, receipt, 1))["opening"]["document"])["text"] == "对象很明确"
    refused = await desk.client.post(PATHS["message"], json={"receipt": "1" * 16, "text": "x"})
    assert refused.status_code == 404
    assert await desk.admin.fetchval("select count(*) from filings") == 2


async def test_an_addition_belongs_to_no_published_day_and_waits_for_none(
    desk: Desk, resources: Resources, clock: FixedClock
):
    receipt = await desk.report()
    clock.advance(DAY)
    await build_publish_filings(resources)()
    clock.advance(-DAY)
    late = await write(desk, receipt, "钟慢的进程")
    assert late["statement"]["day"] == "2026-03-11"
    assert (await desk.look_up(receipt))["messages"][0]["posted_on"] == "2026-03-11"
    assert (await send(desk, receipt, b"late"))["statement"]["day"] == "2026-03-11"


async def test_the_look_up_lists_additions_and_the_page_sends_each_as_a_file(desk: Desk):
    receipt = await desk.report()
    statement = (await write(desk, receipt, "补充"))["statement"]
    assert (await desk.look_up(receipt))["additions"] == [{"number": 1, "kind": "message", "day": "2026-03-10"}]
    page = await desk.client.post("/tips/receipt", data={"receipt": receipt})
    assert '<option value="1">1 · 2026-03-10 · 补充说明 Message</option>' in page.text
    form = {"receipt": receipt, "addition": "1"}
    sent = await desk.client.post("/tips/receipt/filing", data={**form, "wanted": "statement"})
    assert sent.headers["content-disposition"] == 'attachment; filename="filing-statement-1.json"'
    assert sent.json() == statement
    opening = await desk.client.post("/tips/receipt/filing", data={**form, "wanted": "opening"})
    assert problems({"statement": statement, "opening": opening.json()}) == []
    for number in ("2", "-1", "x", "٣", "9" * 30):
        other = await desk.client.post("/tips/receipt/filing", data={"receipt": receipt, "addition": number})
        # What is no number stands for the tip itself.
        assert other.status_code == (404 if number in {"2", "9" * 30} else 200), number


async def test_answers_with_statements_have_few_sizes(desk: Desk):
    receipt = await desk.report()
    body = {"receipt": receipt, "text": "长" * 1000, "message_id": str(uuid4())}
    short = await desk.client.post(PATHS["message"], json={"receipt": receipt, "text": "短"})
    long, again = [await desk.client.post(PATHS["message"], json=body) for _ in range(2)]
    await desk.admin.execute("delete from filing_additions")
    without = await desk.client.post(PATHS["message"], json=body)
    assert without.json()["statement"] is None
    parts = {"files": ("a.txt", b"x")}
    files = await desk.client.post("/tips/v1/lookup/files", data={"receipt": receipt}, files=parts)
    listed = await desk.client.post("/tips/v1/lookup/filing", json={"receipt": receipt})
    assert {len(each.content) for each in (short, long, again, without, files, listed)} == {4096}


async def test_the_statement_of_an_addition_to_a_tip_of_the_first_version_outlives_its_new_keys(
    desk: Desk, resources: Resources
):
    """Such a tip had neither a key pair nor an envelope, and no statement of its own."""
    receipt = await desk.report("旧版举报")
    team, key = SealedBox(PublicKey(resources.keys.keyring().current.public)), b"k" * 32
    content = SecretBox(key).encrypt(msgspec.json.encode(TipContent("旧版举报")) + b"\x80")
    await desk.admin.execute(
        "update tip_keys set public_key = null, wrapped_envelope = null, generation = '', wrapped_private = $1",
        team.encrypt(key),
    )
    await desk.admin.execute("update sealed_tips set content = $1, filing = null", bytes(content))
    statement = (await write(desk, receipt, "补充"))["statement"]
    assert await build_rewrap_tips(resources)() == 1
    found = await filing(desk, receipt, 1)
    assert found["statement"] == statement
    assert json.loads(found["opening"]["document"]) == {"addition": "message", "text": "补充"}
    assert (await desk.look_up(receipt))["messages"][0]["text"] == "补充"
    older = await desk.client.post("/tips/v1/lookup/filing", json={"receipt": receipt})
    assert (older.status_code, older.json()["code"]) == (404, "no_statement")


async def test_erasure_takes_the_statements_and_leaves_the_commitments(
    desk: Desk, clock: FixedClock, resources: Resources
):
    receipt = await desk.report()
    await write(desk, receipt, "补充")
    await desk.client.post("/tips/v1/lookup/withdrawal", json={"receipt": receipt})
    clock.advance(timedelta(days=40))
    policy = RetentionPolicy("test-1", date(2026, 1, 1), dict.fromkeys(ENDINGS, 1))
    assert await EraseTips(resources.database, clock, resources.files, policy)() == 1
    assert await desk.admin.fetchval("select count(*) from filing_additions") == 0
    assert await desk.admin.fetchval("select count(*) from filings") == 2
