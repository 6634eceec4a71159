"""The life of a rulebook: validated, tried in the shadow, activated by another, filled in, rolled back."""

import json
from datetime import timedelta

import pytest

from services.screening import wiring
from services.screening.use_cases import current_plan
from services.screening.use_cases.current_plan import CurrentPlan
from services.screening.use_cases.fill_history import FillHistory
from services.screening.use_cases.run_backtests import RunBacktests
from services.screening.use_cases.screen_settlements import ScreenSettlements
from tests.integration.screening.conftest import DAILY, FREQUENCY_RULE, MEN_ONLY, PLAIN, SEX_RULE, rulebook_document
from tests.integration.screening.test_backtests import WEEKLY_RULE, draft_document

RULEBOOKS = "/screening/v1/rulebooks"
DRAFT = f"{RULEBOOKS}/2026.2"


@pytest.fixture
def author(mint):
    return mint.bearer("supervisor", subject="author-1")


@pytest.fixture
def approver(mint):
    return mint.bearer("supervisor", subject="approver-1")


@pytest.fixture
async def drafted(client, author):
    answer = await client.post(RULEBOOKS, json=draft_document(), headers=author)
    assert answer.status_code == 201
    return "2026.2"


async def activate(client, approver, version="2026.2"):
    answer = await client.post(f"{RULEBOOKS}/{version}/activation", json={"reason": "紧急修正"}, headers=approver)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_activation_names_what_is_missing_until_nothing_is(
    client, resources, author, approver, drafted, clock, claims, mint
):
    await wiring.build_screen_settlements(resources)([claims.accepted(MEN_ONLY, at=claims.now - timedelta(days=2))])
    del drafted
    first = await client.post(f"{DRAFT}/activation", headers=approver)
    assert (first.status_code, first.json()["code"]) == (409, "activation_incomplete")
    assert [error["code"] for error in first.json()["errors"]] == ["validation", "blast_radius"]
    report = (await client.post(f"{DRAFT}/validation", headers=author)).json()
    assert report["errors"] == []
    second = await client.post(f"{DRAFT}/activation", headers=approver)
    assert [error["code"] for error in second.json()["errors"]] == ["blast_radius"]
    await client.post(f"{DRAFT}/blast-radius", headers=author)
    assert (await client.post(f"{DRAFT}/activation", headers=approver)).status_code == 409
    await RunBacktests(resources.database, resources.clock, seconds=30.0, share=1.0)()
    clock.advance(timedelta(days=8))
    author, approver = (mint.bearer("supervisor", subject=one) for one in ("author-1", "approver-1"))
    stale = await client.post(f"{DRAFT}/activation", headers=approver)
    assert [error["code"] for error in stale.json()["errors"]] == ["blast_radius"]
    await client.post(f"{DRAFT}/blast-radius", headers=author)
    await RunBacktests(resources.database, resources.clock, seconds=30.0, share=1.0)()
    assert (await client.post(f"{DRAFT}/activation", headers=approver)).json()["status"] == "active"


async def test_going_back_takes_a_reason_and_no_blast_radius(client, author, approver, drafted):
    del drafted
    await client.post(f"{DRAFT}/validation", headers=author)
    await activate(client, approver)
    back = f"{RULEBOOKS}/2026.1/activation"
    assert [error["code"] for error in (await client.post(back, headers=approver)).json()["errors"]] == ["reason"]
    assert (await activate(client, approver, "2026.1"))["status"] == "active"
    steps = (await client.get(f"{RULEBOOKS}/2026.1/life", headers=author)).json()["steps"]
    assert [(one["step"], one["reason"]) for one in steps] == [("rolled_back_to", "紧急修正")]


async def test_validation_reports_overlaps_empty_rules_and_codes_nobody_has_seen(client, author, admin):
    document = rulebook_document("2026.3")
    document["points"].append(
        {
            "id": "K9",
            "rule": FREQUENCY_RULE,
            "name": "另一条",
            "codes": [MEN_ONLY],
            "when": {"window": "day", "limit": 2},
        }
    )
    document["rules"].append({**document["rules"][0], "code": "GZ10000201099000"})
    document["points"].append(
        {"id": "K8", "rule": "GZ10000201099000", "name": "同一药", "codes": [MEN_ONLY], "when": {"sex": "female"}}
    )
    document["rules"].append({**document["rules"][0], "code": "GZ10000201098000"})
    await client.post(RULEBOOKS, json=document, headers=author)
    report = (await client.post(f"{RULEBOOKS}/2026.3/validation", headers=author)).json()
    said = {(note["code"], note["where"]) for note in report["notes"]}
    assert ("overlap", "K8") in said
    assert ("no_points", "GZ10000201098000") in said
    assert report["errors"] == []
    assert report["counts"]["points"] == 4
    row = await admin.fetchrow("select status, validated_at from rulebook where version = '2026.3'")
    assert (row["status"], row["validated_at"] is not None) == ("validated", True)


async def test_a_draft_with_contradictions_goes_no_further(client, author, approver, admin, drafted):
    bad = draft_document()
    bad["points"].append({**bad["points"][0], "id": "K7", "when": {**bad["points"][0]["when"], "limit": 5}})
    await admin.execute("update rulebook set content = $2::jsonb where version = $1", drafted, json.dumps(bad))
    report = (await client.post(f"{DRAFT}/validation", headers=author)).json()
    assert any("contradicts" in error["en"] for error in report["errors"])
    answer = await client.post(f"{DRAFT}/activation", json={"reason": "急"}, headers=approver)
    assert [error["code"] for error in answer.json()["errors"]] == ["validation"]


async def test_a_rulebook_in_the_shadow_counts_and_sends_nothing(
    client, resources, author, drafted, claims, admin, published
):
    del drafted
    early = await client.post(f"{DRAFT}/shadow", headers=author)
    assert (early.status_code, early.json()["code"]) == (409, "rulebook_not_validated")
    await client.post(f"{DRAFT}/validation", headers=author)
    assert (await client.post(f"{DRAFT}/shadow", headers=author)).json()["status"] == "shadow"
    await client.post(f"{DRAFT}/drafts", json={"version": "2026.4"}, headers=author)
    await client.post(f"{RULEBOOKS}/2026.4/validation", headers=author)
    assert (await client.post(f"{RULEBOOKS}/2026.4/shadow", headers=author)).json()["code"] == "shadow_taken"
    screen = wiring.build_screen_settlements(resources)
    person = {"insured_ref": "b" * 32}
    await screen([claims.accepted(PLAIN, at=claims.now - timedelta(days=2), **person)])
    await screen([claims.accepted(PLAIN, at=claims.now - timedelta(days=1), **person)])
    await screen([claims.accepted(MEN_ONLY)])
    tallies = {one["rule_code"]: one for one in (await client.get(f"{DRAFT}/shadow", headers=author)).json()}
    assert (tallies[""]["claims"], tallies[""]["failures"]) == (3, 0)
    assert [tallies[WEEKLY_RULE][name] for name in ("found", "new", "gone", "active")] == [1, 1, 0, 0]
    assert [tallies[SEX_RULE][name] for name in ("found", "new", "gone", "active")] == [0, 0, 1, 1]
    assert [row[0] for row in await admin.fetch("select rule_code from finding")] == [SEX_RULE]
    assert len(await published("screening.finding.raised.v1")) == 1
    samples = await client.get(
        "/screening/v1/held-findings", params={"purpose": "shadow", "version": "2026.2"}, headers=author
    )
    assert [one["rule_code"] for one in samples.json()["items"]] == [WEEKLY_RULE]
    assert (await client.delete(f"{DRAFT}/shadow", headers=author)).json()["status"] == "validated"
    await screen([claims.accepted(PLAIN, at=claims.now - timedelta(hours=3), **person)])
    again = {one["rule_code"]: one for one in (await client.get(f"{DRAFT}/shadow", headers=author)).json()}
    assert again[""]["claims"] == 3


async def test_history_that_only_the_new_rulebook_asks_for_is_filled_in(
    client, resources, author, approver, drafted, claims, admin, clock, findings_of
):
    del drafted
    screen = wiring.build_screen_settlements(resources)
    person, at = {"insured_ref": "c" * 32}, claims.now - timedelta(days=2)
    kept, taken_back = claims.accepted(PLAIN, at=at, **person), claims.accepted(PLAIN, at=at, **person)
    await screen([kept, taken_back])
    await wiring.build_reverse_settlements(resources)([claims.reversed(taken_back)])
    await client.post(f"{DRAFT}/validation", headers=author)
    await activate(client, approver)
    fill = FillHistory(resources.database, resources.clock, resources.current_plan)
    await fill()
    assert (await client.get(f"{DRAFT}/life", headers=author)).json()["history"]["complete"] is False
    clock.advance(timedelta(minutes=3))
    await fill()
    life = (await client.get(f"{DRAFT}/life", headers=author)).json()
    assert (life["history"]["complete"], life["history"]["claims"]) == (True, 2)
    remembered = await admin.fetch("select settlement_ref from remembered_line where item_code = $1", PLAIN)
    assert [row[0] for row in remembered] == [kept.data.settlement_ref]
    late = claims.accepted(PLAIN, **person)
    await screen([late])
    assert await findings_of(late.data.settlement_ref) == [(WEEKLY_RULE, "raised")]


async def test_a_fill_goes_on_where_another_process_left_it(
    client, resources, author, approver, drafted, claims, admin, clock, monkeypatch
):
    del drafted
    screen = wiring.build_screen_settlements(resources)
    await screen([claims.accepted(PLAIN, at=claims.now - timedelta(days=day)) for day in (3, 2, 1)])
    await client.post(f"{DRAFT}/validation", headers=author)
    await activate(client, approver)
    clock.advance(timedelta(minutes=3))
    monkeypatch.setattr("services.screening.use_cases.fill_history.CHUNK", 1)
    for _ in range(20):
        await FillHistory(resources.database, resources.clock, resources.current_plan, seconds=1e-9)()
    assert await admin.fetchval("select count(*) from remembered_line where item_code = $1", PLAIN) == 3
    assert await admin.fetchval("select finished_at from history_fill") is not None


async def test_old_history_is_forgotten_and_what_may_be_asked_for_stays(resources, claims, admin):
    screen = wiring.build_screen_settlements(resources)
    await screen([claims.accepted(DAILY, at=claims.now - timedelta(days=day)) for day in (300, 100, 1)])
    await admin.execute("update remembered_line set item_code = $1", PLAIN)
    await screen([claims.accepted(DAILY, at=claims.now - timedelta(days=day)) for day in (300, 100)])
    assert await wiring.build_forget_history(resources)() == 3
    rows = await admin.fetch("select item_code, charged_at from remembered_line order by charged_at")
    assert [(row[0], (claims.now - row[1]).days) for row in rows] == [(DAILY, 100), (PLAIN, 1)]
    assert await wiring.build_forget_history(resources)() == 0


async def test_a_rulebook_that_cannot_be_compiled_leaves_the_old_one_judging(
    client, resources, author, approver, drafted, claims, admin, clock, monkeypatch
):
    del drafted
    plan = CurrentPlan()
    screen = ScreenSettlements(resources.database, clock, plan)
    await screen([claims.accepted(MEN_ONLY)])
    await client.post(f"{DRAFT}/validation", headers=author)
    await activate(client, approver)

    def refuse(*_):
        raise MemoryError

    whole = current_plan.compile_plan
    monkeypatch.setattr(current_plan, "compile_plan", refuse)
    await screen([claims.accepted(MEN_ONLY)])
    monkeypatch.setattr(current_plan, "compile_plan", whole)
    monkeypatch.setattr(current_plan, "RETRY_SECONDS", 0.0)
    plan._failed.clear()
    await screen([claims.accepted(MEN_ONLY)])
    rows = await admin.fetch("select rulebook_version from settlement order by screened_at, settlement_ref")
    assert [row[0] for row in rows] == ["2026.1", "2026.1", "2026.2"]


async def test_the_difference_speaks_of_rules_and_of_points_by_code(client, author, drafted):
    del drafted
    found = (await client.get(f"{DRAFT}/diff/2026.1", headers=author)).json()
    assert (found["rules_added"], found["rules_removed"]) == ([WEEKLY_RULE], [SEX_RULE])
    assert found["points"][WEEKLY_RULE]["added"] == 1
    assert found["points"][SEX_RULE]["removed"] == 1
    assert FREQUENCY_RULE not in found["points"]
