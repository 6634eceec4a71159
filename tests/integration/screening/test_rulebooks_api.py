"""Rulebooks over HTTP: two people, and a swap that holds from the next batch."""

import copy
import json
from pathlib import Path

import pytest

from services.contracts.tips import TipAccepted
from services.kit.ids import new_id
from services.screening import wiring
from services.screening.worker import subscription

RULEBOOKS = "/screening/v1/rulebooks"
MEN_ONLY = "XG04CXF014A001010101001"
HOSPITAL = "H11010500001"
SEX_RULE = "GZ10000201001000"
REASON = {"reason": "试点期内不做影响面评估"}


@pytest.fixture
def document(settings):
    base = json.loads(Path(settings.screening_rulebook).read_text(encoding="utf-8"))
    return {**copy.deepcopy(base), "version": "2026.2", "points": base["points"][1:]}


@pytest.fixture
def author(mint):
    return mint.bearer("supervisor", subject="author-1")


@pytest.fixture
def approver(mint):
    return mint.bearer("supervisor", subject="approver-1")


async def test_the_first_rulebook_is_installed_once_however_many_processes_start(
    resources, settings, clock, published, admin
):
    async with wiring.open_resources(settings, clock=clock):
        pass
    assert [row[0] for row in await admin.fetch("select version from rulebook where status = 'active'")] == ["2026.1"]
    assert [fact["rulebook_version"] for fact in await published("screening.rulebook.activated.v1")] == ["2026.1"]
    assert await admin.fetchval("select author from rulebook") == "system"
    del resources


async def test_a_draft_answers_201_then_200_and_409_for_another_content(client, author, document):
    assert (await client.post(RULEBOOKS, json=document, headers=author)).status_code == 201
    again = await client.post(RULEBOOKS, json=document, headers=author)
    assert (again.status_code, again.json()["status"]) == (200, "draft")
    other = await client.post(RULEBOOKS, json={**document, "note": "x"}, headers=author)
    assert (other.status_code, other.json()["code"]) == (409, "rulebook_version_taken")


async def test_a_faulty_draft_names_every_fault_and_its_place(client, author, document, admin):
    document["rules"][1]["severity"] = "grave"
    document["points"][0]["codes"] = ["nothing"]
    answer = await client.post(RULEBOOKS, json=document, headers=author)
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/rules/1", "/points/0"}
    assert await admin.fetchval("select count(*) from rulebook") == 1


async def test_a_rulebook_takes_two_people(client, author, approver, document, published):
    await client.post(RULEBOOKS, json=document, headers=author)
    path = f"{RULEBOOKS}/2026.2/activation"
    own = await client.post(path, headers=author)
    assert (own.status_code, own.json()["code"]) == (403, "same_person")
    await client.post(f"{RULEBOOKS}/2026.2/validation", headers=author)
    first = await client.post(path, json=REASON, headers=approver)
    assert (first.json()["status"], first.json()["approver"]) == ("active", "approver-1")
    assert (await client.post(path, headers=approver)).json() == first.json()
    activated = await published("screening.rulebook.activated.v1")
    assert [fact["rulebook_version"] for fact in activated] == ["2026.1", "2026.2"]
    listed = (await client.get(RULEBOOKS, headers=author)).json()["items"]
    assert [(item["version"], item["status"]) for item in listed] == [("2026.2", "active"), ("2026.1", "retired")]
    one = (await client.get(f"{RULEBOOKS}/2026.2", headers=author)).json()
    assert one["content"] == document
    assert (await client.get(f"{RULEBOOKS}/2027", headers=author)).status_code == 404
    assert (await client.post(f"{RULEBOOKS}/2027/activation", headers=approver)).status_code == 404


async def test_a_reviewer_neither_drafts_nor_activates(client, mint, document):
    headers = mint.bearer("reviewer")
    assert (await client.post(RULEBOOKS, json=document, headers=headers)).status_code == 403
    assert (await client.post(f"{RULEBOOKS}/2026.1/activation", headers=headers)).status_code == 403


async def test_workers_judge_by_the_new_rulebook_from_the_next_batch(
    client, resources, author, approver, document, claims, admin
):
    screen = wiring.build_screen_settlements(resources)
    await screen([claims.accepted(MEN_ONLY)])
    await client.post(RULEBOOKS, json=document, headers=author)
    await screen([claims.accepted(MEN_ONLY)])
    await client.post(f"{RULEBOOKS}/2026.2/validation", headers=author)
    await client.post(f"{RULEBOOKS}/2026.2/activation", json=REASON, headers=approver)
    await screen([claims.accepted(MEN_ONLY)])
    await client.post(f"{RULEBOOKS}/2026.1/activation", json=REASON, headers=approver)
    await screen([claims.accepted(MEN_ONLY)])
    rows = await admin.fetch("select rulebook_version, verdict from settlement order by settlement_ref")
    assert [tuple(row) for row in rows] == [
        ("2026.1", "refuse"),
        ("2026.1", "refuse"),
        ("2026.2", "pass"),
        ("2026.1", "refuse"),
    ]


async def test_an_accepted_tip_draws_attention_to_its_institution(client, resources, claims, mint):
    await wiring.build_screen_settlements(resources)([claims.accepted(MEN_ONLY)])
    tip = claims.event(TipAccepted(tip_id=new_id(), institution_code=HOSPITAL, accepted_at=claims.now))
    note = subscription(resources).handlers[TipAccepted]
    await note([tip])
    await note([tip, claims.event(tip.data)])
    page = await client.get("/screening/v1/findings", params={"under_tip": True}, headers=mint.bearer("auditor"))
    assert [item["rule_code"] for item in page.json()["items"]] == [SEX_RULE]
