"""The pages for reporters, used as a browser without scripts would use them."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI

from services.kit.testing.clock import FixedClock
from services.kit.testing.tokens import TokenMint
from services.tips.app import create_app
from services.tips.settings import TipsSettings
from tests.integration.tips.conftest import HOSPITAL, YUAN, Desk, Screening

FORM = {"kind": "drug_resale", "text": "药店空刷医保卡", "place": "人民路药店"}


class Elements(HTMLParser):
    """Collects tags with their attributes, and the visible text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def hidden(self, name: str) -> str:
        found = [attrs["value"] for tag, attrs in self.tags if tag == "input" and attrs.get("name") == name]
        assert found[0] is not None
        return found[0]


async def submit(desk: Desk, **fields: str) -> str:
    answer = await desk.client.post("/tips/report", data={**FORM, **fields})
    assert answer.status_code == 201, answer.text
    return Elements(answer.text).hidden("receipt")


@pytest.mark.parametrize("path", ["/tips/", "/tips/receipt", "/tips/desk/sign-in"])
async def test_a_page_needs_no_script_no_cookie_and_nothing_from_elsewhere(desk: Desk, path: str):
    answer = await desk.client.get(path)
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    page = Elements(answer.text)
    assert not {"script", "img", "iframe", "style"} & {tag for tag, _ in page.tags}
    for _, attrs in page.tags:
        assert "style" not in attrs
        assert not any(name.startswith("on") for name in attrs)
        for name in ("href", "src", "action"):
            assert (attrs.get(name) or "/tips/").startswith(("/tips/", "#"))


async def test_every_field_has_a_label_and_the_page_speaks_both_languages(desk: Desk):
    page = Elements((await desk.client.get("/tips/")).text)
    labelled = {attrs.get("for") for tag, attrs in page.tags if tag == "label"}
    fields = [attrs for tag, attrs in page.tags if tag in {"input", "textarea"}]
    for attrs in fields:
        if attrs.get("type") not in {"hidden", "radio"}:
            assert attrs["id"] in labelled
    assert ("html", {"lang": "zh-CN"}) in page.tags
    assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) in page.tags
    assert sum(attrs.get("lang") == "en" for _, attrs in page.tags) > 20


async def test_the_style_sheet_is_our_own(desk: Desk):
    answer = await desk.client.get("/tips/static/tips.css")
    assert answer.headers["content-type"].startswith("text/css")
    assert "url(" not in answer.text
    assert "@import" not in answer.text


@pytest.mark.parametrize("encoding", ["urlencoded", "multipart"])
async def test_the_form_takes_a_tip_and_shows_the_receipt(desk: Desk, encoding: str):
    form = {**FORM, "name": "王小明", "phone": "138 0000 0000", "submission_id": str(uuid4())}
    if encoding == "multipart":
        sent = {"files": {name: (None, value) for name, value in form.items()}}
    else:
        sent = {"data": form}
    answer = await desk.client.post("/tips/report", **sent)
    assert answer.status_code == 201
    receipt = Elements(answer.text).hidden("receipt")
    assert re.sub(r"(\d{4})(?=\d)", r"\1 ", receipt) in answer.text
    page = await desk.read(await desk.newest())
    assert (page["text"], page["place"], page["named"]) == (FORM["text"], FORM["place"], True)
    again = await desk.client.post("/tips/report", **sent)
    assert Elements(again.text).hidden("receipt") == receipt
    assert await desk.admin.fetchval("select count(*) from tips") == 1


async def test_a_form_with_mistakes_comes_back_filled_in(desk: Desk):
    form = {"text": "<b>药店</b>", "institution_code": "H1", "name": "王小明", "submission_id": str(uuid4())}
    answer = await desk.client.post("/tips/report", data=form)
    assert answer.status_code == 422
    assert "&lt;b&gt;药店&lt;/b&gt;" in answer.text
    assert form["submission_id"] in answer.text
    page = Elements(answer.text)
    wrong = {attrs["id"] for tag, attrs in page.tags if tag == "p" and attrs.get("class") == "wrong"}
    assert wrong == {"kind-wrong", "institution_code-wrong", "phone-wrong"}
    described = {attrs["aria-describedby"] for _, attrs in page.tags if "aria-describedby" in attrs}
    assert described == wrong
    assert await desk.admin.fetchval("select count(*) from tips") == 0


async def test_a_wrong_receipt_comes_back_to_the_question(desk: Desk):
    for receipt in ("1234567890123456", "", "rubbish"):
        answer = await desk.client.post("/tips/receipt", data={"receipt": receipt})
        assert answer.status_code == 404
        assert "没有找到对应的举报" in answer.text
        assert "1234567890123456" not in answer.text


async def test_a_reporter_writes_withdraws_and_reads_answers_on_the_page(desk: Desk):
    receipt = await submit(desk)
    empty = await desk.client.post("/tips/receipt", data={"receipt": receipt, "action": "messages", "text": " "})
    assert empty.status_code == 422
    assert "message-wrong" in empty.text
    form = {"receipt": receipt, "action": "messages", "text": "<i>补充</i>", "message_id": str(uuid4())}
    for _ in range(2):
        answer = await desk.client.post("/tips/receipt", data=form)
        assert answer.status_code == 200
        assert answer.text.count("&lt;i&gt;补充&lt;/i&gt;") == 1
    await desk.post(await desk.newest(), "messages", {"message_id": str(uuid4()), "text": "请说明时间"})
    assert "请说明时间" in (await desk.client.post("/tips/receipt", data={"receipt": receipt})).text
    answer = await desk.client.post("/tips/receipt", data={"receipt": receipt, "action": "withdrawal"})
    assert "举报已撤回" in answer.text


async def test_a_reporter_claims_the_reward_on_the_page(desk: Desk, screening: Screening, clock: FixedClock):
    receipt = await submit(desk)
    tip_id = await desk.newest()
    finding = await screening.confirm(100_000 * YUAN)
    early = await desk.client.post("/tips/receipt", data={"receipt": receipt, "action": "reward-claim"})
    assert early.status_code == 404
    assert "该举报尚无奖励" in early.text
    await desk.done(tip_id, "acceptance", {"institution_code": HOSPITAL})
    await desk.done(tip_id, "substantiation", {"finding_ids": [str(finding)]})
    await desk.done(tip_id, "reward-proposal", {"level": 2})
    await desk.approve(tip_id, 2_000 * YUAN, by="chen")
    await desk.approve(tip_id, 2_000 * YUAN, by="zhao")
    assert "¥2,000.00" in (await desk.client.post("/tips/receipt", data={"receipt": receipt})).text
    shown = await desk.client.post("/tips/receipt", data={"receipt": receipt, "action": "reward-claim"})
    token = re.search(r'class="token">([A-Z2-7]{4}(?:-[A-Z2-7]{4}){5})<', shown.text)
    assert token is not None
    body = {"payment_token": token[1], "reference": "V-1"}
    first, second = (desk.mint.bearer("payout_officer", subject=subject) for subject in ("cai", "wu"))
    made = await desk.client.post("/tips/v1/payouts/transfers", json=body, headers=first)
    path = f"/tips/v1/payouts/{made.json()['payout_id']}/confirmation"
    assert (await desk.client.post(path, headers=second)).json()["state"] == "paid"


async def test_pages_have_few_sizes(desk: Desk):
    receipt = await submit(desk)
    plain = await desk.client.post("/tips/receipt", data={"receipt": receipt})
    form = {"receipt": receipt, "action": "messages", "text": "补充一句话。" * 50}
    talk = await desk.client.post("/tips/receipt", data=form)
    wrong = await desk.client.post("/tips/receipt", data={"receipt": "0" * 16})
    assert len(plain.content) == len(talk.content) == len(wrong.content) == 16 * 1024


async def test_finding_an_institution_uploads_no_file_and_says_that_files_must_be_chosen_again(desk: Desk):
    step = await desk.client.post("/tips/report", data={"action": "start", "kind": "other"})
    buttons = [attrs for tag, attrs in Elements(step.text).tags if tag == "button"]
    for button in buttons:
        if button.get("value") in {"find", "start"}:
            assert button["formenctype"] == "application/x-www-form-urlencoded"
    assert "刚才选择的附件没有保留" not in step.text
    found = await desk.client.post(
        "/tips/report", data={**FORM, "action": "find", "find": "大药", "files": "我的名字.jpg"}
    )
    assert found.status_code == 200
    assert "刚才选择的附件没有保留" in found.text
    assert "我的名字" not in found.text
    wrong = await desk.client.post("/tips/report", data={"kind": "other"}, files={"files": ("a.txt", b"words")})
    assert wrong.status_code == 422
    assert "刚才选择的附件没有保留" in wrong.text


async def test_the_longest_text_fits_in_a_form_without_files_and_much_more_is_refused(desk: Desk):
    assert (await submit(desk, text="举" * 10_000)).isdecimal()
    answer = await desk.client.post("/tips/report", data={**FORM, "text": "举" * 60_000})
    assert answer.status_code == 413
    fields = {f"n{number}": "x" for number in range(500)}
    assert (await desk.client.post("/tips/report", data=fields)).status_code == 422


async def test_the_hint_about_files_says_what_the_settings_say(
    settings: TipsSettings, clock: FixedClock, mint: TokenMint, make_client: Callable[[FastAPI], Any]
):
    small = settings.model_copy(update={"tips_file_mebibytes": 7, "tips_tip_files": 3})
    async with make_client(create_app(small, clock=clock)) as client:
        step = await client.post("/tips/report", data={"action": "start", "kind": "other"})
        assert "每个最大 7 MB，最多 3 个" in step.text
        assert "200 MB" not in step.text
    none = settings.model_copy(update={"tips_tip_files": 0})
    async with make_client(create_app(none, clock=clock)) as client:
        step = await client.post("/tips/report", data={"action": "start", "kind": "other"})
        assert 'type="file"' not in step.text


async def test_a_mistyped_identity_number_is_told_on_the_page_and_by_rest(desk: Desk):
    receipt = await submit(desk)
    identity = {"name": "王小明", "phone": "13800000000", "id_number": "440000199001010002"}
    page = await desk.client.post("/tips/receipt", data={"receipt": receipt, "action": "identity", **identity})
    assert (page.status_code, "末位是校验码" in page.text, identity["id_number"] in page.text) == (422, True, True)
    answer = await desk.client.post("/tips/v1/lookup/identity", json={"receipt": receipt, "identity": identity})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/identity/id_number", "identity_document_number")
    assert "校验码" in error["message"]
    assert identity["id_number"] not in answer.text
    right = {**identity, "id_number": "44000019900101001x"}
    page = await desk.client.post("/tips/receipt", data={"receipt": receipt, "action": "identity", **right})
    assert "姓名和电话已加密保存" in page.text


async def test_every_page_for_the_public_is_filled_up(desk: Desk):
    receipt = await submit(desk)
    answers = [
        await desk.client.get(path) for path in ("/tips/", "/tips/receipt", "/tips/filing", "/tips/desk/sign-in")
    ]
    answers.append(await desk.client.post("/tips/report", data={"action": "start", "kind": "other"}))
    answers.append(await desk.client.post("/tips/report", data={"kind": "other"}))
    answers.append(await desk.client.post("/tips/report", data=FORM))
    answers.append(await desk.client.post("/tips/filing", data={"commitment": "0"}))
    answers.append(await desk.client.post("/tips/receipt", data={"receipt": receipt, "action": "dispute"}))
    for answer in answers:
        assert len(answer.content) % (16 * 1024) == 0, answer.url
    for wanted in ("statement", "opening"):
        file = await desk.client.post("/tips/receipt/filing", data={"receipt": receipt, "wanted": wanted})
        assert len(file.content) % 4096 == 0
