"""The opening of identities over HTTP: two officers, a reason, a log, and a reporter who is told."""

import json
from base64 import b64decode
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.kit.testing.clock import FixedClock
from services.tips.storage.handling_log import verify
from services.tips.storage.sealing import Unreadable, open_identity
from tests.integration.tips.conftest import HOSPITAL, Desk

NAMED = {"identity": {"name": "王小明", "phone": "13800000000", "id_number": "440000199001010001"}}
REASON = {"category": "verify_with_reporter", "reason": "需要核实举报人所述住院时间"}


class Officers:
    """The two officers, and whoever else tries."""

    def __init__(self, desk: Desk, tip_id: UUID) -> None:
        self.desk = desk
        self.tip_id = tip_id

    async def post(self, by: str, step: str = "", body: Any = None, role: str = "identity_officer") -> Any:
        headers = self.desk.mint.bearer(role, subject=by)
        path = f"/tips/v1/tips/{self.tip_id}/identity-openings{step}"
        return await self.desk.client.post(path, json=body, headers=headers)

    async def request(self, by: str = "shen") -> str:
        answer = await self.post(by, body=REASON)
        assert answer.status_code == 201, answer.text
        opening: str = answer.json()["opening_id"]
        return opening


@pytest.fixture
async def officers(desk: Desk) -> Officers:
    await desk.report(**NAMED)
    return Officers(desk, await desk.newest())


def private_key(tmp_path: Path) -> bytes:
    return b64decode((tmp_path / "officer" / "tips-identity-officer.key").read_text())


async def test_two_officers_open_an_identity_and_the_reporter_sees_it(
    desk: Desk, clock: FixedClock, resources, tmp_path: Path
):
    receipt = await desk.report(**NAMED)
    officers = Officers(desk, await desk.newest())
    opening = await officers.request("shen")
    assert (await officers.post("shen", f"/{opening}/release")).json()["code"] == "wrong_opening_state"
    assert (await officers.post("shen", f"/{opening}/decision", {"approve": True})).json()["code"] == "second_officer"
    assert (await officers.post("lin", f"/{opening}/decision", {"approve": True})).status_code == 200
    assert (await desk.look_up(receipt))["identity_openings"] == []
    assert (await officers.post("wu", f"/{opening}/release")).json()["code"] == "not_your_opening"
    released = (await officers.post("shen", f"/{opening}/release")).json()
    blob = b64decode(released["sealed"])
    identity = open_identity(blob, private_key(tmp_path))
    assert (identity.name, identity.id_number) == ("王小明", "440000199001010001")
    keys = resources.keys
    for held in (keys.receipt_salt, keys.identity_public, keys.filing_seed, keys.keyring().current.private):
        with pytest.raises(Unreadable):
            open_identity(blob, held)
    assert (await desk.look_up(receipt))["identity_openings"] == [
        {"on": "2026-03-10", "category": "verify_with_reporter"}
    ]
    page = await desk.client.post("/tips/receipt", data={"receipt": receipt})
    assert "向举报人核实情况" in page.text
    log = [(step["actor"], step["action"]) for step in (await desk.read(officers.tip_id))["log"][1:]]
    assert log == [("shen", "identity_requested"), ("lin", "identity_approved"), ("shen", "identity_released")]
    async with resources.database.reading() as session:
        assert await verify(session) is None
    listed = await desk.client.get(
        f"/tips/v1/tips/{officers.tip_id}/identity-openings", headers=desk.mint.bearer("identity_officer")
    )
    assert listed.json()[0]["reason"] == REASON["reason"]
    assert REASON["reason"].encode().hex() not in await desk.admin.fetchval(
        "select string_agg(t::text, ' ') from identity_openings t"
    )


async def test_whoever_handled_the_tip_takes_no_part(desk: Desk, officers: Officers):
    await desk.done(officers.tip_id, "acceptance", {"institution_code": HOSPITAL}, by="zhang")
    assert (await officers.post("zhang", body=REASON)).json()["code"] == "handled_the_tip"
    opening = await officers.request("shen")
    decided = await officers.post("zhang", f"/{opening}/decision", {"approve": True})
    assert decided.json()["code"] == "handled_the_tip"


async def test_handlers_and_approvers_have_no_part_in_it_at_all(officers: Officers):
    for role in ("tip_handler", "reward_approver", "auditor", "supervisor", "operator"):
        assert (await officers.post("x", body=REASON, role=role)).status_code == 403


async def test_a_reason_must_be_given_and_a_nameless_tip_has_no_identity(desk: Desk, officers: Officers):
    for body in ({"category": "pay_reward"}, {**REASON, "reason": "短"}, {**REASON, "category": "curiosity"}):
        assert (await officers.post("shen", body=body)).status_code == 422
    await desk.report()
    nameless = Officers(desk, await desk.newest())
    assert (await nameless.post("shen", body=REASON)).json()["code"] == "no_identity"
    opening = await officers.request()
    assert (await nameless.post("lin", f"/{opening}/decision", {"approve": True})).status_code in {404, 409}


async def test_a_refused_request_and_a_lapsed_approval_release_nothing(officers: Officers, clock: FixedClock):
    refused, approved = await officers.request(), await officers.request()
    await officers.post("lin", f"/{refused}/decision", {"approve": False})
    assert (await officers.post("shen", f"/{refused}/release")).json()["code"] == "wrong_opening_state"
    await officers.post("lin", f"/{approved}/decision", {"approve": True})
    clock.advance(__import__("datetime").timedelta(days=7, seconds=1))
    # A token of its own day: the first has expired by now.
    assert (await officers.post("shen", f"/{approved}/release")).json()["code"] == "approval_lapsed"


async def test_the_keys_identities_are_sealed_for_are_listed(desk: Desk, officers: Officers, resources):
    listed = await desk.client.get("/tips/v1/identity-keys", headers=desk.mint.bearer("identity_officer"))
    assert listed.json() == [{"key_id": resources.sealer.officer_key_id, "identities": 1, "current": True}]
    assert json.dumps(NAMED["identity"]["name"]) not in listed.text
