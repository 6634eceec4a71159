"""The desk's pages as a browser without scripts uses them: sign in, queue, one tip, its steps, and a clerk's entry."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.kit.testing.clock import FixedClock
from services.kit.testing.tokens import TokenMint
from services.tips.api.desk_session import COOKIE
from tests.integration.tips.conftest import HOSPITAL, Desk

HTML = {"Accept": "text/html"}


class Browser:
    """One browser: keeps its cookie, sends the forms that pages give it."""

    def __init__(self, client: httpx.AsyncClient, mint: TokenMint) -> None:
        self._client = client
        self._mint = mint
        self.cookie = ""
        self.form_token = ""

    async def sign_in(self, *roles: str, **claims: Any) -> httpx.Response:
        token = self._mint.token(*roles, **claims)
        answer = await self._client.post("/tips/desk/sign-in", data={"token": token}, headers=HTML)
        if answer.status_code == 303:
            self.cookie = answer.headers["set-cookie"].split(";")[0]
        return answer

    async def get(self, path: str) -> httpx.Response:
        answer = await self._client.get(path, headers={**HTML, "Cookie": self.cookie})
        if found := re.search(r'name="form_token" value="(\w+)"', answer.text):
            self.form_token = found[1]
        return answer

    async def post(self, path: str, headers: dict[str, str] | None = None, **fields: Any) -> httpx.Response:
        data = {"form_token": self.form_token, **fields}
        return await self._client.post(path, data=data, headers={**HTML, "Cookie": self.cookie, **(headers or {})})


@pytest.fixture
def browser(client: httpx.AsyncClient, mint: TokenMint) -> Browser:
    return Browser(client, mint)


@pytest.fixture
async def tip(desk: Desk) -> UUID:
    await desk.report("护士长让我们代刷卡 <b>", answers={"how_many": "二十人"})
    return await desk.newest()


async def test_without_a_session_a_browser_is_sent_to_sign_in_and_a_program_is_refused(desk: Desk, tip: UUID):
    for path in ("/tips/desk", f"/tips/desk/tips/{tip}", "/tips/desk/entry"):
        sent = await desk.client.get(path, headers=HTML)
        assert (sent.status_code, sent.headers["location"]) == (303, "/tips/desk/sign-in")
        assert (await desk.client.get(path)).status_code == 401
        forged = await desk.client.get(path, headers={**HTML, "Cookie": f"{COOKIE}=abc"})
        assert forged.status_code == 303


async def test_a_session_is_a_cookie_that_only_this_site_sends_and_no_token_is_kept(desk: Desk, browser: Browser):
    answer = await browser.sign_in("tip_handler", subject="zhang")
    attributes = answer.headers["set-cookie"].lower()
    for word in ("__host-", "; path=/", "; secure", "; httponly", "; samesite=strict"):
        assert word in attributes
    assert "max-age" not in attributes
    row = await desk.admin.fetchrow("select digest, claims::text from desk_sessions")
    assert len(row["digest"]) == 32
    secret = browser.cookie.split("=", 1)[1]
    assert secret not in str(row)
    assert secret.encode().hex() not in row["digest"].hex()


@pytest.mark.parametrize("role", ["hospital", "auditor", "operator"])
async def test_who_has_no_business_at_the_desk_cannot_sign_in(browser: Browser, role: str):
    assert (await browser.sign_in(role)).status_code == 403
    bound = await browser.sign_in("tip_handler", institution=HOSPITAL)
    assert bound.status_code == 403
    rubbish = await browser._client.post("/tips/desk/sign-in", data={"token": "rubbish"}, headers=HTML)
    assert rubbish.status_code == 401


async def test_a_session_ends_unused_with_its_token_and_by_signing_out(browser: Browser, clock: FixedClock):
    await browser.sign_in("tip_handler", lifetime=timedelta(minutes=50))
    clock.advance(timedelta(minutes=19))
    assert (await browser.get("/tips/desk")).status_code == 200
    clock.advance(timedelta(minutes=19))
    assert (await browser.get("/tips/desk")).status_code == 200
    clock.advance(timedelta(minutes=13))
    assert (await browser.get("/tips/desk")).status_code == 303
    await browser.sign_in("tip_handler")
    await browser.get("/tips/desk")
    assert (await browser.post("/tips/desk/sign-out")).status_code == 303
    assert (await browser.get("/tips/desk")).status_code == 303
    await browser.sign_in("tip_handler")
    clock.advance(timedelta(minutes=21))
    assert (await browser.get("/tips/desk")).status_code == 303


async def test_a_form_of_another_site_or_another_session_does_nothing(desk: Desk, browser: Browser, tip: UUID):
    await browser.sign_in("tip_handler", subject="zhang")
    page = f"/tips/desk/tips/{tip}"
    await browser.get(page)
    fields = {"action": "accept", "institution_code": HOSPITAL}
    for form_token, headers in (("", {}), ("0" * 48, {}), (browser.form_token, {"Sec-Fetch-Site": "cross-site"})):
        answer = await browser.post(page, headers, **{**fields, "form_token": form_token})
        assert answer.status_code == 403
        assert "表单已失效" in answer.text
    assert (await desk.read(tip))["status"] == "received"
    assert (await browser.post(page, **fields)).status_code == 303
    assert (await desk.read(tip))["status"] == "accepted"


async def test_one_tip_on_one_page_with_its_steps_for_a_person_without_scripts(desk: Desk, browser: Browser, tip: UUID):
    await browser.sign_in("tip_handler", subject="zhang")
    queue = await browser.get("/tips/desk?view=received")
    assert f"/tips/desk/tips/{tip}" in queue.text
    page = f"/tips/desk/tips/{tip}"
    shown = await browser.get(page)
    assert "护士长让我们代刷卡 &lt;b&gt;" in shown.text
    assert "二十人" in shown.text
    assert "<script" not in shown.text
    assert shown.headers["content-security-policy"].startswith("default-src 'none'")
    wrong = await browser.post(page, action="accept", institution_code="H1")
    assert (wrong.status_code, "机构代码为 H 或 P" in wrong.text) == (422, True)
    await browser.post(page, action="accept", institution_code=HOSPITAL)
    await browser.post(page, action="write", text="请问时间？", message_id=str(uuid4()))
    assert "请问时间？" in (await browser.get(page)).text
    bad = await browser.post(page, action="substantiate", case_value_yuan="12.345")
    assert bad.status_code == 422
    await browser.post(page, action="substantiate", case_value_yuan="1,234.5")
    assert [entry["amount_fen"] for entry in (await desk.read(tip))["case_value"]] == [123_450]
    own = await browser.post(page, action="close")
    assert (own.status_code, "结案人不得是作出认定的经办人" in own.text) == (409, True)
    await browser.sign_in("tip_handler", subject="li")
    await browser.get(page)
    await browser.post(page, action="close")
    assert (await desk.read(tip))["status"] == "closed"


async def test_a_supervisors_button_is_no_handlers(browser: Browser, tip: UUID):
    await browser.sign_in("tip_handler", subject="zhang")
    page = f"/tips/desk/tips/{tip}"
    assert "指定管辖" not in (await browser.get(page)).text
    answer = await browser.post(page, action="designate", region="440100", reason="act_elsewhere")
    assert answer.status_code == 403


async def test_a_tip_of_another_region_is_not_there(desk: Desk, browser: Browser):
    await desk.report(institution_code=None, region="440000")
    tip = await desk.newest()
    await browser.sign_in("tip_handler", subject="far", region="430100")
    for path in (f"/tips/desk/tips/{tip}", f"/tips/desk/tips/{uuid4()}"):
        answer = await browser.get(path)
        assert (answer.status_code, "没有这条举报" in answer.text) == (404, True)
    assert (await browser.post(f"/tips/desk/tips/{tip}", action="dismiss")).status_code == 404
    assert str(tip) not in (await browser.get("/tips/desk")).text


async def test_the_queue_pages_through_all_tips_by_what_is_due_next(desk: Desk, browser: Browser):
    for number in range(30):
        await desk.report(f"虚假住院 {number}")
    await browser.sign_in("tip_handler")
    path, seen = "/tips/desk", []
    while path:
        text = (await browser.get(path)).text
        seen += re.findall(r"/tips/desk/tips/([0-9a-f-]{36})", text)
        onward = re.search(r'class="button" href="([^"]+)"', text)
        path = "/tips/desk" + onward[1].replace("&amp;", "&") if onward else ""
    assert len(seen) == len(set(seen)) == 30


async def test_a_clerk_enters_a_letter_and_sees_the_receipt_once(desk: Desk, browser: Browser):
    await browser.sign_in("tip_clerk", subject="clerk-1")
    assert (await browser.get("/tips/desk")).headers["location"] == "/tips/desk/entry"
    form = await browser.get("/tips/desk/entry")
    assert form.status_code == 200
    fields = {"kind": "item_swap", "text": "药店用医保卡卖米"}
    missing = await browser.post("/tips/desk/entry", action="send", **fields)
    assert (missing.status_code, "channel-wrong" in missing.text, "药店用医保卡卖米" in missing.text) == (
        422,
        True,
        True,
    )
    asked = await browser.post("/tips/desk/entry", action="start", **fields)
    assert "answer-billed_as" in asked.text
    done = await browser.post("/tips/desk/entry", action="send", channel="letter", **fields)
    assert done.status_code == 201
    receipt = re.search(r'class="digits">([\d ]+)<', done.text)
    assert receipt is not None
    assert (await desk.look_up(receipt[1]))["status"] == "received"
    tip = await desk.newest()
    assert (await browser.get(f"/tips/desk/tips/{tip}")).status_code == 403


async def test_the_reporters_form_asks_by_kind_finds_institutions_and_keeps_what_was_written(desk: Desk):
    async def send(**fields: str) -> httpx.Response:
        return await desk.client.post("/tips/report", data=fields)

    assert 'name="text"' not in (await desk.client.get("/tips/")).text
    step = await send(action="start", kind="drug_resale", submission_id=str(uuid4()))
    assert step.status_code == 200
    assert "answer-trace_codes" in step.text
    await desk.admin.execute(
        "insert into institutions values ('P44010400002', 'pharmacy', 1, '440104', '康乐大药房', true, now())"
    )
    found = await send(action="find", kind="drug_resale", find="大药", text="收药", **{"answer-who_buys": "门口的人"})
    assert 'value="P44010400002"' in found.text
    assert "收药" in found.text
    assert "门口的人" in found.text
    assert "set-cookie" not in found.headers
    anonymous = {"identity_choice": "anonymous", "name": "王小明", "phone": "13800000000"}
    sent = await send(
        action="send",
        kind="drug_resale",
        text="收药",
        picked="P44010400002",
        period_first="2026-01",
        **{"answer-who_buys": "门口的人"},
        **anonymous,
    )
    assert sent.status_code == 201, sent.text
    page = await desk.read(await desk.newest())
    assert (page["reported_institution_code"], page["region"], page["named"]) == ("P44010400002", "440104", False)
    assert (page["answers"], page["period"]) == ({"who_buys": "门口的人"}, ["2026-01", "2026-01"])
    named = await send(action="send", kind="other", text="x", identity_choice="named")
    assert (named.status_code, "name-wrong" in named.text) == (422, True)


async def test_a_clerk_enters_the_longest_letter(desk: Desk, browser: Browser):
    await browser.sign_in("tip_clerk", subject="clerk-1")
    page = await browser.get("/tips/desk/entry")
    assert 'enctype="multipart/form-data"' in page.text
    fields = {"kind": "item_swap", "text": "药" * 10_000, "channel": "letter"}
    assert (await browser.post("/tips/desk/entry", action="send", **fields)).status_code == 201


async def test_two_officers_open_an_identity_on_the_page_and_nobody_else_sees_the_section(desk: Desk, browser: Browser):
    receipt = await desk.report(identity={"name": "王小明", "phone": "13800000000"})
    tip = await desk.newest()
    page, path = f"/tips/desk/tips/{tip}", f"/tips/desk/tips/{tip}/identity"
    await browser.sign_in("tip_handler", subject="zhang")
    assert "密封的身份" not in (await browser.get(page)).text
    assert (await browser.post(path, action="ask-identity")).status_code == 403

    await browser.sign_in("identity_officer", subject="shen")
    assert "密封的身份" in (await browser.get(page)).text
    short = await browser.post(path, action="ask-identity", category="pay_reward", reason="须核实")
    assert (short.status_code, "10 至 1000 字" in short.text, "须核实" in short.text) == (422, True, True)
    reason = "须向举报人核实时间和地点"
    await browser.post(path, action="ask-identity", category="verify_with_reporter", reason=reason)
    shown = await browser.get(page)
    assert reason in shown.text
    assert 'value="approve-identity"' not in shown.text
    opening = await desk.admin.fetchval("select id::text from identity_openings")
    own = await browser.post(path, action="approve-identity", opening=opening)
    assert (own.status_code, "须由另一名身份保管人员审批" in own.text) == (409, True)

    await browser.sign_in("identity_officer", subject="lin")
    assert 'value="approve-identity"' in (await browser.get(page)).text
    assert (await browser.post(path, action="approve-identity", opening="rubbish")).status_code == 422
    assert (await browser.post(path, action="approve-identity", opening=opening)).status_code == 303
    assert 'value="release-identity"' in (await browser.get(page)).text
    file = await browser.post(path, action="release-identity", opening=opening)
    assert file.headers["content-disposition"] == 'attachment; filename="sealed-identity.json"'
    assert file.json()["format"] == "fundwarden-sealed-identity/1"
    assert "王小明" not in file.text
    assert [each["category"] for each in (await desk.look_up(receipt))["identity_openings"]] == ["verify_with_reporter"]
