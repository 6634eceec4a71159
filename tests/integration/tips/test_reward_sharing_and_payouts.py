"""Rewards of several reporters, exclusions, and the payout office that learns of no tip."""

import base64
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.kit.testing.clock import FixedClock
from services.tips.settings import TipsSettings
from services.tips.storage.payouts import Payee, SealedPayout, open_payout
from services.tips.storage.sealing import Unreadable
from tests.integration.tips.conftest import HOSPITAL, YUAN, Desk, Screening

CLAIM_PATH = "/tips/v1/lookup/reward-claim"
PAYEE = {"name": "收款人甲", "account": "6222029876543210987", "bank": "某银行"}


def private_key(settings: TipsSettings, name: str) -> bytes:
    """Return a private key that a development installation keeps apart from the service's."""
    return base64.b64decode((settings.state_directory / name).read_text())


class Matter:
    """Tips of one matter about a loss of 100,000 yuan, the first reporter's first."""

    def __init__(self, desk: Desk, screening: Screening) -> None:
        self.desk = desk
        self.screening = screening
        self.receipts: list[str] = []
        self.tips: list[UUID] = []
        self.large = UUID(int=0)

    async def substantiate(self, reporters: int, **fields: Any) -> None:
        self.large = await self.screening.confirm(70_000 * YUAN)
        small = await self.screening.confirm(30_000 * YUAN)
        for number in range(reporters):
            self.receipts.append(await self.desk.report(f"举报内容之{number}", **fields))
            self.tips.append(await self.desk.newest())
        for later in self.tips[1:]:
            await self.desk.done(self.tips[0], "merger", {"tip_id": str(later)})
        await self.desk.done(self.tips[0], "acceptance", {"institution_code": HOSPITAL})
        await self.desk.done(self.tips[0], "substantiation", {"finding_ids": [str(self.large), str(small)]})

    async def propose(self, **body: Any) -> dict[str, Any]:
        return await self.desk.done(self.tips[0], "reward-proposal", {"level": 1, **body})

    async def approve(self, amount_fen: int) -> dict[str, Any]:
        await self.desk.approve(self.tips[0], amount_fen, by="chen")
        return await self.desk.approve(self.tips[0], amount_fen, by="zhao")

    async def claim(self, place: int, payee: dict[str, str] | None = None) -> httpx.Response:
        body = {"receipt": self.receipts[place], "payee": payee}
        return await self.desk.client.post(CLAIM_PATH, json=body)

    async def office(self, path: str, body: Any = None, *, by: str = "cai", **claims: Any) -> httpx.Response:
        headers = self.desk.mint.bearer("payout_officer", subject=by, **claims)
        if path == "":
            return await self.desk.client.get("/tips/v1/payouts", headers=headers)
        return await self.desk.client.post(f"/tips/v1/payouts/{path}", json=body, headers=headers)


@pytest.fixture
def matter(desk: Desk, screening: Screening) -> Matter:
    return Matter(desk, screening)


async def test_a_merged_matter_pays_its_first_reporter_and_those_who_reported_together(matter: Matter, desk: Desk):
    await matter.substantiate(3)
    together = [{"tip_id": str(tip)} for tip in matter.tips[1:]]
    refused = await desk.post(matter.tips[0], "reward-proposal", {"level": 1, "decisive": [str(matter.tips[2])]})
    assert refused.json()["code"] == "first_reporter_only"
    proposed = await matter.propose(joint=together)
    assert proposed["total_fen"] == 3_000 * YUAN
    assert [(share["tip_id"], share["amount_fen"]) for share in proposed["shares"]] == [
        (str(tip), 1_000 * YUAN) for tip in matter.tips
    ]
    again = await desk.post(matter.tips[0], "reward-proposal", {"level": 1})
    assert again.json()["code"] == "repeated_otherwise"
    follower = await desk.post(matter.tips[1], "reward-proposal", {"level": 1})
    assert follower.json()["code"] == "tip_follows_another"
    await matter.approve(3_000 * YUAN)
    tokens = {(await matter.claim(place)).json()["payment_token"] for place in range(3)}
    assert len(tokens) == 3
    # Most of the case value falls: every share shrinks, needs its approvals anew, and its claim stays made.
    overturned = matter.screening.overturned(matter.large, 70_000 * YUAN)
    await matter.screening.handle([matter.screening.event(overturned)])
    answer = await desk.client.get(f"/tips/v1/tips/{matter.tips[1]}/reward", headers=desk.mint.bearer("tip_handler"))
    assert [(share["state"], share["amount_fen"]) for share in answer.json()] == [("proposed", 300 * YUAN)] * 3
    assert {share["state"] for share in (await matter.approve(900 * YUAN))["shares"]} == {"claimed"}


async def test_an_excluded_first_reporter_gives_way_to_the_next_and_both_approvers_decide_on_it(
    matter: Matter, desk: Desk
):
    await matter.substantiate(2)
    excluded = [{"tip_id": str(matter.tips[0]), "reason": "offender"}]
    proposed = await matter.propose(excluded=excluded)
    assert [(share["tip_id"], share["amount_fen"], share["exclusion"]) for share in proposed["shares"]] == [
        (str(matter.tips[1]), 3_000 * YUAN, None),
        (str(matter.tips[0]), 0, "offender"),
    ]
    await matter.approve(3_000 * YUAN)
    assert (await desk.look_up(matter.receipts[0]))["reward"]["state"] == "excluded"
    assert (await matter.claim(0)).status_code == 409
    assert (await matter.claim(1)).status_code == 200


async def test_a_proposal_is_turned_down_and_made_anew(matter: Matter, desk: Desk):
    await matter.substantiate(1)
    await matter.propose()
    headers = {"by": "chen", "role": "reward_approver"}
    assert (await desk.done(matter.tips[0], "reward-refusal", **headers))["state"] == "none"
    assert (await matter.propose(insider=True))["amount_fen"] == 3_600 * YUAN
    approved = await desk.post(matter.tips[0], "reward-extension", by="chen", role="reward_approver")
    assert approved.json()["code"] == "no_extension"
    table = await desk.client.get(
        f"/tips/v1/tips/{matter.tips[0]}/reward-table", headers=desk.mint.bearer("tip_handler")
    )
    assert (table.json()["version"], table.json()["verified"]) == ("guangdong-2023-draft", False)


async def test_the_payout_office_pays_by_token_and_the_desk_learns_neither_payee_nor_number(
    matter: Matter, desk: Desk, settings: TipsSettings, clock: FixedClock
):
    await matter.substantiate(1, region="440305")
    await matter.propose()
    await matter.approve(3_000 * YUAN)
    assert (await matter.claim(0, {"name": "只有姓名"})).status_code == 422
    claim = (await matter.claim(0, PAYEE)).json()
    assert (claim["payee_left"], claim["good_until"]) == (True, "2026-06-08")
    token = claim["payment_token"]
    assert (await matter.claim(0)).json()["payment_token"] == token

    listed = (await matter.office("")).json()
    assert len(listed) == 1
    assert set(listed[0]) == {
        *("payout_id", "state", "amount_fen", "claimed_on", "token_until", "payee_left"),
        *("transferred_by", "confirmed_by", "paid_fen", "paid_at", "reference"),
    }
    assert str(matter.tips[0]) not in str(listed)
    number = listed[0]["payout_id"]
    sealed = base64.b64decode((await matter.office(f"{number}/payee")).json()["sealed"])
    key = private_key(settings, "payout-office/tips-payout-office.key")
    opened = open_payout(sealed, key)
    assert opened == SealedPayout(Payee(PAYEE["name"], PAYEE["account"], PAYEE["bank"]), token)
    officer = private_key(settings, "officer/tips-identity-officer.key")
    with pytest.raises(Unreadable):
        open_payout(sealed, officer)

    made = await matter.office("transfers", {"payment_token": token, "reference": "V-1"})
    assert (made.json()["payout_id"], made.json()["state"]) == (number, "paying")
    assert (await matter.office(f"{number}/confirmation")).json()["code"] == "own_transfer"
    assert (await matter.office(f"{number}/return", by="wu")).json()["state"] == "claimed"
    await matter.office("transfers", {"payment_token": token, "reference": "V-2"})
    assert (await matter.office(f"{number}/confirmation", by="chen")).json()["code"] == "own_approval"
    paid = (await matter.office(f"{number}/confirmation", by="wu")).json()
    assert (paid["state"], paid["paid_fen"], paid["payee_left"]) == ("paid", 3_000 * YUAN, False)
    assert await desk.admin.fetchval("select payee from payouts") is None
    assert (await matter.office("")).json() == []
    assert (await matter.office(f"{number}/payee")).json()["code"] == "no_payee"

    page = await desk.read(matter.tips[0])
    for secret in (token, number, PAYEE["name"], PAYEE["account"]):
        assert secret not in str(page)
    assert [row["action"] for row in page["log"]][-5:] == [
        *("payee_opened", "reward_transferred", "reward_returned", "reward_transferred", "reward_paid"),
    ]
    # Nor does a payout officer see a tip, or a handler a payout.
    office = desk.mint.bearer("payout_officer")
    assert (await desk.client.get(f"/tips/v1/tips/{matter.tips[0]}", headers=office)).status_code == 403
    handler = desk.mint.bearer("tip_handler")
    assert (await desk.client.get("/tips/v1/payouts", headers=handler)).status_code == 403


async def test_payouts_of_another_region_are_not_there(matter: Matter):
    await matter.substantiate(1, region="440305")
    await matter.propose()
    await matter.approve(3_000 * YUAN)
    token = (await matter.claim(0, PAYEE)).json()["payment_token"]
    number = (await matter.office("", region="440300")).json()[0]["payout_id"]
    assert (await matter.office("", region="450000")).json() == []
    assert (await matter.office(f"{number}/payee", region="450000")).status_code == 404
    elsewhere = await matter.office("transfers", {"payment_token": token, "reference": "V-1"}, region="450000")
    assert elsewhere.json()["code"] == "wrong_payment_token"


async def test_an_expired_token_is_fetched_anew_and_takes_the_payee_sealed_beside_it_with_it(
    matter: Matter, clock: FixedClock
):
    await matter.substantiate(1)
    await matter.propose()
    await matter.approve(3_000 * YUAN)
    old = (await matter.claim(0, PAYEE)).json()["payment_token"]
    clock.advance(timedelta(days=91))
    expired = await matter.office("transfers", {"payment_token": old, "reference": "V-1"})
    assert expired.json()["code"] == "payment_token_expired"
    renewed = (await matter.claim(0)).json()
    assert (renewed["payment_token"] == old, renewed["payee_left"]) == (False, False)
    assert (await matter.office("transfers", {"payment_token": old, "reference": "V-1"})).status_code == 409
    body = {"payment_token": renewed["payment_token"], "reference": "V-1"}
    assert (await matter.office("transfers", body)).json()["state"] == "paying"
