"""A tip that is true and cost the fund nothing earns a sum of its own where the region's table has one."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.integration.tips.conftest import HOSPITAL, YUAN, Desk, Screening


async def substantiated(desk: Desk, region: str | None = "441802", **body: Any) -> tuple[str, UUID]:
    """Receipt and id of a tip of Qingyuan, found true without a loss where nothing else is said."""
    receipt = await desk.report(region=region)
    tip_id = await desk.newest()
    await desk.done(tip_id, "acceptance", {"institution_code": HOSPITAL})
    decided = await desk.done(tip_id, "substantiation", body or {"without_loss": True})
    assert decided["status"] == "substantiated"
    return receipt, tip_id


async def propose(desk: Desk, tip_id: UUID, **body: Any) -> httpx.Response:
    return await desk.post(tip_id, "reward-proposal", {"level": 1, **body})


async def test_it_is_decided_rewarded_and_shown_to_the_reporter(desk: Desk):
    receipt, tip_id = await substantiated(desk)
    assert (await desk.done(tip_id, "substantiation", {"without_loss": True}))["case_value_fen"] == 0
    (fact,) = await desk.published("tips.tip.substantiated.v1")
    assert fact["case_value_fen"] == 0
    path = f"/tips/v1/tips/{tip_id}/reward-table"
    table = (await desk.client.get(path, headers=desk.mint.bearer("tip_handler"))).json()
    assert (table["version"], table["verified"]) == ("qingyuan-2022", False)
    assert table["without_loss"] == {"minimum_fen": 200 * YUAN, "maximum_fen": 1_000 * YUAN}
    for wrong in (None, 200 * YUAN - 1, 1_000 * YUAN + 1):
        answer = await propose(desk, tip_id, without_loss_fen=wrong)
        assert (answer.status_code, answer.json()["code"]) == (409, "fixed_reward_amount")
    # An insider gets no bonus on a sum that is no share.
    made = (await propose(desk, tip_id, without_loss_fen=1_000 * YUAN, insider=True)).json()
    assert (made["case_value_fen"], made["amount_fen"]) == (0, 1_000 * YUAN)
    again = await propose(desk, tip_id, without_loss_fen=1_000 * YUAN, insider=True)
    assert again.json() == made
    other = await propose(desk, tip_id, without_loss_fen=999 * YUAN, insider=True)
    assert other.json()["code"] == "repeated_otherwise"
    await desk.approve(tip_id, 1_000 * YUAN, by="chen")
    await desk.approve(tip_id, 1_000 * YUAN, by="zhao")
    reward = (await desk.look_up(receipt))["reward"]
    assert (reward["state"], reward["amount_fen"]) == ("approved", 1_000 * YUAN)


async def test_a_region_whose_table_has_no_such_sum_rewards_nothing(desk: Desk):
    _, tip_id = await substantiated(desk, region="440305")
    answer = await propose(desk, tip_id, without_loss_fen=500 * YUAN)
    assert (answer.status_code, answer.json()["code"]) == (409, "no_loss")


async def test_a_case_value_that_fell_is_no_tip_without_a_loss(desk: Desk, screening: Screening):
    finding = await screening.confirm(10_000 * YUAN)
    _, tip_id = await substantiated(desk, finding_ids=[str(finding)])
    stated = await propose(desk, tip_id, without_loss_fen=500 * YUAN)
    assert stated.json()["code"] == "loss_known"
    await screening.handle([screening.event(screening.overturned(finding, 10_000 * YUAN))])
    for body in ({}, {"without_loss_fen": 500 * YUAN}):
        assert (await propose(desk, tip_id, **body)).json()["code"] == "no_loss"
    otherwise = await desk.post(tip_id, "substantiation", {"without_loss": True})
    assert otherwise.json()["code"] == "repeated_otherwise"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"without_loss": False},
        {"without_loss": True, "case_value_fen": 1},
        {"without_loss": True, "finding_ids": [str(UUID(int=1))]},
    ],
)
async def test_a_decision_says_what_was_lost_or_that_nothing_was(desk: Desk, body: dict[str, Any]):
    await desk.report()
    tip_id = await desk.newest()
    await desk.done(tip_id, "acceptance", {"institution_code": HOSPITAL})
    assert (await desk.post(tip_id, "substantiation", body)).status_code == 422
