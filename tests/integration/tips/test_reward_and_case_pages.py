"""The desk's pages for rewards, payouts, cases and supervisors, as forms without scripts."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.integration.tips.conftest import HOSPITAL, YUAN, Desk, Screening
from tests.integration.tips.test_publications import CASE
from tests.integration.tips.test_supervisors import APPOINTMENT


class Pages:
    """People of the desk with their browsers."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def get(self, path: str, role: str, by: str = "zhang", **claims: Any) -> httpx.Response:
        headers = self.desk.mint.bearer(role, subject=by, **claims)
        return await self.desk.client.get(f"/tips/desk/{path}".rstrip("/"), headers=headers)

    async def send(self, path: str, role: str, by: str, **fields: Any) -> httpx.Response:
        headers = self.desk.mint.bearer(role, subject=by)
        return await self.desk.client.post(f"/tips/desk/{path}", data=fields, headers=headers)

    async def sent(self, path: str, role: str, by: str, **fields: Any) -> None:
        answer = await self.send(path, role, by, **fields)
        assert answer.status_code == 303, answer.text


@pytest.fixture
def pages(desk: Desk) -> Pages:
    return Pages(desk)


async def substantiated(desk: Desk, screening: Screening) -> tuple[str, UUID]:
    finding = await screening.confirm(100_000 * YUAN)
    receipt = await desk.report()
    tip_id = await desk.newest()
    await desk.done(tip_id, "acceptance", {"institution_code": HOSPITAL})
    await desk.done(tip_id, "substantiation", {"finding_ids": [str(finding)]})
    return receipt, tip_id


async def test_a_reward_is_proposed_approved_claimed_and_paid_on_pages(pages: Pages, desk: Desk, screening: Screening):
    receipt, tip_id = await substantiated(desk, screening)
    assert "/reward" in (await pages.get(f"tips/{tip_id}", "tip_handler")).text
    path = f"tips/{tip_id}/reward"
    form = await pages.get(path, "tip_handler")
    assert "提出奖励" in form.text
    assert "数字未与原文核对" in form.text
    assert (await pages.send(path, "tip_handler", "zhang", action="propose", level="9")).status_code == 422
    assert (await pages.send(path, "reward_approver", "chen", action="propose", level="1")).status_code == 403
    await pages.sent(path, "tip_handler", "zhang", action="propose", level="1", insider="yes")
    assert "批准 ¥3,600.00" in (await pages.get(path, "reward_approver", "chen")).text
    changed = await pages.send(path, "reward_approver", "chen", action="approve", amount_fen="1")
    assert changed.status_code == 409
    for approver in ("chen", "zhao"):
        await pages.sent(path, "reward_approver", approver, action="approve", amount_fen=str(3_600 * YUAN))

    body = {"receipt": receipt, "action": "reward-claim", "payee_name": "甲"}
    incomplete = await desk.client.post("/tips/receipt", data=body)
    assert (incomplete.status_code, "银行账号，或全部留空" in incomplete.text) == (422, True)
    claimed = await desk.client.post("/tips/receipt", data=body | {"payee_account": "6222029876543210987"})
    token = claimed.text.split('class="token">')[1].split("<")[0]
    assert "只有发放机构能打开" in claimed.text
    assert "6222029876543210987" not in claimed.text

    listed = (await pages.get("payouts", "payout_officer", "cai")).text
    assert (str(tip_id) in listed, "下载密封收款信息" in listed) == (False, True)
    number = await desk.admin.fetchval("select id::text from payouts")
    sealed = await pages.send(f"payouts/{number}/payee", "payout_officer", "cai")
    assert sealed.json()["format"] == "fundwarden-sealed-payee/1"
    transfer = {"action": "transfer", "payment_token": token, "reference": "V-1"}
    assert (await pages.send("payouts", "payout_officer", "cai", **transfer | {"reference": ""})).status_code == 422
    await pages.sent("payouts", "payout_officer", "cai", **transfer)
    own = await pages.send("payouts", "payout_officer", "cai", action="confirm", payout_id=number)
    assert own.status_code == 409
    await pages.sent("payouts", "payout_officer", "wu", action="confirm", payout_id=number)
    assert "没有待发放的奖励" in (await pages.get("payouts", "payout_officer", "cai")).text
    assert (await pages.get("payouts", "tip_handler")).status_code == 403
    assert (await pages.get(path, "reward_approver", "chen", region="450000")).status_code == 404


async def test_a_case_is_written_approved_and_withdrawn_on_pages(pages: Pages, desk: Desk):
    await pages.sent("cases", "tip_handler", "zhang", action="write", **CASE)
    assert (
        await pages.send("cases", "tip_handler", "zhang", action="write", **CASE | {"month": "2026"})
    ).status_code == 422
    page = (await pages.get("cases", "tip_supervisor", "li")).text
    assert "该地区同类案件较少" in page
    number = await desk.admin.fetchval("select id::text from typical_cases")
    step = {"action": "publish", "case_id": number}
    assert (await pages.send("cases", "tip_handler", "wang", **step)).status_code == 403
    assert (await pages.send("cases", "tip_supervisor", "li", **step)).status_code == 409
    await pages.sent("cases", "tip_supervisor", "li", **step, confirmed="rare_in_region")
    assert CASE["title"] in (await desk.client.get("/tips/public/cases")).text
    await pages.sent("cases", "tip_supervisor", "li", action="withdraw", case_id=number)
    assert CASE["title"] not in (await desk.client.get("/tips/public/cases")).text


async def test_a_supervisor_is_appointed_reports_and_is_recused_on_pages(pages: Pages, desk: Desk):
    await pages.sent("supervisors", "tip_supervisor", "li", action="appoint", **APPOINTMENT)
    assert "JD-001" in (await pages.get("supervisors", "tip_supervisor", "li")).text
    home = await pages.get("", "social_supervisor", "wei")
    assert home.headers["location"] == "/tips/desk/supervision"
    form = {"kind": "other", "text": "巡查发现", "region": "440305", "action": "send"}
    receipt = await pages.send("supervision", "social_supervisor", "wei", **form)
    assert (receipt.status_code, 'href="/tips/desk/supervision"' in receipt.text) == (201, True)
    assert "社会监督员" in (await pages.get("", "tip_handler")).text
    wrong = await pages.send("supervision", "social_supervisor", "wei", **form | {"text": ""})
    assert wrong.status_code == 422
    await pages.sent("supervision", "social_supervisor", "wei", action="recuse", own_institution=HOSPITAL)
    recused = await pages.send("supervision", "social_supervisor", "wei", **form, institution_code=HOSPITAL)
    assert "申报回避" in recused.text
    assert recused.status_code == 409
    number = await desk.admin.fetchval("select id::text from supervisors")
    await pages.sent("supervisors", "tip_supervisor", "li", action="end", supervisor_id=number)
    assert (await pages.send("supervision", "social_supervisor", "wei", **form)).status_code == 409
