"""Taking a paid reward back: two persons demand, the reporter sees it, the office counts what comes, one may waive."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.kit.testing.clock import FixedClock
from services.tips.domain.retention import ENDINGS, RetentionPolicy
from services.tips.public_wiring import build_publish_statistics
from services.tips.use_cases.erase_tips import EraseTips
from services.tips.wiring import Resources
from tests.integration.tips.conftest import YUAN, Desk, Screening
from tests.integration.tips.test_rewards import Case

OFFICE = "/tips/v1/repayments"
PAID, OVER_PAID = 3_000 * YUAN, 1_800 * YUAN
VALUE = {"reason": "case_value_reduced", "amount_fen": OVER_PAID}


class Reclaim:
    """A reward of 3,000 yuan that was paid, 1,800 of it too much after a finding fell."""

    def __init__(self, case: Case, desk: Desk) -> None:
        self.case = case
        self.desk = desk

    async def propose(self, body: dict[str, Any] | None = None, *, by: str = "zhang") -> httpx.Response:
        return await self.desk.post(self.case.tip_id, "reward-reclaims", body or VALUE, by=by)

    async def decide(self, step: str, body: Any = None, *, number: int = 1, by: str = "chen") -> httpx.Response:
        path = f"reward-reclaims/{number}/{step}"
        return await self.desk.post(self.case.tip_id, path, body, by=by, role="reward_approver")

    async def demand(self, amount_fen: int = OVER_PAID) -> str:
        """Demand, and return the number that the reporter is shown."""
        assert (await self.propose(VALUE | {"amount_fen": amount_fen})).status_code == 201
        made = await self.decide("approval", {"amount_fen": amount_fen})
        assert made.status_code == 200, made.text
        number: str = (await self.seen())[0]["repayment_number"]
        return number

    async def seen(self) -> list[dict[str, Any]]:
        """What the reporter sees."""
        shown: list[dict[str, Any]] = (await self.desk.look_up(self.case.receipt))["reclaims"]
        return shown

    async def repay(
        self, number: str, amount_fen: int, reference: str = "R-1", *, by: str = "cai", **claims: Any
    ) -> httpx.Response:
        body = {"repayment_number": number, "amount_fen": amount_fen, "reference": reference}
        headers = self.desk.mint.bearer("payout_officer", subject=by, **claims)
        return await self.desk.client.post(OFFICE, json=body, headers=headers)

    async def due(self, **claims: Any) -> list[dict[str, Any]]:
        headers = self.desk.mint.bearer("payout_officer", subject="cai", **claims)
        found: list[dict[str, Any]] = (await self.desk.client.get(OFFICE, headers=headers)).json()
        return found

    async def listed(self) -> list[dict[str, Any]]:
        answer = await self.desk.client.get(
            f"/tips/v1/tips/{self.case.tip_id}/reward-reclaims", headers=self.desk.mint.bearer("tip_handler")
        )
        found: list[dict[str, Any]] = answer.json()
        return found


@pytest.fixture
async def reclaim(desk: Desk, screening: Screening) -> Reclaim:
    case = Case(desk, screening)
    await case.substantiate()
    await case.approve()
    await case.pay(await case.claim())
    await case.overturn(case.large, 60_000 * YUAN)
    return Reclaim(case, desk)


async def test_a_demand_goes_from_two_persons_to_the_reporter_and_is_repaid_in_parts(reclaim: Reclaim, desk: Desk):
    proposed = await reclaim.propose()
    assert (proposed.status_code, proposed.json()["state"]) == (201, "proposed")
    assert (await reclaim.propose(by="li")).json() == proposed.json()
    assert await reclaim.seen() == [], "what is only proposed is not the reporter's"
    assert await reclaim.due() == []
    own = await reclaim.decide("approval", {"amount_fen": OVER_PAID}, by="zhang")
    assert (own.status_code, own.json()["code"]) == (409, "own_reclaim")
    other = await reclaim.decide("approval", {"amount_fen": OVER_PAID - 1})
    assert other.json()["code"] == "reclaim_amount_changed"
    demanded = (await reclaim.decide("approval", {"amount_fen": OVER_PAID})).json()
    assert (demanded["state"], demanded["outstanding_fen"]) == ("demanded", OVER_PAID)
    assert (await reclaim.decide("approval", {"amount_fen": OVER_PAID})).json() == demanded

    (seen,) = await reclaim.seen()
    number = seen.pop("repayment_number")
    assert seen == {
        "state": "demanded",
        "reason": "case_value_reduced",
        "amount_fen": OVER_PAID,
        "repaid_fen": 0,
        "outstanding_fen": OVER_PAID,
        "demanded_on": "2026-03-10",
    }
    assert [each["repayment_number"] for each in await reclaim.due()] == [number]
    assert (await reclaim.repay(number, 1)).json()["outstanding_fen"] == OVER_PAID - 1
    assert (await reclaim.repay(number, 1)).json()["repaid_fen"] == 1, "the same voucher counts once"
    assert (await reclaim.repay(number, 2)).json()["code"] == "repeated_otherwise"
    assert (await reclaim.repay(number, OVER_PAID, "R-2")).json()["code"] == "repayment_amount"
    whole = await reclaim.repay(number, OVER_PAID - 1, "R-2", by="wu")
    assert (whole.json()["state"], await reclaim.due()) == ("repaid", [])
    assert (await reclaim.repay(number, 1, "R-3")).json()["code"] == "wrong_reclaim_state"
    (seen,) = await reclaim.seen()
    assert (seen["state"], seen["outstanding_fen"], seen["repayment_number"]) == ("repaid", 0, None)
    assert await desk.admin.fetchval("select sum(amount_fen) from reward_repayments") == OVER_PAID
    reward = await reclaim.case.reward()
    assert (reward["state"], reward["paid_fen"]) == ("paid", PAID), "what was paid stays what was paid"


async def test_the_desk_learns_no_number_and_the_office_no_tip(reclaim: Reclaim, desk: Desk):
    number = await reclaim.demand()
    assert (await reclaim.repay(number, 1, "VOUCHER-77")).status_code == 200
    tip_id = reclaim.case.tip_id
    page = str(await desk.read(tip_id)) + str(await reclaim.listed())
    assert number not in page
    assert "VOUCHER-77" not in page
    office = str(await reclaim.due())
    assert str(tip_id) not in office
    assert "zhang" not in office
    assert set((await reclaim.due())[0]) == {
        *("repayment_number", "state", "amount_fen", "repaid_fen", "outstanding_fen", "demanded_at")
    }
    log = (await desk.read(tip_id))["log"]
    steps = [(row["action"], row["actor"], row["details"]) for row in log if row["action"].startswith("reclaim")]
    demand = {"number": 1, "amount_fen": OVER_PAID, "reason": "case_value_reduced", "repaid_fen": 0, "waiver": None}
    assert steps == [
        ("reclaim_proposed", "zhang", demand),
        ("reclaim_demanded", "chen", demand),
        ("reclaim_repaid", "cai", {"number": 1, "amount_fen": 1, "repaid_fen": 1}),
    ]
    assert await desk.published("tips.tip.closed.v1") == []
    assert await desk.admin.fetchval("select count(*) from outbox where payload::text like '%reclaim%'") == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"reason": "case_value_reduced", "amount_fen": OVER_PAID + 1}, "reclaim_amount"),
        ({"reason": "wrong_amount", "amount_fen": PAID + 1}, "reclaim_amount"),
        ({"reason": "excluded", "amount_fen": 1}, "exclusion_not_named"),
        ({"reason": "fraudulent_claim", "amount_fen": 1, "exclusion": "offender"}, "exclusion_not_named"),
        ({"reason": "wrong_amount", "amount_fen": 0}, "request_malformed"),
        ({"reason": "gossip", "amount_fen": 1}, "request_malformed"),
    ],
)
async def test_a_proposal_outside_its_bounds_is_refused(reclaim: Reclaim, body: dict[str, Any], code: str):
    answer = await reclaim.propose(body)
    assert answer.json()["code"] == code or (code == "request_malformed" and answer.status_code == 422)
    assert await reclaim.listed() == []


async def test_the_whole_is_taken_back_from_who_turned_out_excluded(reclaim: Reclaim):
    body = {"reason": "excluded", "exclusion": "agency_staff", "amount_fen": PAID}
    assert (await reclaim.propose(body)).status_code == 201
    assert (await reclaim.propose({"reason": "wrong_amount", "amount_fen": 1})).json()["code"] == "reclaim_pending"
    assert (await reclaim.decide("refusal")).json()["state"] == "turned_down"
    assert await reclaim.seen() == []
    assert (await reclaim.propose(body)).json()["number"] == 2
    assert (await reclaim.decide("approval", {"amount_fen": PAID}, number=2)).json()["exclusion"] == "agency_staff"
    assert (await reclaim.propose()).json()["code"] == "reclaim_amount", "nothing is left to be demanded"
    assert [(each["state"], each["reason"]) for each in await reclaim.seen()] == [("demanded", "excluded")]


async def test_a_third_person_waives_what_is_left_and_the_reporter_sees_it(reclaim: Reclaim):
    number = await reclaim.demand()
    await reclaim.repay(number, 100)
    waiver = {"reason": "hardship"}
    for involved in ("zhang", "chen"):
        assert (await reclaim.decide("waiver", waiver, by=involved)).json()["code"] == "own_reclaim"
    waived = (await reclaim.decide("waiver", waiver, by="zhao")).json()
    assert (waived["state"], waived["waiver"], waived["repaid_fen"]) == ("waived", "hardship", 100)
    (seen,) = await reclaim.seen()
    assert (seen["state"], seen["repayment_number"]) == ("waived", None)
    assert (await reclaim.repay(number, 1, "R-9")).json()["code"] == "wrong_reclaim_state"
    assert (await reclaim.decide("waiver", waiver, number=2, by="zhao")).json()["code"] == "reclaim_unknown"


async def test_nothing_unpaid_is_taken_back(desk: Desk, screening: Screening):
    case = Case(desk, screening)
    await case.substantiate()
    unknown = await desk.post(case.tip_id, "reward-reclaims", VALUE)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "reward_unknown")
    await case.approve()
    assert (await Reclaim(case, desk).propose()).json()["code"] == "reward_not_paid"


async def test_a_demand_is_for_those_who_may_see_the_tip_and_money_for_the_offices_region(reclaim: Reclaim, desk: Desk):
    await desk.admin.execute("update tips set region = '440305'")
    number = await reclaim.demand()
    path = f"/tips/v1/tips/{reclaim.case.tip_id}/reward-reclaims"
    elsewhere = {"region": "450000"}
    assert (await desk.client.get(path, headers=desk.mint.bearer("tip_handler", **elsewhere))).status_code == 404
    proposal = await desk.client.post(path, json=VALUE, headers=desk.mint.bearer("tip_handler", **elsewhere))
    assert proposal.status_code == 404
    for step, body in (("approval", {"amount_fen": OVER_PAID}), ("refusal", None), ("waiver", {"reason": "hardship"})):
        headers = desk.mint.bearer("reward_approver", **elsewhere)
        assert (await desk.client.post(f"{path}/1/{step}", json=body, headers=headers)).status_code == 404, step
    handler = await desk.post(reclaim.case.tip_id, "reward-reclaims/1/waiver", {"reason": "hardship"}, by="zhao")
    assert handler.status_code == 403, "handlers waive nothing"
    assert (await reclaim.repay(number, 1, **elsewhere)).json()["code"] == "repayment_unknown"
    assert (await reclaim.repay(str(uuid4()), 1)).json()["code"] == "repayment_unknown"
    assert await reclaim.due(**elsewhere) == []
    assert len(await reclaim.due(region="440000")) == 1
    involved = await reclaim.repay(number, 1, by="chen")
    assert (involved.status_code, involved.json()["code"]) == (409, "own_approval")


async def test_many_who_note_money_at_once_count_no_more_than_is_owed(reclaim: Reclaim, desk: Desk):
    number = await reclaim.demand(100)
    answers = await asyncio.gather(*(reclaim.repay(number, 30, f"R-{each}") for each in range(5)))
    assert sorted(each.status_code for each in answers) == [200, 200, 200, 409, 409]
    same = await asyncio.gather(*(reclaim.repay(number, 10, "R-last") for _ in range(3)))
    assert {each.status_code for each in same} == {200}
    assert await desk.admin.fetchval("select sum(amount_fen) from reward_repayments") == 100
    assert (await reclaim.seen())[0]["state"] == "repaid"


async def test_an_open_demand_keeps_the_tip_and_an_erased_one_is_not_demanded(
    reclaim: Reclaim, desk: Desk, clock: FixedClock, resources: Resources
):
    tip_id = reclaim.case.tip_id
    await desk.done(tip_id, "closing", by="li")
    policy = RetentionPolicy("test-1", datetime(2026, 1, 1, tzinfo=UTC).date(), dict.fromkeys(ENDINGS, 1))
    erase = EraseTips(resources.database, clock, resources.files, policy)
    assert (await reclaim.propose()).status_code == 201
    clock.advance(timedelta(days=400))
    assert await erase() == 0, "a proposal may become a demand"
    await reclaim.decide("approval", {"amount_fen": OVER_PAID})
    number = (await reclaim.seen())[0]["repayment_number"]
    assert await erase() == 0
    await reclaim.repay(number, OVER_PAID)
    assert await erase() == 1
    assert await desk.admin.fetchval("select repayment_number from reward_reclaims") is None
    assert await desk.admin.fetchval("select amount_fen from reward_repayments") == OVER_PAID
    late = await reclaim.propose({"reason": "wrong_amount", "amount_fen": 1})
    assert late.json()["code"] == "tip_erased"


async def test_statistics_of_paid_amounts_are_net_of_what_was_repaid_once(
    reclaim: Reclaim, desk: Desk, resources: Resources, clock: FixedClock
):
    await desk.admin.execute("update tips set region = '440305'")
    await desk.admin.execute("insert into institutions values ('H9', 'x', 1, '440106', 'x', true, now())")
    await _pay(desk, 30, "440305", 3_000 * YUAN, "2026-03-09")
    await _pay(desk, 30, "440106", 3_000 * YUAN, "2026-03-09")
    await reclaim.repay(await reclaim.demand(), OVER_PAID)
    clock.advance(datetime(2026, 4, 20, tzinfo=UTC) - clock.now())
    assert await build_publish_statistics(resources)() == 1
    assert await _paid(desk) == [90_000 * YUAN, 91_000 * YUAN, 181_000 * YUAN]  # 93,000 paid less 1,800
    assert await desk.admin.fetchval("select deducted_in from reward_repayments") is not None
    await _pay(desk, 30, "440305", 3_000 * YUAN, "2026-05-05")
    clock.advance(timedelta(days=91))
    assert await build_publish_statistics(resources)() == 1
    assert await _paid(desk) == [0, 90_000 * YUAN, 90_000 * YUAN], "it is deducted once"


async def _pay(desk: Desk, number: int, region: str, paid_fen: int, on: str) -> None:
    """Store tips whose rewards were paid on a day."""
    day = datetime.fromisoformat(on).replace(tzinfo=UTC)
    for _ in range(number):
        tip_id: UUID = await desk.admin.fetchval(
            "insert into tips (id, kind, status, received_on, named, region) "
            "values (gen_random_uuid(), 'other', 'closed', '2026-01-10', false, $1) returning id",
            region,
        )
        await desk.admin.execute(
            "insert into rewards (tip_id, state, policy_version, level, insider, case_value_fen, amount_fen, "
            "proposed_by, proposed_at, matter_id, approvers, over_paid_fen, paid_fen, paid_at) "
            "values ($1, 'paid', 'x', 1, false, 0, $2, 'x', $3, $1, '{}', 0, $2, $3)",
            tip_id,
            paid_fen,
            day,
        )


async def _paid(desk: Desk) -> list[int | None]:
    """Amounts of the latest publication by region, 440100 and 440300, and of both."""
    document = (await desk.client.get("/tips/v1/public/statistics")).json()["publication"]
    shown: list[int | None] = document["paid_fen"]
    assert document["regions"] == ["440100", "440300", "total"]
    return shown


async def test_the_page_shows_the_demand_and_looks_like_any_other(reclaim: Reclaim, desk: Desk):
    form = {"receipt": reclaim.case.receipt}
    before = await desk.client.post("/tips/receipt", data=form)
    number = await reclaim.demand()
    after = await desk.client.post("/tips/receipt", data=form)
    assert number in after.text
    assert "要求退回 ¥1,800.00" in after.text
    assert len(before.content) == len(after.content) == 16 * 1024
    sizes = {len((await desk.client.post("/tips/v1/lookup", json=form)).content)}
    await reclaim.repay(number, OVER_PAID)
    sizes.add(len((await desk.client.post("/tips/v1/lookup", json=form)).content))
    assert sizes == {4096}
    assert number not in (await desk.client.post("/tips/receipt", data=form)).text


async def test_a_reward_is_taken_back_on_pages(reclaim: Reclaim, desk: Desk):
    tip_id = reclaim.case.tip_id
    path = f"/tips/desk/tips/{tip_id}/reclaims"

    async def page(where: str, role: str, by: str, **fields: Any) -> httpx.Response:
        headers = desk.mint.bearer(role, subject=by)
        if fields:
            return await desk.client.post(where, data=fields, headers=headers)
        return await desk.client.get(where, headers=headers)

    assert f'href="{path}"' in (await page(f"/tips/desk/tips/{tip_id}/reward", "tip_handler", "zhang")).text
    form = {"action": "reclaim", "reason": "case_value_reduced", "exclusion": "", "amount_yuan": "1800.00"}
    assert (await page(path, "tip_handler", "zhang", **form | {"amount_yuan": "viel"})).status_code == 422
    assert (await page(path, "tip_handler", "zhang", **form | {"amount_yuan": "1800.01"})).status_code == 409
    assert (await page(path, "reward_approver", "chen", **form)).status_code == 403
    assert (await page(path, "tip_handler", "zhang", **form)).status_code == 303
    assert "批准追回 ¥1,800.00" in (await page(path, "reward_approver", "chen")).text
    demand = {"action": "demand", "number": "1", "amount_fen": str(OVER_PAID)}
    assert (await page(path, "tip_handler", "li", **demand)).status_code == 403
    assert (await page(path, "reward_approver", "chen", **demand)).status_code == 303
    number = (await reclaim.seen())[0]["repayment_number"]
    assert number not in (await page(path, "reward_approver", "chen")).text
    office = "/tips/desk/repayments"
    due = await page(office, "payout_officer", "cai")
    assert number in due.text
    assert str(tip_id) not in due.text
    money = {"repayment_number": number, "amount_yuan": "800", "reference": "R-1"}
    assert (await page(office, "payout_officer", "cai", **money | {"amount_yuan": "0"})).status_code == 422
    assert (await page(office, "payout_officer", "cai", **money | {"amount_yuan": "1800.01"})).status_code == 409
    assert (await page(office, "payout_officer", "cai", **money)).status_code == 303
    assert "1,000.00" in (await page(office, "payout_officer", "cai")).text
    waiver = {"action": "waive", "number": "1", "reason": "hardship"}
    assert (await page(path, "reward_approver", "chen", **waiver)).status_code == 409
    assert (await page(path, "reward_approver", "zhao", **waiver)).status_code == 303
    shown = await page(path, "tip_handler", "zhang")
    assert "退回人生活困难" in shown.text
    assert "已免除" in (await desk.client.post("/tips/receipt", data={"receipt": reclaim.case.receipt})).text
    elsewhere = desk.mint.bearer("tip_handler", region="450000")
    await desk.admin.execute("update tips set region = '440305'")
    assert (await desk.client.get(path, headers=elsewhere)).status_code == 404
    assert (await desk.client.post(path, data=form, headers=elsewhere)).status_code == 404
