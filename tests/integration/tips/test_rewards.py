"""The reward from proposal to payout, and what an overturned finding takes back."""

import asyncio
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from services.kit.testing.clock import FixedClock
from tests.integration.tips.conftest import HOSPITAL, YUAN, Desk, Screening

CLAIM_PATH = "/tips/v1/lookup/reward-claim"


class Case:
    """A substantiated tip over two findings of 60,000 and 40,000 yuan."""

    def __init__(self, desk: Desk, screening: Screening) -> None:
        self.desk = desk
        self.screening = screening
        self.receipt = ""
        self.tip_id = UUID(int=0)
        self.large = UUID(int=0)
        self.small = UUID(int=0)

    async def substantiate(self) -> None:
        self.large = await self.screening.confirm(60_000 * YUAN)
        self.small = await self.screening.confirm(40_000 * YUAN)
        self.receipt = await self.desk.report()
        self.tip_id = await self.desk.newest()
        await self.desk.done(self.tip_id, "acceptance", {"institution_code": HOSPITAL})
        body = {"finding_ids": [str(self.large), str(self.small)]}
        await self.desk.done(self.tip_id, "substantiation", body)

    async def approve(self) -> None:
        await self.desk.done(self.tip_id, "reward-proposal", {"level": 1})
        await self.desk.approve(self.tip_id, 3_000 * YUAN, by="chen")
        await self.desk.approve(self.tip_id, 3_000 * YUAN, by="zhao")

    async def claim(self) -> str:
        answer = await self.desk.client.post(CLAIM_PATH, json={"receipt": self.receipt})
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["payment_token"]
        return token

    async def transfer(self, token: str, reference: str = "V-2026-1", by: str = "cai") -> httpx.Response:
        body = {"payment_token": token, "reference": reference}
        headers = self.desk.mint.bearer("payout_officer", subject=by)
        return await self.desk.client.post("/tips/v1/payouts/transfers", json=body, headers=headers)

    async def second(self, payout_id: str, step: str = "confirmation", by: str = "wu") -> httpx.Response:
        headers = self.desk.mint.bearer("payout_officer", subject=by)
        return await self.desk.client.post(f"/tips/v1/payouts/{payout_id}/{step}", headers=headers)

    async def pay(self, token: str, reference: str = "V-2026-1") -> dict:
        made = await self.transfer(token, reference)
        assert made.status_code == 200, made.text
        paid = await self.second(made.json()["payout_id"])
        assert paid.status_code == 200, paid.text
        document: dict = paid.json()
        return document

    async def overturn(self, finding_id: UUID, amount_fen: int) -> None:
        await self.screening.handle([self.screening.event(self.screening.overturned(finding_id, amount_fen))])

    async def reward(self) -> dict:
        reward: dict = (await self.desk.read(self.tip_id))["reward"]
        return reward

    async def ledger(self) -> list[tuple[str, int]]:
        return [(entry["cause"], entry["amount_fen"]) for entry in (await self.desk.read(self.tip_id))["case_value"]]


@pytest.fixture
async def case(desk: Desk, screening: Screening) -> Case:
    case = Case(desk, screening)
    await case.substantiate()
    return case


async def test_a_reward_goes_from_proposal_to_payout_and_the_desk_learns_no_name(case: Case, desk: Desk):
    proposed = await desk.done(case.tip_id, "reward-proposal", {"level": 1, "insider": True})
    assert (proposed["state"], proposed["amount_fen"]) == ("proposed", 3_600 * YUAN)
    assert proposed["policy_version"] == "guangdong-2023-draft"
    assert await desk.done(case.tip_id, "reward-proposal", {"level": 1, "insider": True}, by="li") == proposed
    assert (await desk.look_up(case.receipt))["reward"] == {
        "state": "proposed",
        "amount_fen": None,
        "claim_until": None,
    }
    await desk.approve(case.tip_id, 3_600 * YUAN, by="chen")
    assert (await desk.approve(case.tip_id, 3_600 * YUAN, by="chen"))["state"] == "proposed"
    approved = await desk.approve(case.tip_id, 3_600 * YUAN, by="zhao")
    assert (approved["state"], approved["claim_until"]) == ("approved", "2026-05-10")
    assert (await desk.look_up(case.receipt))["reward"]["amount_fen"] == 3_600 * YUAN
    token = await case.claim()
    assert await case.claim() == token
    paid = await case.pay(token)
    assert (paid["state"], paid["paid_fen"]) == ("paid", 3_600 * YUAN)
    assert await case.pay(token) == paid
    assert (await case.transfer(token, "V-2026-2")).status_code == 409
    assert (await desk.look_up(case.receipt))["reward"]["state"] == "paid"
    assert (await desk.client.post(CLAIM_PATH, json={"receipt": case.receipt})).status_code == 409


async def test_a_changed_proposal_an_own_approval_and_another_amount_are_refused(case: Case, desk: Desk):
    await desk.done(case.tip_id, "reward-proposal", {"level": 1})
    changed = await desk.post(case.tip_id, "reward-proposal", {"level": 2})
    assert changed.json()["code"] == "repeated_otherwise"
    body = {"amount_fen": 3_000 * YUAN}
    own = await desk.post(case.tip_id, "reward-approval", body, by="zhang", role="reward_approver")
    assert own.json()["code"] == "own_proposal"
    other = await desk.post(case.tip_id, "reward-approval", {"amount_fen": 1}, by="chen", role="reward_approver")
    assert other.json()["code"] == "reward_amount_changed"


async def test_nothing_is_rewarded_before_it_is_substantiated(desk: Desk):
    await desk.report()
    tip_id = await desk.newest()
    answer = await desk.post(tip_id, "reward-proposal", {"level": 1})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_substantiated")
    approval = await desk.post(tip_id, "reward-approval", {"amount_fen": 1}, by="chen", role="reward_approver")
    assert approval.status_code == 404


async def test_a_reward_lapses_two_months_after_its_approval(case: Case, desk: Desk, clock: FixedClock):
    await case.approve()
    clock.advance(timedelta(days=61))  # 10 May, the last day
    assert (await desk.look_up(case.receipt))["reward"]["state"] == "approved"
    clock.advance(timedelta(days=1))
    assert (await desk.look_up(case.receipt))["reward"]["state"] == "lapsed"
    answer = await desk.client.post(CLAIM_PATH, json={"receipt": case.receipt})
    assert (answer.status_code, answer.json()["code"]) == (409, "reward_lapsed")


async def test_a_wrong_token_is_not_paid(case: Case, desk: Desk):
    await case.approve()
    await case.claim()
    answer = await case.transfer("A" * 26)
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_payment_token")


async def test_an_overturned_finding_shrinks_an_approved_reward_and_its_approvals_fall(case: Case, desk: Desk):
    await case.approve()
    await case.overturn(case.large, 60_000 * YUAN)
    assert await case.ledger() == [
        ("finding", 60_000 * YUAN),
        ("finding", 40_000 * YUAN),
        ("finding_fallen", -60_000 * YUAN),
    ] or await case.ledger() == [
        ("finding", 40_000 * YUAN),
        ("finding", 60_000 * YUAN),
        ("finding_fallen", -60_000 * YUAN),
    ]
    reward = await case.reward()
    assert (reward["state"], reward["amount_fen"], reward["approvers"]) == ("proposed", 1_200 * YUAN, [])
    answer = await desk.client.post(CLAIM_PATH, json={"receipt": case.receipt})
    assert answer.status_code == 409
    await desk.approve(case.tip_id, 1_200 * YUAN, by="chen")
    assert (await desk.approve(case.tip_id, 1_200 * YUAN, by="zhao"))["state"] == "approved"


async def test_a_finding_is_taken_back_once_however_often_and_in_whatever_way_it_falls(
    case: Case, desk: Desk, screening: Screening
):
    await case.approve()
    event = screening.event(screening.overturned(case.small, 40_000 * YUAN))
    await screening.handle([event, event])
    await screening.handle([event])
    await asyncio.gather(*(case.overturn(case.small, 40_000 * YUAN) for _ in range(3)))
    await screening.handle([screening.event(screening.withdrawn(case.small))])
    assert [amount for cause, amount in await case.ledger() if cause == "finding_fallen"] == [-40_000 * YUAN]
    assert (await case.reward())["amount_fen"] == 1_800 * YUAN
    fallen = [row for row in (await desk.read(case.tip_id))["log"] if row["action"] == "finding_fallen"]
    assert [row["actor"] for row in fallen] == ["screening.finding.overturned.v1"]
    # Two confirmations, and of the falls one event seen four times, three of their own, one withdrawal.
    assert await desk.admin.fetchval("select count(*) from inbox") == 7


async def test_a_withdrawn_finding_is_taken_back_with_the_amount_it_brought_in(case: Case, screening: Screening):
    await screening.handle([screening.event(screening.withdrawn(case.large))])
    assert ("finding_fallen", -60_000 * YUAN) in await case.ledger()


async def test_a_claim_survives_a_smaller_amount_and_its_token_is_paid(case: Case, desk: Desk):
    await case.approve()
    token = await case.claim()
    await case.overturn(case.large, 60_000 * YUAN)
    assert (await case.transfer(token)).json()["code"] == "wrong_reward_state"
    await desk.approve(case.tip_id, 1_200 * YUAN, by="chen")
    assert (await desk.approve(case.tip_id, 1_200 * YUAN, by="zhao"))["state"] == "claimed"
    assert await case.claim() == token
    assert (await case.pay(token))["paid_fen"] == 1_200 * YUAN


async def test_a_paid_reward_is_flagged_over_paid(case: Case):
    await case.approve()
    await case.pay(await case.claim())
    await case.overturn(case.large, 60_000 * YUAN)
    reward = await case.reward()
    assert (reward["state"], reward["paid_fen"], reward["over_paid_fen"]) == ("paid", 3_000 * YUAN, 1_800 * YUAN)
    await case.overturn(case.small, 40_000 * YUAN)
    reward = await case.reward()
    assert (reward["case_value_fen"], reward["over_paid_fen"]) == (0, 3_000 * YUAN)


async def test_when_all_findings_fall_no_reward_is_left(case: Case, desk: Desk, screening: Screening):
    await case.approve()
    falls = [screening.overturned(case.large, 60_000 * YUAN), screening.overturned(case.small, 40_000 * YUAN)]
    await screening.handle([screening.event(fact) for fact in falls])
    assert (await case.reward())["state"] == "none"
    answer = await desk.post(case.tip_id, "reward-proposal", {"level": 1})
    assert answer.json()["code"] == "no_loss"


async def test_a_finding_shared_by_two_tips_is_taken_back_from_both(case: Case, desk: Desk):
    await desk.report("另一位举报人")
    second = await desk.newest()
    await desk.done(second, "acceptance", {"institution_code": HOSPITAL})
    await desk.done(second, "substantiation", {"finding_ids": [str(case.large)], "case_value_fen": 70_000 * YUAN})
    await case.overturn(case.large, 60_000 * YUAN)
    assert sum(amount for _, amount in await case.ledger()) == 40_000 * YUAN
    assert sum(entry["amount_fen"] for entry in (await desk.read(second))["case_value"]) == 10_000 * YUAN


async def test_a_finding_that_fell_before_its_confirmation_arrived_stays_fallen(desk: Desk, screening: Screening):
    finding = UUID(int=77)
    await screening.handle([screening.event(screening.withdrawn(finding))])
    await screening.confirm(100_000, finding_id=finding)
    await desk.report()
    tip_id = await desk.newest()
    await desk.done(tip_id, "acceptance", {"institution_code": HOSPITAL})
    answer = await desk.post(tip_id, "substantiation", {"finding_ids": [str(finding)]})
    assert answer.json()["errors"][0]["code"] == "finding_fallen"


async def test_overturning_and_substantiating_at_once_lose_nothing(desk: Desk, screening: Screening):
    """Whichever comes first, the tip never keeps an amount of a fallen finding."""
    for _ in range(5):
        findings = [await screening.confirm(10_000 * YUAN) for _ in range(3)]
        await desk.report()
        tip_id = await desk.newest()
        await desk.done(tip_id, "acceptance", {"institution_code": HOSPITAL})
        body = {"finding_ids": [str(finding) for finding in findings]}
        falls = [screening.event(screening.overturned(finding, 10_000 * YUAN)) for finding in reversed(findings)]
        await asyncio.gather(desk.post(tip_id, "substantiation", body), screening.handle(falls))
        ledger = (await desk.read(tip_id))["case_value"]
        assert sum(entry["amount_fen"] for entry in ledger) == 0
