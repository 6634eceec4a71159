"""Social supervisors report under their appointment, for its term, in its region, and of nothing that is theirs."""

from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from services.kit.testing.clock import FixedClock
from tests.integration.tips.conftest import HOSPITAL, YUAN, Desk, Screening

PATH = "/tips/v1/supervisors"
APPOINTMENT = {
    "subject": "wei",
    "certificate": "JD-001",
    "region": "440000",
    "term_from": "2026-03-10",
    "term_until": "2026-04-09",
}
REPORT = {"kind": "false_admission", "text": "巡查发现挂床住院", "institution_code": HOSPITAL, "region": "440305"}


class Watch:
    """A supervisor, and who appoints."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def appoint(self, *, region: str | None = None, by: str = "li", **changes: Any) -> httpx.Response:
        headers = self.desk.mint.bearer("tip_supervisor", subject=by, region=region)
        return await self.desk.client.post(PATH, json=APPOINTMENT | changes, headers=headers)

    async def own(self, path: str, body: Any = None, *, by: str = "wei") -> httpx.Response:
        headers = self.desk.mint.bearer("social_supervisor", subject=by)
        if body is None:
            return await self.desk.client.get(f"{PATH}/{path}", headers=headers)
        return await self.desk.client.post(f"{PATH}/{path}", json=body, headers=headers)


@pytest.fixture
def watch(desk: Desk) -> Watch:
    return Watch(desk)


async def test_a_supervisor_reports_in_the_term_and_the_queue_shows_it(watch: Watch, desk: Desk, clock: FixedClock):
    assert (await watch.own("me/reports", REPORT)).json()["code"] == "no_appointment"
    appointed = (await watch.appoint()).json()
    assert (appointed["acts"], appointed["reported"]) == (True, 0)
    assert (await watch.appoint(certificate="JD-002")).json()["code"] == "terms_overlap"
    assert (await watch.appoint(subject="other")).json()["code"] == "certificate_taken"
    made = await watch.own("me/reports", REPORT)
    assert made.status_code == 201
    tip_id = await desk.newest()
    page = await desk.read(tip_id)
    assert page["channel"] == "supervisor"
    assert "wei" not in str(page)
    await desk.done(tip_id, "acceptance", {"institution_code": HOSPITAL})
    mine = (await watch.own("me")).json()
    assert [(each["reported"], each["accepted"], each["substantiated"]) for each in mine] == [(1, 1, 0)]
    assert (await desk.look_up(made.json()["receipt"]))["status"] == "accepted"
    clock.advance(timedelta(days=30))  # 9 April, the last day
    assert (await watch.own("me/reports", REPORT)).status_code == 201
    clock.advance(timedelta(days=1))
    assert (await watch.own("me/reports", REPORT)).json()["code"] == "no_appointment"


async def test_recusal_region_and_the_end_of_an_appointment_hold(watch: Watch, desk: Desk):
    assert (await watch.appoint(region="450000")).status_code == 403
    appointed = (await watch.appoint(region="440000")).json()
    outside = await watch.own("me/reports", REPORT | {"institution_code": None, "region": "450100"})
    assert outside.json()["code"] == "outside_appointment"
    assert (await watch.own("me/interests", {"institution_code": HOSPITAL})).status_code == 204
    assert (await watch.own("me/reports", REPORT)).json()["code"] == "recused"
    path = f"{PATH}/{appointed['supervisor_id']}/end"
    elsewhere = desk.mint.bearer("tip_supervisor", region="450000")
    assert (await desk.client.post(path, headers=elsewhere)).status_code == 404
    assert (await desk.client.get(PATH, headers=elsewhere)).json() == []
    ended = await desk.client.post(path, headers=desk.mint.bearer("tip_supervisor", region="440000"))
    assert ended.json()["acts"] is False
    other = REPORT | {"institution_code": None}
    assert (await watch.own("me/reports", other)).json()["code"] == "no_appointment"
    handler = desk.mint.bearer("tip_handler")
    assert (await desk.client.post(PATH, json=APPOINTMENT, headers=handler)).status_code == 403


async def test_a_supervisor_gets_no_reward_where_the_policy_says_so_and_no_clerk_enters_as_one(
    watch: Watch, desk: Desk, screening: Screening, admin: asyncpg.Connection
):
    await watch.appoint()
    finding = await screening.confirm(100_000 * YUAN)
    await watch.own("me/reports", REPORT)
    tip_id = await desk.newest()
    await desk.done(tip_id, "acceptance", {"institution_code": HOSPITAL})
    await desk.done(tip_id, "substantiation", {"finding_ids": [str(finding)]})
    refused = await desk.post(tip_id, "reward-proposal", {"level": 1})
    assert refused.json()["code"] == "supervisor_not_rewarded"
    # Another province's table does not say so.
    await admin.execute("update tips set region = '430100' where id = $1", tip_id)
    assert (await desk.done(tip_id, "reward-proposal", {"level": 1}))["amount_fen"] == 10_000 * YUAN
    entry = {"kind": "other", "text": "代为登记", "channel": "supervisor"}
    clerk = desk.mint.bearer("tip_clerk")
    assert (await desk.client.post("/tips/v1/entries", json=entry, headers=clerk)).status_code == 422
