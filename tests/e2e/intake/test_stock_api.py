"""Stock movements over HTTP, from the purchase to the ledger."""

import asyncio
import json
import random
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.intake import DRUG, HOSPITAL, OTHER_HOSPITAL, SERVICE, settlement
from tests.support.stock import CODE, movement

URL = "/intake/v1/stock-movements"
LEDGER = f"/intake/v1/institutions/{HOSPITAL}/stock"


async def post(client, hospital, *bodies) -> list[Any]:
    return [await client.post(URL, json=body, headers=hospital) for body in bodies]


def codes(answer) -> list[str]:
    return [doubt["code"] for doubt in answer.json()["doubts"]]


async def days(client, hospital, **query) -> tuple[Decimal, dict[str, dict[str, Any]]]:
    answer = await client.get(LEDGER, params={"item": DRUG} | query, headers=hospital)
    assert answer.status_code == 200
    return Decimal(answer.json()["balance"]), {day["day"]: day for day in answer.json()["days"]}


async def facts(rows) -> list[dict[str, Any]]:
    found = await rows("select key, payload from outbox where type = 'intake.stock.moved.v1' order by sequence")
    assert {row["key"] for row in found} <= {HOSPITAL, OTHER_HOSPITAL}
    return [json.loads(row["payload"]) for row in found]


async def test_purchase_sale_return_and_deletion_add_up(client, hospital, rows):
    taken = await client.post("/intake/v1/settlements", json=settlement("S1"), headers=hospital)
    assert taken.status_code == 201
    sale = {"settlement_id": "S1", "paid_by": "insurance", "traceability_codes": [CODE], "quantity": "3"}
    answers = await post(
        client,
        hospital,
        movement("P1", quantity="100", batch_number="A1", moved_at="2026-03-01T09:00:00+08:00"),
        movement("V1", "sale", **sale),
        movement("R1", "sale_return", refers_to="V1", settlement_id="S1", quantity="1"),
        movement("V2", "sale", quantity="7.5"),
        movement("D1", "delete", refers_to="V2", moved_at="2026-03-10T09:00:00+08:00"),
    )
    assert [(answer.status_code, codes(answer)) for answer in answers] == [(201, [])] * 5

    balance, by_day = await days(client, hospital)
    assert balance == 98
    assert list(by_day) == ["2026-03-01", "2026-03-09"]
    day = {name: Decimal(by_day["2026-03-09"][name]) for name in ("opening", "sold", "sale_returned", "deleted")}
    assert day == {"opening": 100, "sold": Decimal("-10.5"), "sale_returned": 1, "deleted": Decimal("7.5")}

    stated = await facts(rows)
    assert [one.get("effect_e4", 0) for one in stated] == [1_000_000, -30_000, 10_000, -75_000, 75_000]
    assert sum(one["effect_e4"] for one in stated) == balance * 10_000
    assert stated[1]["settlement_ref"] == taken.json()["settlement_ref"]
    assert stated[2]["refers_to_ref"] == stated[1]["movement_ref"]
    assert stated[4]["item_code"] == DRUG

    read = (await client.get(f"{URL}/{HOSPITAL}/V2", headers=hospital)).json()
    assert (read["state"], read["quantity"], read["kind"]) == ("deleted", "7.5", "sale")
    of_settlement = (await client.get(URL, params={"settlement_id": "S1"}, headers=hospital)).json()["items"]
    assert [one["movement_id"] for one in of_settlement] == ["V1", "R1"]


async def test_a_resend_gets_the_first_answer_and_another_content_a_conflict(client, hospital, rows):
    first, again, written_otherwise, other = await post(
        client,
        hospital,
        movement(),
        movement(),
        movement(moved_at="2026-03-09T01:00:00Z", quantity=10.0),
        movement(quantity="11"),
    )
    assert [answer.status_code for answer in (first, again, written_otherwise, other)] == [201, 200, 200, 409]
    assert again.json()["movement_ref"] == written_otherwise.json()["movement_ref"] == first.json()["movement_ref"]
    assert other.json()["code"] == "movement_differs"
    assert len(await facts(rows)) == 1


async def test_what_is_doubtful_is_taken_and_marked(client, hospital, rows):
    (answer,) = await post(client, hospital, movement("V1", "sale", settlement_id="S9", refers_to="V0"))
    assert answer.status_code == 201
    assert codes(answer) == ["settlement_not_here", "sale_without_purchase", "movement_unknown"]
    assert (await facts(rows))[0]["doubts"] == codes(answer)
    assert (await days(client, hospital))[0] == -10


async def test_after_a_deletion_the_movement_may_be_reported_again(client, hospital, rows):
    await post(client, hospital, movement(), movement("D1", "delete", refers_to="M1"))
    again, corrected, resent, second_deletion, third = await post(
        client,
        hospital,
        movement(),
        movement(quantity="12"),
        movement(quantity="12"),
        movement("D2", "delete", refers_to="M1"),
        movement("D3", "delete", refers_to="M1"),
    )
    assert [one.status_code for one in (again, corrected, resent, second_deletion, third)] == [200, 201, 200, 201, 201]
    assert codes(third) == ["deleted_already"]
    assert [one.get("effect_e4") for one in await facts(rows)] == [100_000, -100_000, 120_000, -120_000, 0]
    assert (await days(client, hospital))[0] == 0
    read = (await client.get(f"{URL}/{HOSPITAL}/M1", headers=hospital)).json()
    assert (read["revision"], read["state"]) == (2, "deleted")


async def test_a_deletion_that_overtook_its_movement_takes_it_back_all_the_same(client, hospital, rows):
    early, late = await post(client, hospital, movement("D1", "delete", refers_to="M1"), movement())
    assert (codes(early), codes(late)) == (["movement_unknown"], ["deleted_before"])
    assert [one.get("effect_e4") for one in await facts(rows)] == [None, 0]
    assert (await days(client, hospital))[0] == 0


async def test_a_batch_is_answered_line_by_line(client, hospital, rows):
    lines = [
        movement("V1", "sale", quantity="2"),
        movement("P1"),
        {**movement("P1"), "kind": "gift", "quantity": {}},
        movement("P1"),
        movement("P1", quantity="1"),
        movement("R1", "sale_return", refers_to="V1", quantity="3"),
        movement("X1", institution_code=OTHER_HOSPITAL),
        movement("D1", "delete", refers_to="V1"),
        movement("V1", "sale", quantity="1"),
    ]
    content = "\n".join([*(json.dumps(line) for line in lines), '{"movement_id": '])
    answer = await client.post(f"{URL}/batch", content=content, headers=hospital)
    answered = [json.loads(line) for line in answer.text.splitlines()]
    assert [(one["line"], one["status"], one.get("movement_id")) for one in answered] == [
        (1, "created", "V1"),
        (2, "created", "P1"),
        (3, "rejected", "P1"),
        (4, "same", "P1"),
        (5, "conflict", "P1"),
        (6, "created", "R1"),
        (7, "rejected", "X1"),
        (8, "created", "D1"),
        (9, "created", "V1"),
        (10, "rejected", None),
    ]
    assert {(field["pointer"], field["code"]) for field in answered[2]["fields"]} == {
        ("/kind", "type"),
        ("/quantity", "type"),
    }
    assert [doubt["code"] for doubt in answered[5]["doubts"]] == ["return_exceeds"]
    assert answered[6]["code"] == "other_institution"
    assert (await days(client, hospital))[0] == 12
    assert sum(one["effect_e4"] for one in await facts(rows)) == 120_000


async def test_an_institution_sees_and_posts_only_its_own(client, hospital, mint):
    other = mint.bearer("hospital", institution=OTHER_HOSPITAL)
    assert (await client.post(URL, json=movement(), headers=other)).status_code == 403
    assert (await client.post(URL, json=movement(), headers=hospital)).status_code == 201
    for address in (f"{URL}/{HOSPITAL}/M1", f"{URL}?institution_code={HOSPITAL}", f"{LEDGER}?item={DRUG}"):
        assert (await client.get(address, headers=other)).status_code == 403
        assert (await client.get(address, headers=mint.bearer("auditor"))).status_code == 200
    assert (await client.get(URL, headers=other)).json()["items"] == []
    assert (await client.get(f"{URL}/{HOSPITAL}/M9", headers=hospital)).status_code == 404


async def test_a_list_is_read_page_by_page(client, hospital):
    await post(client, hospital, *[movement(f"M{number}") for number in range(5)])
    found, cursor = [], None
    while True:
        page = (
            await client.get(
                URL, params={"limit": 2, "cursor": cursor or ""} if cursor else {"limit": 2}, headers=hospital
            )
        ).json()
        found += [one["movement_id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == [f"M{number}" for number in range(5)]
    none = await client.get(URL, params={"item": SERVICE}, headers=hospital)
    assert none.json()["items"] == []


async def test_the_ledger_begins_and_ends_where_it_is_asked_to(client, hospital):
    at = "2026-03-{:02}T23:30:00+08:00"
    await post(client, hospital, *[movement(f"M{day}", moved_at=at.format(day)) for day in (1, 2, 3)])
    balance, by_day = await days(client, hospital, **{"from": "2026-03-02", "until": "2026-03-02"})
    assert (balance, list(by_day)) == (20, ["2026-03-02"])
    assert Decimal(by_day["2026-03-02"]["opening"]) == 10


SIGN = {"purchase": 1, "purchase_return": -1, "sale": -1, "sale_return": 1}


def books(seed: int) -> tuple[list[dict[str, Any]], dict[date, Decimal]]:
    """Movements of a week, and the balance of each day by a plain replay in the order in which they happened."""
    chance = random.Random(seed)
    begin = datetime.fromisoformat("2026-03-01T00:00:00+08:00")
    movements, closing, level = [], {}, defaultdict(Decimal)
    for number in range(60):
        at = begin + timedelta(minutes=number * 150 + chance.randrange(150))
        batch = chance.choice(["A", "B", None])
        kind = chance.choice([*SIGN, *SIGN, "change", "count"])
        quantity = Decimal(chance.randrange(1, 400)) / 4
        one = movement(f"M{number}", kind, moved_at=at.isoformat(), quantity=str(quantity), batch_number=batch)
        if kind == "change":
            one["change_reason"] = chance.choice(["103", "105"])
        movements.append(one)
        gone = chance.random() < 0.25
        if gone:
            deletion = movement(f"D{number}", "delete", refers_to=f"M{number}", moved_at="2026-03-09T09:00:00+08:00")
            movements.append(deletion)
        elif kind == "count":
            if batch is None:
                level[None] += quantity - sum(level.values())
            else:
                level[batch] = quantity
        elif kind == "change":
            level[batch] += quantity if one["change_reason"] == "103" else -quantity
        else:
            level[batch] += SIGN[kind] * quantity
        closing[at.date()] = sum(level.values(), Decimal(0))
    return movements, closing


@pytest.mark.parametrize("seed", range(6))
async def test_the_ledger_is_the_same_in_whatever_order_movements_arrive(client, hospital, seed):
    movements, closing = books(seed)
    random.Random(-seed).shuffle(movements)
    content = "\n".join(json.dumps(one) for one in movements)
    answer = await client.post(f"{URL}/batch", content=content, headers=hospital)
    assert {json.loads(line)["status"] for line in answer.text.splitlines()} == {"created"}
    balance, by_day = await days(client, hospital)
    assert {date.fromisoformat(day): Decimal(one["closing"]) for day, one in by_day.items()} == closing
    assert balance == list(closing.values())[-1]


async def test_of_two_clients_that_post_the_same_at_once_one_creates_it(client, hospital, rows):
    answers = await asyncio.gather(*[client.post(URL, json=movement(), headers=hospital) for _ in range(8)])
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len(await facts(rows)) == 1
