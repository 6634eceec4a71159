"""A batch with a name: what was taken can be asked, and the rest sent from there."""

import json
from datetime import timedelta

import asyncpg
import pytest

from services.intake.wiring import AcceptSettlements
from tests.support.intake import HOSPITAL, settlement

PATH = "/intake/v1/settlements/batch"
STATUS = "/intake/v1/settlement-batches"


def ndjson(*numbers: int) -> bytes:
    return b"".join(json.dumps(settlement(f"S{number}")).encode() + b"\n" for number in numbers)


def statuses(response) -> list[tuple[int, str]]:
    return [(one["line"], one["status"]) for one in map(json.loads, response.text.splitlines())]


@pytest.fixture
def broken_at_the_third_chunk(monkeypatch):
    store, calls = AcceptSettlements.store, 0

    async def failing(self, prepared, **named):
        nonlocal calls
        calls += 1
        if calls == 3:
            raise asyncpg.ConnectionDoesNotExistError("gone")
        return await store(self, prepared, **named)

    monkeypatch.setattr(AcceptSettlements, "store", failing)


async def test_a_client_that_lost_the_answer_learns_what_was_taken_and_goes_on_from_there(
    client, hospital, rows, broken_at_the_third_chunk
) -> None:
    named = hospital | {"Batch-Id": "B1"}
    await client.post(PATH, content=ndjson(*range(1, 21)), headers=named)
    found = (await client.get(f"{STATUS}/B1", headers=hospital)).json()
    assert (found["lines_taken"], found["next_line"], found["finished"]) == (8, 9, False)
    assert (found["created"], found["same"], found["conflict"], found["rejected"]) == (8, 0, 0, 0)
    rest = await client.post(PATH, params={"from_line": 9}, content=ndjson(*range(9, 21)), headers=named)
    assert statuses(rest) == [(line, "created") for line in range(9, 21)]
    found = (await client.get(f"{STATUS}/B1", headers=hospital)).json()
    assert (found["lines_taken"], found["created"], found["finished"]) == (20, 20, True)
    assert len(await rows("select from settlement")) == 20


async def test_a_resend_from_the_start_changes_nothing_and_counts_nothing_twice(client, hospital, rows) -> None:
    named = hospital | {"Batch-Id": "B1"}
    body = ndjson(1, 2, 2, 3) + b"{broken\n" + ndjson(5)
    await client.post(PATH, content=body, headers=named)
    first = (await client.get(f"{STATUS}/B1", headers=hospital)).json()
    assert (first["created"], first["same"], first["rejected"], first["next_line"]) == (4, 1, 1, 7)
    again = await client.post(PATH, content=body, headers=named)
    assert [status for _, status in statuses(again)] == ["same", "same", "same", "same", "rejected", "same"]
    assert (await client.get(f"{STATUS}/B1", headers=hospital)).json() == first | {"finished": True}
    assert len(await rows("select from settlement")) == 4


async def test_a_batch_cannot_skip_lines(client, hospital) -> None:
    named = hospital | {"Batch-Id": "B1"}
    refused = await client.post(PATH, params={"from_line": 5}, content=ndjson(5), headers=named)
    assert (refused.status_code, refused.json()["code"]) == (409, "batch_gap")


async def test_a_batch_is_known_to_its_owner_alone(client, hospital, exchange, mint) -> None:
    await client.post(PATH, content=ndjson(1), headers=hospital | {"Batch-Id": "B1"})
    other = mint.bearer("hospital", institution="H11010500002")
    assert (await client.get(f"{STATUS}/B1", headers=other)).status_code == 404
    assert (await client.get(f"{STATUS}/B1", headers=exchange)).status_code == 404
    await client.post(PATH, content=ndjson(1, 2), headers=other | {"Batch-Id": "B1"})
    assert (await client.get(f"{STATUS}/B1", headers=hospital)).json()["lines_taken"] == 1
    assert (await client.get(f"{STATUS}/B1", headers=other)).json()["rejected"] == 2


async def test_a_batch_is_forgotten_after_its_days(client, hospital, clock, mint) -> None:
    await client.post(PATH, content=ndjson(1), headers=hospital | {"Batch-Id": "B1"})
    clock.advance(timedelta(days=31))
    hospital = mint.bearer("hospital", institution=HOSPITAL)
    await client.post(PATH, content=b"", headers=hospital | {"Batch-Id": "B2"})
    assert (await client.get(f"{STATUS}/B1", headers=hospital)).status_code == 404
    assert (await client.get(f"{STATUS}/B2", headers=hospital)).json()["finished"]
