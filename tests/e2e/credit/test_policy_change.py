"""Rules that change in the middle of a year, over HTTP: each decision is judged and undone by those of its day."""

import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.credit.app import create_app
from services.credit.settings import CreditSettings
from services.kit.ids import new_id
from services.kit.testing.tokens import TokenMint
from tests.conftest import running
from tests.e2e.credit.conftest import Desk
from tests.integration.credit.service import PHYSICIAN, Credit

OLD, NEW, CHANGE = "national-2024", "province-2026", "2026-07-01"
JULY = datetime(2026, 7, 2, 2, tzinfo=UTC)


@pytest.fixture
async def desk(database_url, clock, tmp_path):
    old = json.loads((Path(__file__).parents[3] / "services/credit/policies/national-2024.json").read_text("utf-8"))
    new = deepcopy(old)
    new["version"], new["effective_from"] = NEW, CHANGE
    new["practitioner"]["suspension"] |= {"from_points": 8, "months_by_points": {"8": 2, "9": 4, "10": 5, "11": 6}}
    folder = tmp_path / "policies"
    folder.mkdir()
    for policy in (old, new):
        (folder / f"{policy['version']}.json").write_text(json.dumps(policy), "utf-8")
    mint = TokenMint(clock)
    settings = CreditSettings(
        database_url=database_url,
        state_directory=tmp_path,
        jwks=str(mint.write_jwks(tmp_path)),
        credit_policies=folder,
    )
    app = create_app(settings, clock=clock)
    async with running(app) as client:
        made = Desk(client, mint, Credit(app.state.resources, clock))
        await made.facts.register(PHYSICIAN)
        yield made


@pytest.fixture
def decide(desk, sanction_body):
    async def post(decided_on, *, cause="penalty_article_38", degree="general"):
        (finding,) = await desk.facts.findings()
        body = sanction_body(new_id(), finding, cause=cause, decided_on=decided_on)
        body["persons"][0]["violations"][0]["degree"] = degree
        answer = await desk.post("/sanctions", body)
        assert answer.status_code == 201, answer.text
        return answer.json(), finding

    return post


def until(desk, instant):
    desk.facts.clock.advance(instant - desk.facts.clock.now())


async def standing(desk, **parameters):
    return (await desk.get(f"/practitioners/{PHYSICIAN}", **parameters)).json()


async def test_eight_points_suspend_under_the_new_rules_and_not_under_the_old(desk, decide):
    first, _ = await decide("2026-03-10")
    second, _ = await decide("2026-03-10")
    assert (await standing(desk))["points"] == 8
    assert (await standing(desk))["status"] == "eligible"
    until(desk, JULY)
    assert (await standing(desk))["status"] == "eligible", "new rules judge new decisions only"
    third, finding = await decide("2026-07-02", cause="liquidated_damages")
    read = await standing(desk)
    assert (read["points"], read["status"]) == (9, "suspended")
    assert [one["policy_version"] for one in (first, second, third)] == [OLD, OLD, NEW]
    (measure,) = read["measures"]
    assert measure["policy_version"] == NEW
    assert datetime.fromisoformat(measure["effective_until"]) == datetime(2026, 11, 2, 2, tzinfo=UTC), "four months"
    await desk.facts.tell(desk.facts.overturning(finding))
    assert (await standing(desk))["status"] == "eligible"
    before = JULY - timedelta(seconds=1)
    assert (await standing(desk, at=before.isoformat()))["points"] == 8


async def test_a_late_recorded_decision_is_judged_by_the_rules_of_its_day(desk, decide):
    await decide("2026-03-10")
    until(desk, JULY)
    late, _ = await decide("2026-06-30")
    assert late["policy_version"] == OLD
    assert (await standing(desk))["status"] == "eligible", "eight points under the old rules suspend nobody"
    on_time, _ = await decide("2026-07-01", cause="liquidated_damages")
    assert on_time["policy_version"] == NEW
    assert (await standing(desk))["status"] == "suspended"


async def test_an_earlier_finding_that_falls_is_recomputed_with_each_decision_under_its_own_rules(desk, decide):
    _, first = await decide("2026-03-10")
    until(desk, JULY)
    await decide("2026-07-02")
    assert (await standing(desk))["status"] == "suspended", "eight under the new rules"
    await decide("2026-07-02", cause="penalty_article_39")
    assert (await standing(desk))["status"] == "terminated", "two inspections of one day add up to twelve"
    await desk.facts.tell(desk.facts.overturning(first))
    read = await standing(desk)
    assert (read["points"], read["status"]) == (8, "suspended")
    assert [one["points"] for one in read["measures"] if one["undone_at"] is None] == [8]


async def test_a_ban_from_a_leap_day_ends_on_the_last_of_february(desk, decide):
    until(desk, datetime(2028, 2, 29, 2, tzinfo=UTC))
    await decide("2028-02-29", cause="penalty_article_40", degree="principal")
    (measure,) = (await standing(desk))["measures"]
    assert datetime.fromisoformat(measure["effective_until"]) == datetime(2031, 2, 28, 2, tzinfo=UTC)
