import json

import asyncpg

from services.intake.wiring import AcceptSettlements
from tests.support.intake import HOSPITAL, OTHER_HOSPITAL, UNKNOWN_HOSPITAL, settlement

PATH = "/intake/v1/settlements/batch"


def ndjson(*lines) -> bytes:
    return b"".join((one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n" for one in lines)


def answers(response) -> list[dict]:
    return [json.loads(text) for text in response.text.splitlines()]


async def test_every_line_is_answered_by_its_number(client, hospital, rows) -> None:
    body = ndjson(
        settlement("S1"),
        settlement("S1"),
        b"",
        settlement("S1", medical_type="13"),
        settlement("S2", cash_paid_fen=1),
        b"{not json",
        settlement("S3", institution_code=OTHER_HOSPITAL),
        b"x" * 70_000,
        settlement("S4"),
    )
    response = await client.post(PATH, content=body, headers=hospital | {"Accept-Language": "en"})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("application/x-ndjson")
    found = answers(response)
    assert [(one["line"], one["status"], one.get("code")) for one in found] == [
        (1, "created", None),
        (2, "same", None),
        (4, "conflict", "settlement_differs"),
        (5, "rejected", "malformed"),
        (6, "rejected", "malformed"),
        (7, "rejected", "other_institution"),
        (8, "rejected", "malformed"),
        (9, "created", None),
    ]
    assert found[0]["settlement_ref"] == found[1]["settlement_ref"] == found[2]["settlement_ref"]
    assert found[3]["settlement_id"] == "S2"
    assert found[3]["fields"] == [
        {"pointer": "/total_fen", "code": "payments_sum", "message": "The payments do not sum to the total."}
    ]
    assert found[4]["fields"][0]["code"] == "malformed_json"
    assert found[6]["fields"][0]["code"] == "line_too_long"
    assert [row[0] for row in await rows("select settlement_id from settlement order by 1")] == ["S1", "S4"]


async def test_an_agency_posts_for_any_institution_that_is_registered(client, exchange) -> None:
    body = ndjson(
        settlement(institution_code=HOSPITAL),
        settlement(institution_code=OTHER_HOSPITAL),
        settlement(institution_code=UNKNOWN_HOSPITAL),
    )
    found = answers(await client.post(PATH, content=body, headers=exchange))
    assert [one.get("code", one["status"]) for one in found] == ["created", "created", "institution_unknown"]


async def test_a_batch_of_many_chunks_is_answered_in_order(client, hospital, rows) -> None:
    async def body():
        for number in range(50):
            yield ndjson(settlement(f"S{number}"))

    response = await client.post(PATH, content=body(), headers=hospital)
    found = answers(response)
    assert [one["line"] for one in found] == list(range(1, 51))
    assert {one["status"] for one in found} == {"created"}
    stored = {row[0]: str(row[1]) for row in await rows("select settlement_id, settlement_ref from settlement")}
    assert stored == {one["settlement_id"]: one["settlement_ref"] for one in found}
    stated = await rows("select payload from outbox where topic = 'intake.settlement' order by sequence")
    assert [json.loads(row[0])["settlement_id"] for row in stated] == [f"S{number}" for number in range(50)]


async def test_an_empty_batch_has_an_empty_answer(client, hospital) -> None:
    response = await client.post(PATH, content=b"\n\n", headers=hospital)
    assert (response.status_code, response.text) == (200, "")


def failing_from_the(call: int, monkeypatch) -> None:
    store, calls = AcceptSettlements.store, 0

    async def failing(self, prepared, **named):
        nonlocal calls
        calls += 1
        if calls >= call:
            raise asyncpg.ConnectionDoesNotExistError("gone")
        return await store(self, prepared, **named)

    monkeypatch.setattr(AcceptSettlements, "store", failing)


async def test_a_batch_that_loses_its_database_says_from_where_to_send_again(
    client, hospital, rows, monkeypatch
) -> None:
    body = ndjson(*(settlement(f"S{number}") for number in range(12)))
    with monkeypatch.context() as patch:
        failing_from_the(2, patch)
        found = answers(await client.post(PATH, content=body, headers=hospital))
    assert [one["status"] for one in found] == ["created"] * 4 + ["stopped"]
    assert found[-1] == {"line": 5, "status": "stopped", "code": "unavailable"}
    assert len(await rows("select from settlement")) == 4
    found = answers(await client.post(PATH, content=body, headers=hospital))
    assert [one["status"] for one in found] == ["same"] * 4 + ["created"] * 8


async def test_a_batch_whose_first_chunk_fails_is_a_problem_and_not_an_answer(
    client, hospital, rows, monkeypatch
) -> None:
    with monkeypatch.context() as patch:
        failing_from_the(1, patch)
        response = await client.post(PATH, content=ndjson(settlement()), headers=hospital)
    assert response.status_code == 503
    assert response.headers["content-type"] == "application/problem+json"
    assert await rows("select from settlement") == []
