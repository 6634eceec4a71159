"""Reversals over HTTP: whole, in part, many at once, and never more than is left."""

import asyncio
import json

from tests.support.intake import HOSPITAL, OTHER_HOSPITAL, line, settlement

SETTLEMENTS = "/intake/v1/settlements"
PATH = f"{SETTLEMENTS}/{HOSPITAL}/S1/reversals"


def part(reversal_id: str, *lines: tuple[int, str | None, int | None]) -> dict:
    wanted = [{"number": number, "quantity": quantity, "amount_fen": amount} for number, quantity, amount in lines]
    return {"reversal_id": reversal_id, "lines": wanted}


async def stated(rows) -> list[tuple[str, dict]]:
    found = await rows("select type, payload from outbox where type like 'intake.settlement.%rev%' order by sequence")
    return [(row[0].split(".")[2], json.loads(row[1])) for row in found]


async def test_several_parts_are_taken_back_until_nothing_is_left(client, hospital, rows) -> None:
    await client.post(SETTLEMENTS, json=settlement(), headers=hospital)
    first = await client.post(PATH, json=part("R1", (1, "0.5", None)), headers=hospital)
    assert first.status_code == 201
    assert (first.json()["amount_fen"], first.json()["remaining_fen"], first.json()["whole"]) == (933, 6527, False)
    again = await client.post(PATH, json=part("R1", (1, "0.50", None)), headers=hospital)
    assert (again.status_code, again.json()) == (200, first.json())
    other = await client.post(PATH, json=part("R1", (1, "1", None)), headers=hospital)
    assert (other.status_code, other.json()["code"]) == (409, "reversal_differs")
    await client.post(PATH, json=part("R2", (2, "2", None)), headers=hospital)
    course = (await client.get(PATH, headers=hospital)).json()
    assert [one["remaining_quantity"] for one in course["lines"]] == ["1.5", "0"]
    assert [one["remaining_amount_fen"] for one in course["lines"]] == [2797, 0]
    assert (course["total_fen"], course["remaining_fen"], course["reversed_at"]) == (7460, 2797, None)
    last = await client.post(PATH, json=part("R3", (1, "1.5", None)), headers=hospital)
    assert (last.json()["remaining_fen"], last.json()["whole"]) == (0, True)
    read = (await client.get(f"{SETTLEMENTS}/{HOSPITAL}/S1", headers=hospital)).json()
    assert (read["state"], read["remaining_fen"], read["total_fen"]) == ("reversed", 0, 7460)
    nothing = await client.post(PATH, json=part("R4", (1, "1", None)), headers=hospital)
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_left")
    facts = await stated(rows)
    assert [kind for kind, _ in facts] == ["partly_reversed", "partly_reversed", "partly_reversed", "reversed"]
    assert facts[1][1]["returned_lines"] == [2]
    assert facts[2][1]["remaining_fen"] == 0


async def test_more_than_is_left_is_refused_with_pointers(client, hospital, rows) -> None:
    await client.post(SETTLEMENTS, json=settlement(), headers=hospital)
    await client.post(PATH, json=part("R1", (1, "1", None)), headers=hospital)
    refused = await client.post(
        PATH,
        json=part("R2", (1, "1.5", None), (2, "1", 4000), (9, "1", None), (1, "1", None), (2, None, None)),
        headers=hospital,
    )
    assert refused.status_code == 422
    assert [(one["pointer"], one["code"]) for one in refused.json()["errors"]] == [
        ("/lines/0/quantity", "exceeds_remaining"),
        ("/lines/1/amount_fen", "exceeds_remaining"),
        ("/lines/2/number", "line_unknown"),
        ("/lines/3/number", "line_number_twice"),
        ("/lines/4/number", "line_number_twice"),
    ]
    assert len(await stated(rows)) == 1


async def test_money_alone_can_be_taken_back(client, hospital) -> None:
    await client.post(SETTLEMENTS, json=settlement(), headers=hospital)
    await client.post(PATH, json=part("R1", (1, None, 30)), headers=hospital)
    course = (await client.get(PATH, headers=hospital)).json()
    assert (course["lines"][0]["remaining_quantity"], course["lines"][0]["remaining_amount_fen"]) == ("2", 3700)


async def test_a_line_that_is_a_refund_itself_has_no_part(client, hospital) -> None:
    refund = line(3, quantity="-1", amount_fen=-1865)
    await client.post(SETTLEMENTS, json=settlement(lines=[line(1), line(2), refund]), headers=hospital)
    refused = await client.post(PATH, json=part("R1", (3, "1", None)), headers=hospital)
    assert refused.json()["errors"][0]["code"] == "line_not_reversible"


async def test_of_two_reversals_at_once_one_wins(client, hospital, rows) -> None:
    await client.post(SETTLEMENTS, json=settlement(), headers=hospital)
    answers = await asyncio.gather(
        *(client.post(PATH, json=part(f"R{number}", (1, "1.5", None)), headers=hospital) for number in range(4)),
        *(client.post(PATH, json=part("R9", (2, "2", None)), headers=hospital) for _ in range(3)),
    )
    assert sorted(one.status_code for one in answers[:4]) == [201, 422, 422, 422]
    assert sorted(one.status_code for one in answers[4:]) == [200, 200, 201]
    assert len(await stated(rows)) == 2


async def test_a_whole_reversal_takes_what_parts_left(client, hospital, rows) -> None:
    await client.post(SETTLEMENTS, json=settlement(), headers=hospital)
    await client.post(PATH, json=part("R1", (1, "1", None)), headers=hospital)
    whole = await client.post(PATH, json={"reversal_id": "R2"}, headers=hospital)
    assert (whole.json()["amount_fen"], whole.json()["whole"]) == (5595, True)
    assert [kind for kind, _ in await stated(rows)] == ["partly_reversed", "reversed"]


async def test_others_neither_take_back_nor_read(client, hospital, mint) -> None:
    await client.post(SETTLEMENTS, json=settlement(), headers=hospital)
    other = mint.bearer("hospital", institution=OTHER_HOSPITAL)
    assert (await client.post(PATH, json={"reversal_id": "R"}, headers=other)).status_code == 403
    assert (await client.get(PATH, headers=other)).status_code == 403
    missing = await client.post(PATH.replace("S1", "S2"), json={"reversal_id": "R"}, headers=hospital)
    assert (missing.status_code, missing.json()["code"]) == (404, "settlement_unknown")


async def test_many_reversals_are_answered_line_by_line(client, hospital, rows) -> None:
    for number in range(1, 4):
        await client.post(SETTLEMENTS, json=settlement(f"S{number}"), headers=hospital)
    own = {"institution_code": HOSPITAL}
    lines = [
        own | {"settlement_id": "S1", "reversal_id": "R1"},
        own | {"settlement_id": "S2"} | part("R1", (1, "9", None)),
        own | {"settlement_id": "S2"} | part("R2", (1, "1", None)),
        own | {"settlement_id": "S1", "reversal_id": "R1"},
        own | {"settlement_id": "S9", "reversal_id": "R1"},
        {"institution_code": OTHER_HOSPITAL, "settlement_id": "S3", "reversal_id": "R1"},
        {"settlement_id": "S3"},
    ]
    body = b"".join(json.dumps(one).encode() + b"\n" for one in lines) + b"{not json\n"
    response = await client.post("/intake/v1/reversals/batch", content=body, headers=hospital)
    found = [json.loads(text) for text in response.text.splitlines()]
    assert [(one["line"], one.get("code") or one["status"]) for one in found] == [
        (1, "created"),
        (2, "malformed"),
        (3, "created"),
        (4, "same"),
        (5, "settlement_unknown"),
        (6, "other_institution"),
        (7, "malformed"),
        (8, "malformed"),
    ]
    assert found[1]["fields"][0]["pointer"] == "/lines/0/quantity"
    assert len(await rows("select from settlement_reversal")) == 2
