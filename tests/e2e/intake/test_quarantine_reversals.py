"""Reversals that are refused: kept, waiting for their settlement, corrected, released once, over HTTP."""

import json
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from services.intake.api.quarantine_replay import reversal
from services.kit.errors import Unavailable
from tests.support import fsi
from tests.support.intake import HOSPITAL, OTHER_HOSPITAL, settlement

QUARANTINE = "/intake/v1/quarantine"
SETTLEMENTS = "/intake/v1/settlements"
BATCH = "/intake/v1/reversals/batch"
WHY = {"why": "核对原始单据 checked against the receipt"}


def at(settlement_id: str = "S1") -> str:
    return f"{SETTLEMENTS}/{HOSPITAL}/{settlement_id}/reversals"


def part(reversal_id: str, quantity: str = "1", **more: Any) -> dict[str, Any]:
    return {"reversal_id": reversal_id, "lines": [{"number": 1, "quantity": quantity}], **more}


def line(settlement_id: str, reversal_id: str, quantity: str = "1", **more: Any) -> dict[str, Any]:
    named = {"institution_code": HOSPITAL, "settlement_id": settlement_id}
    return part(reversal_id, quantity) | named | more


@pytest.fixture
def steward(mint) -> dict[str, str]:
    return mint.bearer("data_steward", region="110000")


@pytest.fixture
def listed(client, steward) -> Any:
    async def read(**query: Any) -> list[dict[str, Any]]:
        answer = await client.get(QUARANTINE, params=query, headers=steward)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    return read


@pytest.fixture
def post(client, hospital) -> Any:
    async def posted(*lines: Any, query: str = "", headers: dict[str, str] | None = None) -> list[dict[str, Any]]:
        body = b"".join((one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n" for one in lines)
        answer = await client.post(f"{BATCH}{query}", content=body, headers=headers or hospital)
        assert answer.status_code == 200, answer.text
        return [json.loads(text) for text in answer.text.splitlines()]

    return posted


@pytest.fixture
def release_waiting(app) -> Any:
    async def turn() -> int:
        resources = app.state.resources
        return await resources.quarantine.release_waiting(partial(reversal, resources))()

    return turn


async def test_a_reversal_before_its_settlement_is_refused_kept_and_released_when_the_settlement_is_here(
    client, hospital, listed, steward, rows
) -> None:
    refused = await client.post(at(), json=part("R1"), headers=hospital)
    assert (refused.status_code, refused.json()["code"]) == (404, "settlement_unknown")
    [entry] = await listed()
    assert (entry["kind"], entry["source"], entry["code"], entry["subject"], entry["waits"]) == (
        *("reversal", "single", "settlement_unknown", "S1"),
        False,
    )
    path = f"{QUARANTINE}/{entry['entry_id']}"
    early = await client.post(f"{path}/release", json=WHY, headers=steward)
    assert (early.status_code, early.json()["code"]) == (422, "settlement_unknown")
    await client.post(SETTLEMENTS, json=settlement(), headers=hospital)
    released = await client.post(f"{path}/release", json=WHY, headers=steward)
    assert released.status_code == 200, released.text
    assert released.json()["result"]["reversal_id"] == "R1"
    [row] = await rows("select amount_fen, remaining_fen from settlement_reversal")
    assert tuple(row) == (1865, 5595)
    assert (await client.post(at(), json=part("R1"), headers=hospital)).status_code == 200, "it was taken, once"


async def test_what_waits_is_taken_of_itself_once_its_settlement_is_here(
    client, hospital, post, listed, release_waiting, rows
) -> None:
    waiting = await client.post(at(), params={"wait": "true"}, json=part("R1"), headers=hospital)
    assert (waiting.status_code, waiting.json()) == (
        *(202,),
        {"status": "waiting", "settlement_id": "S1", "reversal_id": "R1"},
    )
    [answer] = await post(line("S1", "R2", "9"), query="?wait=true")
    assert (answer["status"], answer["settlement_id"], answer.get("fields")) == ("waiting", "S1", None)
    [not_waiting] = await post(line("S1", "R3"))
    assert (not_waiting["status"], not_waiting["code"]) == ("rejected", "settlement_unknown")
    assert await release_waiting() == 0
    await client.post(SETTLEMENTS, json=settlement(), headers=hospital)
    assert await release_waiting() == 1
    assert [row[0] for row in await rows("select reversal_id from settlement_reversal")] == ["R1"]
    entries = {one["code"]: one for one in await listed()}
    assert set(entries) == {"exceeds_remaining", "settlement_unknown"}, "what is more than is left is for a person"
    assert await release_waiting() == 0
    [released] = await listed(state="released")
    history = (await client.get(f"{QUARANTINE}/{released['entry_id']}", headers=hospital)).json()["actions"]
    assert [(one["action"], one["by"]) for one in history] == [("released", "fundwarden")]


async def test_one_that_waits_already_waits_whatever_is_sent_after_it(client, hospital, listed) -> None:
    for wait in ("true", "false"):
        await client.post(at(), params={"wait": wait}, json=part("R1"), headers=hospital)
    [entry] = await listed()
    assert (entry["waits"], entry["times_seen"]) == (True, 2)


async def test_nothing_is_said_to_wait_that_is_not_kept(client, hospital, app, post) -> None:
    keep = app.state.resources.quarantine.keep
    object.__setattr__(keep, "_bounds", keep._bounds._replace(entries=1))
    answers = await post(line("S1", "R1"), line("S2", "R1"), query="?wait=true")
    assert [one["status"] for one in answers] == ["waiting", "rejected"]
    full = await client.post(at("S3"), params={"wait": "true"}, json=part("R1"), headers=hospital)
    assert (full.status_code, full.json()["code"]) == (404, "settlement_unknown")


async def test_refused_lines_of_a_batch_are_kept_and_those_of_others_are_not(client, hospital, post, listed) -> None:
    await client.post(SETTLEMENTS, json=settlement(), headers=hospital)
    await post(
        line("S1", "R1"),
        line("S1", "R1", "2"),
        line("S1", "R2", "9"),
        b"{not json",
        line("S9", "R1", institution_code=OTHER_HOSPITAL),
        line("S1", "R3", lines=[]),
    )
    entries = await listed()
    assert [(one["code"], one["reference"], one["subject"]) for one in entries] == [
        ("reversal_differs", "batch:2", "S1"),
        ("exceeds_remaining", "batch:3", "S1"),
        ("malformed_json", "batch:4", None),
        ("type", "batch:6", "S1"),
    ]
    assert entries[1]["reasons"][0]["pointer"] == "/lines/0/quantity"
    assert all(reason["message"] != reason["code"] for one in entries[:3] for reason in one["reasons"])


async def test_a_malformed_reversal_is_kept_when_asked_with_the_settlement_it_is_of(
    client, hospital, listed, steward, mint
) -> None:
    await client.post(SETTLEMENTS, json=settlement(), headers=hospital)
    wrong = part("R1", "a lot")
    assert (await client.post(at(), json=wrong, headers=hospital)).status_code == 422
    other = mint.bearer("hospital", institution=OTHER_HOSPITAL)
    asked = {"quarantine": "true"}
    for headers, body, status in ((other, wrong, 422), (other, part("R1"), 403), (hospital, wrong, 422)):
        answer = await client.post(at(), params=asked, json=body, headers=headers)
        assert answer.status_code == status
    assert (await client.post(at(), params=asked, content=b"{")).status_code == 401
    [entry] = await listed()
    assert (entry["code"], entry["reference"], entry["times_seen"]) == ("type", f"single:{HOSPITAL}:S1", 1)
    path = f"{QUARANTINE}/{entry['entry_id']}"
    mended = WHY | {"patch": {"lines": [{"number": 1, "quantity": "0.5"}]}}
    assert (await client.post(f"{path}/corrections", json=mended, headers=steward)).status_code == 200
    released = await client.post(f"{path}/release", json=WHY, headers=steward)
    assert released.status_code == 200, released.text


async def test_a_whole_reversal_without_an_id_is_kept_too(client, hospital, listed, steward, rows) -> None:
    whole = f"{SETTLEMENTS}/{HOSPITAL}/S1/reversal"
    assert (await client.post(whole, headers=hospital)).status_code == 404
    [entry] = await listed()
    await client.post(SETTLEMENTS, json=settlement(), headers=hospital)
    released = await client.post(f"{QUARANTINE}/{entry['entry_id']}/release", json=WHY, headers=steward)
    assert released.status_code == 200, released.text
    [row] = await rows("select reversed_at is not null from settlement")
    assert row[0]


async def test_a_correction_takes_nothing_back_of_another_institution(client, hospital, post, listed, steward) -> None:
    await post(line("S1", "R1"))
    [entry] = await listed()
    path = f"{QUARANTINE}/{entry['entry_id']}"
    moved = WHY | {"patch": {"institution_code": OTHER_HOSPITAL}}
    await client.post(f"{path}/corrections", json=moved, headers=steward)
    answer = await client.post(f"{path}/release", json=WHY, headers=steward)
    assert (answer.status_code, answer.json()["code"]) == (422, "other_institution")


async def test_a_reversal_that_is_sent_again_and_taken_closes_its_entry(client, hospital, listed, clock, app) -> None:
    for reversal_id in ("R1", "R2"):
        await client.post(at(), json=part(reversal_id), headers=hospital)
    await client.post(SETTLEMENTS, json=settlement(), headers=hospital)
    clock.advance(timedelta(minutes=1))
    assert (await client.post(at(), json=part("R1"), headers=hospital)).status_code == 201
    await app.state.resources.quarantine.sweep()
    bodies = [
        (await client.get(f"{QUARANTINE}/{one['entry_id']}/body", headers=hospital)).json()["original"]
        for one in await listed()
    ]
    assert [one["reversal_id"] for one in bodies] == ["R2"], "what was not sent again stays"
    assert len(await listed(state="superseded")) == 1


async def test_a_reversal_over_the_national_interface_outlives_the_settlement_it_came_before(
    client, hospital, listed, steward, clock, app, rows
) -> None:
    data = {"mdtrt_id": fsi.VISIT, "psn_no": "11010519900307123X", "setl_id": f"S-{fsi.VISIT}"}
    early = fsi.message("2208", {"data": data})
    assert (await client.post(fsi.PATH, json=early, headers=hospital)).json()["infcode"] == "-1"
    [entry] = await listed()
    assert (entry["kind"], entry["subject"], entry["code"]) == ("message", f"S-{fsi.VISIT}", "settlement_unknown")
    clock.advance(timedelta(minutes=1))
    for sent in (fsi.registration(), fsi.visit_information(), fsi.lines(), fsi.settlement()):
        answer = (await client.post(fsi.PATH, json=sent, headers=hospital)).json()
        assert answer["infcode"] == "0", answer
    await app.state.resources.quarantine.sweep()
    [still] = await listed()
    assert still["entry_id"] == entry["entry_id"], "that the visit is settled now is why it may be reversed"
    settled = answer["output"]["setlinfo"]["setl_id"]
    path = f"{QUARANTINE}/{entry['entry_id']}"
    patch = WHY | {"patch": {"input": {"data": {"setl_id": settled}}}}
    await client.post(f"{path}/corrections", json=patch, headers=steward)
    released = await client.post(f"{path}/release", json=WHY, headers=steward)
    assert released.status_code == 200, released.text
    [row] = await rows("select reversed_at is not null from settlement")
    assert row[0]


async def test_a_chunk_and_its_refusals_stand_or_fall_together(client, hospital, app, rows, monkeypatch) -> None:
    async def fails(*_: Any, **__: Any) -> list[bool]:
        raise Unavailable("gone", zh="不可用。", en="It is away.")

    movement = {
        "institution_code": HOSPITAL,
        "movement_id": "M1",
        "kind": "purchase",
        "moved_at": "2026-03-09T09:00:00+08:00",
        "item_code": "XB01AXA223B002010100156",
        "quantity": "5",
    }
    await client.post(SETTLEMENTS, json=settlement(), headers=hospital)
    monkeypatch.setattr(app.state.resources.quarantine.keep, "within", fails)
    for path, good in (("/intake/v1/stock-movements/batch", movement), (BATCH, line("S1", "R1"))):
        body = json.dumps(good).encode() + b"\n{not json\n"
        assert (await client.post(path, content=body, headers=hospital)).status_code == 503
    assert await rows("select from stock_movement") == []
    assert await rows("select from settlement_reversal") == []
