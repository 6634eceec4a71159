"""Rails at run time: a rule out of its band is paused, suspicions stay within a budget, and nothing is lost."""

from collections import Counter
from datetime import timedelta

import pytest

from services.kit.clock import business_date
from services.screening import wiring
from services.screening.domain.engine import CheckFailure, Screening
from services.screening.domain.rails import Band
from services.screening.use_cases import screen_settlements
from services.screening.use_cases.screen_settlements import ScreenSettlements
from services.screening.use_cases.watch_rules import WatchRules
from tests.integration.screening.conftest import DAILY, FREQUENCY_RULE, MEN_ONLY, PLAIN, SEX_RULE

RULES = "/screening/v1/rules"


@pytest.fixture
def keeper(mint):
    return mint.bearer("supervisor", subject="keeper-1")


@pytest.fixture
def screen(resources, clock):
    band = Band(factor=3.0, least_findings=3, baseline_claims=10, most_share=0.9, most_failures=2)
    return ScreenSettlements(
        resources.database, clock, resources.current_plan, WatchRules(resources.database, clock, band)
    )


async def statuses(admin):
    rows = await admin.fetch("select rule_code, count(*) from finding group by rule_code")
    return {row[0]: row[1] for row in rows}


async def held(client, keeper):
    answer = await client.get("/screening/v1/held-findings/counts", headers=keeper)
    return {(one["rule_code"], one["purpose"]): one["findings"] for one in answer.json()}


async def test_a_rule_that_leaves_its_band_is_paused_and_its_findings_are_held(
    client, screen, claims, admin, clock, keeper, published
):
    yesterday = business_date(clock.now()) - timedelta(days=1)
    await admin.executemany(
        "insert into rule_day (day, rule_code, claims, findings) values ($1, $2, $3, $4)",
        [(yesterday, "", 100, 0), (yesterday, SEX_RULE, 0, 5)],
    )
    await screen([claims.accepted(PLAIN) for _ in range(10)])
    await screen([claims.accepted(MEN_ONLY) for _ in range(3)])
    [pause] = (await client.get(f"{RULES}/pauses", headers=keeper)).json()
    assert (pause["rule_code"], pause["cause"], pause["paused_by"]) == (SEX_RULE, "jump", "system")
    assert pause["figures"]["findings"] == 3
    quiet = claims.accepted(MEN_ONLY)
    await screen([quiet])
    assert await admin.fetchval(
        "select verdict from settlement where settlement_ref = $1", quiet.data.settlement_ref
    ) == ("pass")
    assert await statuses(admin) == {SEX_RULE: 3}
    assert await held(client, keeper) == {(SEX_RULE, "paused"): 1}
    assert len(await published("screening.finding.raised.v1")) == 3
    resumed = await client.post(f"{RULES}/{SEX_RULE}/resumption", json={"reason": "已核实"}, headers=keeper)
    assert resumed.json() == []
    await screen([claims.accepted(MEN_ONLY)])
    assert (await client.get(f"{RULES}/pauses", headers=keeper)).json() == []
    assert await statuses(admin) == {SEX_RULE: 4}
    released = await client.post(f"{RULES}/{SEX_RULE}/release", json={"limit": 10}, headers=keeper)
    assert released.json() == {"taken": 1, "raised": 1}
    assert await statuses(admin) == {SEX_RULE: 5}
    assert await held(client, keeper) == {}
    verdicts = await admin.fetch("select verdict from settlement where settlement_ref = $1", quiet.data.settlement_ref)
    assert [row[0] for row in verdicts] == ["refuse"]


async def test_a_rule_within_its_band_goes_on(client, screen, claims, admin, keeper, clock):
    yesterday = business_date(clock.now()) - timedelta(days=1)
    await admin.executemany(
        "insert into rule_day (day, rule_code, claims, findings) values ($1, $2, $3, $4)",
        [(yesterday, "", 100, 0), (yesterday, SEX_RULE, 0, 20)],
    )
    await screen([claims.accepted(PLAIN) for _ in range(10)])
    await screen([claims.accepted(MEN_ONLY) for _ in range(3)])
    assert (await client.get(f"{RULES}/pauses", headers=keeper)).json() == []


async def test_a_rule_that_keeps_breaking_is_paused(client, screen, claims, keeper, monkeypatch):
    broken = Screening((), (CheckFailure(FREQUENCY_RULE, "K2", "ZeroDivisionError"),))
    monkeypatch.setattr(screen_settlements, "screen", lambda *_: broken)
    await screen([claims.accepted(PLAIN), claims.accepted(PLAIN)])
    [pause] = (await client.get(f"{RULES}/pauses", headers=keeper)).json()
    assert (pause["rule_code"], pause["cause"]) == (FREQUENCY_RULE, "failures")


async def test_suspicions_beyond_the_budget_are_held_counted_and_can_be_raised_later(
    client, resources, claims, admin, keeper, published
):
    screen = wiring.build_screen_settlements(resources)
    path = f"{RULES}/{FREQUENCY_RULE}/budget"
    assert (await client.put(path, json={"per_day": 2}, headers=keeper)).json()[0]["per_day"] == 2
    missing = await client.put(f"{RULES}/NK2025999/budget", json={"per_day": 2}, headers=keeper)
    assert missing.status_code == 404
    await screen([claims.accepted(DAILY, DAILY) for _ in range(3)])
    await screen([claims.accepted(DAILY, DAILY), claims.accepted(MEN_ONLY)])
    assert await statuses(admin) == {FREQUENCY_RULE: 2, SEX_RULE: 1}
    assert await held(client, keeper) == {(FREQUENCY_RULE, "budget"): 2}
    verdicts = Counter([row[0] for row in await admin.fetch("select verdict from settlement")])
    assert verdicts == {"review": 2, "pass": 2, "refuse": 1}
    items = (await client.get("/screening/v1/held-findings", params={"rule": FREQUENCY_RULE}, headers=keeper)).json()
    assert [one["amount_at_issue_fen"] for one in items["items"]] == [10_000, 10_000]
    released = await client.post(f"{RULES}/{FREQUENCY_RULE}/release", json={"limit": 1}, headers=keeper)
    assert released.json() == {"taken": 1, "raised": 1}
    assert await held(client, keeper) == {(FREQUENCY_RULE, "budget"): 1}
    assert (await client.put(path, json={"per_day": None}, headers=keeper)).json() == []
    await screen([claims.accepted(DAILY, DAILY)])
    assert await statuses(admin) == {FREQUENCY_RULE: 4, SEX_RULE: 1}
    assert len(await published("screening.finding.raised.v1")) == 5


async def test_a_second_look_holds_what_a_paused_rule_finds_anew_and_keeps_what_was_sent(
    client, resources, screen, claims, admin, keeper
):
    person, at = {"insured_ref": "d" * 32}, claims.now - timedelta(hours=5)
    await screen([claims.accepted(DAILY, DAILY, at=at, **person)])
    await client.post(f"{RULES}/{FREQUENCY_RULE}/pause", json={"reason": "知识点待核"}, headers=keeper)
    late = claims.accepted(DAILY, at=at, settled_at=at - timedelta(minutes=5), **person)
    await screen([late])
    rows = await admin.fetch("select status, line_numbers from finding order by raised_at, id")
    assert [(row[0], row[1]) for row in rows] == [("withdrawn", [2]), ("raised", [1, 2])]
    await screen([claims.accepted(DAILY, DAILY, at=at)])
    assert await held(client, keeper) == {(FREQUENCY_RULE, "paused"): 1}
    await wiring.build_reverse_settlements(resources)([claims.reversed(late)])
    rows = await admin.fetch("select line_numbers from finding where status = 'raised'")
    assert [row[0] for row in rows] == [[2]]


async def test_the_numbers_of_a_day_add_up_over_batches(screen, claims, admin, clock):
    await screen([claims.accepted(MEN_ONLY), claims.accepted(PLAIN)])
    await screen([claims.accepted(DAILY, DAILY)])
    rows = await admin.fetch(
        "select rule_code, claims, findings, suspicions from rule_day where day = $1", business_date(clock.now())
    )
    assert {tuple(row) for row in rows} == {("", 3, 0, 0), (SEX_RULE, 0, 1, 0), (FREQUENCY_RULE, 0, 1, 1)}
