"""Back-tests: a draft tried on the past finds what it would have found live, resumes, and disturbs nothing."""

import copy
from datetime import date, timedelta

import pytest

from services.screening import wiring
from services.screening.use_cases import run_backtests
from services.screening.use_cases.run_backtests import RunBacktests
from tests.integration.screening.conftest import (
    CODE_RULE,
    DAILY,
    FREQUENCY_RULE,
    MEN_ONLY,
    PLAIN,
    SEX_RULE,
    rulebook_document,
)

WEEKLY_RULE = "GZ10000203001000"


def draft_document():
    """Without the rule on sex, and with a weekly limit on an item nobody asked for before."""
    document = copy.deepcopy(rulebook_document("2026.2"))
    document["rules"] = [rule for rule in document["rules"] if rule["code"] != SEX_RULE]
    document["points"] = [point for point in document["points"] if point["rule"] != SEX_RULE]
    weekly = copy.deepcopy(next(rule for rule in document["rules"] if rule["code"] == FREQUENCY_RULE))
    document["rules"].append(weekly | {"code": WEEKLY_RULE})
    document["points"].append(
        {
            "id": "K3",
            "rule": WEEKLY_RULE,
            "name": "每周一次",
            "codes": [PLAIN],
            "when": {"window": "rolling", "limit": 1, "days": 7, "scope": "anywhere"},
        }
    )
    return document


@pytest.fixture
async def drafted(resources):
    await wiring.build_draft_rulebook(resources)(draft_document(), author="author")
    return "2026.2"


@pytest.fixture
async def past(resources, claims):
    """Three days of one person: a plain item on each, a drug of the other sex, a daily service twice, a code twice."""
    person = {"insured_ref": "a" * 32}
    screen = wiring.build_screen_settlements(resources)
    for day in (3, 2, 1):
        at = claims.now - timedelta(days=day)
        await screen([claims.accepted(PLAIN, at=at, **person)])
    at = claims.now - timedelta(days=1)
    await screen([claims.accepted(MEN_ONLY, at=at), claims.accepted(DAILY, DAILY, at=at)])
    await screen([claims.accepted(traceability=("C1",), at=at), claims.accepted(traceability=("C1",), at=at)])
    return claims


async def run(resources, *, turns=1, seconds=30.0):
    work = RunBacktests(resources.database, resources.clock, seconds=seconds, share=1.0)
    for _ in range(turns):
        await work()


async def asked(resources, clock, version, *, days=10):
    today = clock.now().date()
    return await wiring.build_backtests(resources).request(
        version, first=today - timedelta(days=days), last=today, against=None, by="author"
    )


async def test_it_says_per_rule_what_is_new_and_what_is_gone(resources, clock, drafted, past, admin):
    before = await admin.fetchval("select count(*) from finding")
    job = await asked(resources, clock, drafted)
    await run(resources)
    done = await wiring.build_backtests(resources).one(job.id)
    assert (done.status, done.claims_in_period, done.tally["claims"], done.tally["failures"]) == ("done", 7, 7, 0)
    rules = {
        code: (tally["found"], tally["against"], tally["new"], tally["gone"])
        for code, tally in done.tally["rules"].items()
    }
    assert rules == {
        WEEKLY_RULE: (2, 0, 2, 0),
        SEX_RULE: (0, 1, 0, 1),
        FREQUENCY_RULE: (1, 1, 0, 0),
        CODE_RULE: (1, 1, 0, 0),
    }
    assert done.tally["rules"][WEEKLY_RULE]["found_fen"] == 20_000
    assert {(one["rule_code"], one["change"]) for one in done.tally["samples"]} == {
        (WEEKLY_RULE, "new"),
        (SEX_RULE, "gone"),
    }
    assert await admin.fetchval("select count(*) from finding") == before
    assert await admin.fetchval("select count(*) from outbox where type like 'screening.finding%'") == before


async def test_history_before_the_period_counts_though_the_active_rulebook_never_kept_it(
    resources, clock, drafted, past
):
    job = await asked(resources, clock, drafted, days=1)
    await run(resources)
    done = await wiring.build_backtests(resources).one(job.id)
    assert done.tally["claims"] == 5
    assert done.tally["rules"][WEEKLY_RULE]["found"] == 1, "the plain items of the days before the period are known"


@pytest.mark.parametrize("chunk", [1, 2, 3])
async def test_a_worker_that_dies_is_followed_by_one_that_goes_on(resources, clock, drafted, past, monkeypatch, chunk):
    whole = await asked(resources, clock, drafted)
    await run(resources)
    expected = await wiring.build_backtests(resources).one(whole.id)
    monkeypatch.setattr(run_backtests, "CHUNK", chunk)
    job = await asked(resources, clock, drafted)
    for _ in range(20):
        # Each is a new worker that knows nothing but what the one before it stored; a lease that ran out is no bar.
        await run(resources, seconds=0.000001)
        clock.advance(run_backtests.LEASE * 2)
    done = await wiring.build_backtests(resources).one(job.id)
    assert done.status == "done"
    assert done.tally == expected.tally


async def test_two_workers_never_run_the_same_one(resources, clock, drafted, past, admin):
    await asked(resources, clock, drafted)
    await admin.execute("update backtest set status = 'running', leased_until = now() + interval '100 years'")
    await run(resources)
    assert await admin.fetchval("select tally is null from backtest")


async def test_one_that_is_stopped_stays_stopped(resources, clock, drafted, past):
    job = await asked(resources, clock, drafted)
    await wiring.build_backtests(resources).stop(job.id)
    await run(resources)
    stopped = await wiring.build_backtests(resources).one(job.id)
    assert (stopped.status, stopped.tally) == ("stopped", None)


async def test_over_http_it_is_asked_for_followed_and_read(client, mint, resources, clock, drafted, past):
    author, reader = mint.bearer("supervisor", subject="a"), mint.bearer("auditor")
    answer = await client.post(f"/screening/v1/rulebooks/{drafted}/blast-radius", headers=author)
    assert (answer.status_code, answer.json()["purpose"]) == (202, "blast_radius")
    await run(resources)
    told = (await client.get(f"/screening/v1/backtests/{answer.json()['id']}", headers=reader)).json()
    assert told["status"] == "done"
    assert date.fromisoformat(told["last_day"]) < clock.now().date()
    assert told["result"]["institutions"]
    listed = (await client.get(f"/screening/v1/rulebooks/{drafted}/backtests", headers=reader)).json()
    assert [one["id"] for one in listed] == [told["id"]]
    backwards = {"first_day": "2026-03-02", "last_day": "2026-03-01"}
    refused = await client.post(f"/screening/v1/rulebooks/{drafted}/backtests", headers=author, json=backwards)
    assert (refused.status_code, refused.json()["code"]) == (422, "period_invalid")
    unknown = {"first_day": "2026-03-01", "last_day": "2026-03-02", "against": "none"}
    missing = await client.post(f"/screening/v1/rulebooks/{drafted}/backtests", headers=author, json=unknown)
    assert missing.status_code == 404
    assert (await client.post("/screening/v1/rulebooks/none/blast-radius", headers=reader)).status_code == 403
