"""What is refused and must not be lost: kept, inspected on record, corrected, released once, over HTTP."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from services.intake.wiring import build_sweep_visits
from tests.support import fsi
from tests.support.intake import HOSPITAL, INSURED_NUMBER, OTHER_HOSPITAL, line, settlement

PATH = "/intake/v1/quarantine"
WHY = {"why": "核对原始单据 checked against the receipt"}


def ndjson(*bodies: Any) -> bytes:
    return b"\n".join(body if isinstance(body, bytes) else json.dumps(body).encode() for body in bodies) + b"\n"


@pytest.fixture
def steward(mint) -> dict[str, str]:
    return mint.bearer("data_steward", region="110000")


@pytest.fixture
def batch(client, hospital) -> Any:
    async def post(*bodies: Any, caller: dict[str, str] | None = None) -> list[dict[str, Any]]:
        answer = await client.post("/intake/v1/settlements/batch", content=ndjson(*bodies), headers=caller or hospital)
        assert answer.status_code == 200
        return [json.loads(one) for one in answer.text.splitlines()]

    return post


@pytest.fixture
def listed(client, steward) -> Any:
    async def read(**query: Any) -> list[dict[str, Any]]:
        answer = await client.get(PATH, params=query, headers=query.pop("headers", None) or steward)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    return read


async def test_refused_lines_of_a_batch_are_kept_and_taken_lines_are_not(batch, listed) -> None:
    await batch(settlement("S1"), settlement("S2", total_fen=1), b"{not json", settlement("S1", medical_type="12"))
    entries = await listed()
    assert [(one["subject"], one["code"], one["reference"]) for one in entries] == [
        ("S2", "payments_sum", "batch:2"),
        (None, "malformed_json", "batch:3"),
        ("S1", "settlement_differs", "batch:4"),
    ]
    assert {one["institution_code"] for one in entries} == {HOSPITAL}
    assert entries[0]["reasons"][0]["pointer"] == "/total_fen"
    assert all(reason["message"] for one in entries for reason in one["reasons"])


async def test_the_same_refused_line_again_is_counted_and_kept_once(batch, listed) -> None:
    wrong = settlement("S2", total_fen=1)
    await batch(wrong, wrong)
    await batch(wrong)
    [entry] = await listed()
    assert entry["times_seen"] == 3


async def test_bodies_are_encrypted_in_the_tables(batch, rows) -> None:
    await batch(settlement("S2", total_fen=1))
    [row] = await rows("select * from quarantine_entry")
    assert INSURED_NUMBER not in str(dict(row))
    assert INSURED_NUMBER.encode() not in row["sealed"]


async def test_a_body_is_shown_to_who_may_see_it_and_that_is_on_record(client, batch, listed, steward, mint) -> None:
    wrong = settlement("S2", total_fen=1)
    await batch(wrong)
    [entry] = await listed()
    at = f"{PATH}/{entry['entry_id']}"
    denied = await client.get(f"{at}/body", headers=mint.bearer("auditor"))
    assert (denied.status_code, denied.json()["code"]) == (403, "scope_missing")
    shown = await client.get(f"{at}/body", headers=steward)
    assert shown.json() == {"original": wrong, "corrected": None}
    assert shown.headers["cache-control"] == "no-store"
    actions = (await client.get(at, headers=steward)).json()["actions"]
    assert [one["action"] for one in actions] == ["inspected"]


@pytest.mark.parametrize("claims", [{"institution": OTHER_HOSPITAL}, {"region": "310000"}])
async def test_entries_of_others_are_not_there(client, batch, listed, mint, claims) -> None:
    await batch(settlement("S2", total_fen=1))
    [entry] = await listed()
    role = "hospital" if "institution" in claims else "data_steward"
    other = mint.bearer(role, **claims)
    assert (await client.get(PATH, headers=other)).json()["items"] == []
    for path in ("", "/body"):
        assert (await client.get(f"{PATH}/{entry['entry_id']}{path}", headers=other)).status_code == 404
    for path in ("release", "dismiss"):
        answer = await client.post(f"{PATH}/{entry['entry_id']}/{path}", json=WHY, headers=other)
        assert answer.status_code == 404


async def test_corrected_by_a_patch_and_released_it_is_a_settlement_like_any_other(
    client, batch, listed, mint, rows, clock
) -> None:
    wrong = settlement("S2", insurance_type="3l0", lines=[line(unit_price=18.65, quantity=2)])
    await batch(wrong)
    [entry] = await listed()
    at = f"{PATH}/{entry['entry_id']}"
    clock.advance(timedelta(days=3))
    steward = mint.bearer("data_steward", region="110000")
    refused = await client.post(f"{at}/release", json=WHY, headers=steward)
    assert (refused.status_code, [one["pointer"] for one in refused.json()["errors"]]) == (422, ["/insurance_type"])
    patched = await client.post(
        f"{at}/corrections", json=WHY | {"patch": {"insurance_type": "310"}, "corrections": 0}, headers=steward
    )
    assert (patched.status_code, patched.json()["corrections"]) == (200, 1)
    stale = await client.post(f"{at}/corrections", json=WHY | {"patch": {}, "corrections": 0}, headers=steward)
    assert (stale.status_code, stale.json()["code"]) == (409, "corrected_meanwhile")
    released = await client.post(f"{at}/release", json=WHY, headers=steward)
    assert released.status_code == 200, released.text
    assert released.json()["state"] == "released"
    assert [one["action"] for one in released.json()["actions"]] == ["release_refused", "corrected", "released"]
    [row] = await rows("select body from settlement")
    fact = json.loads(row["body"])
    assert (fact["settlement_id"], fact["insurance_type"]) == ("S2", "310")
    assert fact["received_at"] == "2026-03-10T02:00:00Z", "late is what came late, not what waited with us"
    assert released.json()["result"]["settlement_ref"] == fact["settlement_ref"]
    shown = (await client.get(f"{at}/body", headers=steward)).json()
    assert shown["original"] == wrong
    again = await client.post(f"{at}/release", json=WHY, headers=steward)
    assert again.json()["result"] == released.json()["result"]
    assert len(await rows("select from settlement")) == 1


async def test_released_by_several_at_once_it_is_taken_once(client, batch, listed, steward, rows) -> None:
    await batch(settlement("S2", insurance_type="x"))
    [entry] = await listed()
    at = f"{PATH}/{entry['entry_id']}"
    body = settlement("S2")
    await client.post(f"{at}/corrections", json=WHY | {"body": body}, headers=steward)
    answers = await asyncio.gather(*[client.post(f"{at}/release", json=WHY, headers=steward) for _ in range(6)])
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert any(answer.status_code == 200 for answer in answers)
    assert {answer.json().get("code") for answer in answers if answer.status_code == 409} <= {"being_released"}
    assert len(await rows("select from settlement")) == 1
    assert len(await rows("select from outbox where type = 'intake.settlement.accepted.v1'")) == 1
    assert len(await rows("select from quarantine_action where action = 'released'")) == 1


async def test_a_correction_moves_nothing_to_another_institution(client, batch, listed, steward, rows) -> None:
    await batch(settlement("S2", total_fen=1))
    [entry] = await listed()
    at = f"{PATH}/{entry['entry_id']}"
    moved = WHY | {"body": settlement("S2", institution_code=OTHER_HOSPITAL)}
    await client.post(f"{at}/corrections", json=moved, headers=steward)
    answer = await client.post(f"{at}/release", json=WHY, headers=steward)
    assert (answer.status_code, answer.json()["code"]) == (422, "other_institution")
    assert await rows("select from settlement") == []


async def test_a_conflict_is_kept_of_a_single_post_too_and_a_malformed_one_only_when_asked(
    client, hospital, listed
) -> None:
    post = "/intake/v1/settlements"
    await client.post(post, json=settlement("S1"), headers=hospital)
    assert (await client.post(post, json=settlement("S1", medical_type="12"), headers=hospital)).status_code == 409
    assert (await client.post(post, json=settlement("S2", total_fen=1), headers=hospital)).status_code == 422
    assert [one["code"] for one in await listed()] == ["settlement_differs"]
    asked = await client.post(f"{post}?quarantine=true", json=settlement("S2", total_fen=1), headers=hospital)
    assert asked.status_code == 422
    assert [one["code"] for one in await listed()] == ["settlement_differs", "payments_sum"]


async def test_a_conflict_is_refused_again_until_its_id_is_corrected_or_it_is_dismissed(
    client, batch, listed, steward
) -> None:
    await batch(settlement("S1"), settlement("S1", medical_type="12"))
    [entry] = await listed()
    at = f"{PATH}/{entry['entry_id']}"
    refused = await client.post(f"{at}/release", json=WHY, headers=steward)
    assert (refused.status_code, refused.json()["code"]) == (409, "settlement_differs")
    dismissed = await client.post(f"{at}/dismiss", json=WHY, headers=steward)
    assert dismissed.json()["state"] == "dismissed"
    assert (await client.post(f"{at}/dismiss", json=WHY, headers=steward)).status_code == 200
    late = await client.post(f"{at}/release", json=WHY, headers=steward)
    assert (late.status_code, late.json()["code"]) == (409, "quarantine_closed")
    assert await listed() == []
    assert [one["subject"] for one in await listed(state="dismissed")] == ["S1"]


async def test_what_comes_by_the_ordinary_way_later_closes_its_entry(
    client, batch, listed, clock, app: FastAPI
) -> None:
    await batch(settlement("S2", total_fen=1))
    clock.advance(timedelta(minutes=1))
    await batch(settlement("S2"))
    await app.state.resources.quarantine.sweep()
    assert await listed() == []
    assert [one["subject"] for one in await listed(state="superseded")] == ["S2"]


async def test_bodies_are_deleted_when_their_time_is_over(client, batch, listed, clock, app, mint, rows) -> None:
    await batch(settlement("S2", total_fen=1))
    [entry] = await listed()
    clock.advance(timedelta(days=181))
    steward = mint.bearer("data_steward", region="110000")
    await app.state.resources.quarantine.sweep()
    gone = await client.get(f"{PATH}/{entry['entry_id']}/body", headers=steward)
    assert (gone.status_code, gone.json()["code"]) == (410, "quarantine_expired")
    assert [tuple(row) for row in await rows("select sealed, state from quarantine_entry")] == [(None, "expired")]


async def test_an_institution_fills_no_more_than_its_share(client, batch, listed, app, exchange) -> None:
    keep = app.state.resources.quarantine.keep
    object.__setattr__(keep, "_bounds", keep._bounds._replace(entries=2))
    await batch(*[settlement(f"S{number}", total_fen=1) for number in range(6)])
    await batch(settlement("S9", total_fen=1))
    assert [one["subject"] for one in await listed()] == ["S0", "S1"]
    await batch(settlement("T1", institution_code=OTHER_HOSPITAL, total_fen=1), caller=exchange)
    assert [one["subject"] for one in await listed()] == ["S0", "S1", "T1"]


async def test_a_refused_message_of_the_national_interface_is_kept_corrected_and_released(
    client, hospital, listed, steward, rows
) -> None:
    for sent in (fsi.registration(), fsi.visit_information(), fsi.lines()):
        assert (await client.post(fsi.PATH, json=sent, headers=hospital)).json()["infcode"] == "0"
    wrong = fsi.settlement(medfee_sumamt="7x4.60")
    assert (await client.post(fsi.PATH, json=wrong, headers=hospital)).json()["infcode"] == "-1"
    [entry] = await listed(source="fsi")
    assert (entry["code"], entry["subject"]) == ("number_form", fsi.VISIT)
    at = f"{PATH}/{entry['entry_id']}"
    patch = {"input": {"data": {"medfee_sumamt": 74.60}}}
    assert (await client.post(f"{at}/corrections", json=WHY | {"patch": patch}, headers=steward)).status_code == 200
    released = await client.post(f"{at}/release", json=WHY, headers=steward)
    assert released.status_code == 200, released.text
    [row] = await rows("select settlement_ref, total_fen from settlement")
    assert row["total_fen"] == 7460
    assert released.json()["result"]["settlement_ref"] == str(row["settlement_ref"])


async def test_no_look_and_no_sign_in_is_kept(client, hospital, listed) -> None:
    for infno in ("2206", "9001"):
        answer = await client.post(fsi.PATH, json=fsi.message(infno, {"data": {}}), headers=hospital)
        assert answer.json()["infcode"] == "-1"
    assert await listed() == []
    await client.post(fsi.PATH, content=b"{", headers=hospital)
    assert [one["code"] for one in await listed()] == ["malformed_json"]


async def test_what_no_database_takes_as_text_is_kept_all_the_same(client, hospital, listed) -> None:
    wrong = fsi.settlement("V\0")
    answer = await client.post(fsi.PATH, json=wrong, headers=hospital)
    assert answer.json()["infcode"] == "-1"
    [entry] = await listed()
    assert entry["subject"] == "V\ufffd"


async def test_a_visit_whose_lines_never_came_waits_for_a_person(
    client, hospital, listed, mint, clock, app, rows
) -> None:
    for sent in (fsi.registration(), fsi.visit_information(), fsi.settlement()):
        assert (await client.post(fsi.PATH, json=sent, headers=hospital)).json()["infcode"] == "0"
    clock.advance(timedelta(days=8))
    await build_sweep_visits(app.state.resources)()
    steward = mint.bearer("data_steward", region="110000")
    [entry] = (await client.get(PATH, headers=steward)).json()["items"]
    assert (entry["kind"], entry["code"], entry["subject"]) == ("visit", "lines_missing", f"S-{fsi.VISIT}")
    at = f"{PATH}/{entry['entry_id']}"
    refused = await client.post(f"{at}/release", json=WHY, headers=steward)
    assert (refused.status_code, refused.json()["code"]) == (422, "lines_missing")
    body = (await client.get(f"{at}/body", headers=steward)).json()["original"]
    assert {part["kind"] for part in body["parts"]} == {"registration", "information", "settlement"}
    await client.post(f"{at}/corrections", json=WHY | {"body": settlement(entry["subject"])}, headers=steward)
    assert (await client.post(f"{at}/release", json=WHY, headers=steward)).status_code == 200
    assert len(await rows("select from settlement")) == 1


async def test_refused_stock_movements_and_lists_are_kept_and_released(client, hospital, listed, steward) -> None:
    movement = {
        "institution_code": HOSPITAL,
        "movement_id": "M1",
        "kind": "purchase",
        "moved_at": "2026-03-09T09:00:00+08:00",
        "item_code": "XB01AXA223B002010100156",
        "quantity": "x",
    }
    answer = await client.post("/intake/v1/stock-movements/batch", content=ndjson(movement), headers=hospital)
    assert json.loads(answer.text)["status"] == "rejected"
    [entry] = await listed()
    assert (entry["kind"], entry["subject"]) == ("movement", "M1")
    at = f"{PATH}/{entry['entry_id']}"
    await client.post(f"{at}/corrections", json=WHY | {"patch": {"quantity": "5"}}, headers=steward)
    released = await client.post(f"{at}/release", json=WHY, headers=steward)
    assert released.status_code == 200, released.text
    assert released.json()["result"]["movement_ref"]
