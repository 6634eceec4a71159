"""Care away from the place of insurance: who sees it, who pays, and one settlement that both places report."""

import asyncio

import msgspec
import pytest

from tests.support.intake import HOSPITAL, settlement

SETTLEMENTS = "/intake/v1/settlements"
AWAY = {"insured_region": "430102"}


@pytest.fixture
def treatment_side(mint):
    return mint.bearer(scopes=["settlements:read"], region="110100")


@pytest.fixture
def insurance_side(mint):
    return mint.bearer(scopes=["settlements:read", "settlements:write"], region="430100")


@pytest.fixture
def third_side(mint):
    return mint.bearer(scopes=["settlements:read"], region="120000")


async def post(client, headers, settlement_id, **changes):
    return await client.post(SETTLEMENTS, json=settlement(settlement_id, **changes), headers=headers)


async def seen(client, headers, **parameters):
    answer = await client.get(SETTLEMENTS, params=parameters, headers=headers)
    assert answer.status_code == 200, answer.text
    return {one["settlement_id"] for one in answer.json()["items"]}


async def test_a_region_sees_what_was_treated_or_is_insured_there(
    client, hospital, treatment_side, insurance_side, third_side
) -> None:
    await post(client, hospital, "home")
    await post(client, hospital, "away", **AWAY)
    for headers, ids in ((treatment_side, {"home", "away"}), (insurance_side, {"away"}), (third_side, set())):
        assert await seen(client, headers) == ids
        assert await seen(client, headers, institution_code=HOSPITAL) == ids
        for settlement_id in ("home", "away"):
            read = await client.get(f"{SETTLEMENTS}/{HOSPITAL}/{settlement_id}", headers=headers)
            assert read.status_code == (200 if settlement_id in ids else 404)
    assert await seen(client, hospital, region="430100") == {"away"}
    refused = await client.get(SETTLEMENTS, params={"region": "430102"}, headers=treatment_side)
    assert (refused.status_code, refused.json()["code"]) == (403, "other_region")
    assert await seen(client, insurance_side, region="430102") == {"away"}


async def test_the_place_of_insurance_pays_and_that_of_treatment_supervises(client, hospital) -> None:
    await post(client, hospital, "away", **AWAY)
    read = (await client.get(f"{SETTLEMENTS}/{HOSPITAL}/away", headers=hospital)).json()
    assert read["crosses_regions"] is True
    assert (read["treatment_region"], read["insured_region"]) == ("110105", "430102")
    assert (read["supervising_region"], read["paying_region"]) == ("110105", "430102")


@pytest.mark.parametrize("hospital_first", [True, False])
async def test_what_both_regions_report_is_taken_once(client, hospital, exchange, rows, hospital_first) -> None:
    reports = [(hospital, "H-1"), (exchange, "P-9")]
    if not hospital_first:
        reports.reverse()
    (first_headers, first_id), (second_headers, second_id) = reports
    first = await post(client, first_headers, first_id, **AWAY, sender_settlement_id="MSG-7")
    assert first.status_code == 201
    for _ in range(2):
        second = await post(client, second_headers, second_id, **AWAY, sender_settlement_id="MSG-7")
        assert (second.status_code, second.json()["status"]) == (200, "same")
        assert second.json()["settlement_ref"] == first.json()["settlement_ref"]
        assert second.json()["doubts"] == []
    assert (await post(client, first_headers, first_id, **AWAY, sender_settlement_id="MSG-7")).status_code == 200
    assert len(await rows("select from settlement")) == 1
    assert len(await rows("select from outbox where type = 'intake.settlement.accepted.v1'")) == 1
    for settlement_id in (first_id, second_id):
        read = (await client.get(f"{SETTLEMENTS}/{HOSPITAL}/{settlement_id}", headers=hospital)).json()
        assert read["settlement_id"] == first_id
        assert read["reported_again"] == [{"settlement_id": second_id, "differs": False}]


async def test_a_second_report_with_other_amounts_is_marked_and_counts_nothing(
    client, hospital, exchange, rows
) -> None:
    await post(client, hospital, "H-1", **AWAY, sender_settlement_id="MSG-7")
    lines = settlement()["lines"][:1]
    second = await post(client, exchange, "P-9", **AWAY, sender_settlement_id="MSG-7", lines=lines)
    assert second.status_code == 200
    assert [doubt["code"] for doubt in second.json()["doubts"]] == ["reports_differ"]
    read = (await client.get(f"{SETTLEMENTS}/{HOSPITAL}/H-1", headers=hospital)).json()
    assert read["reported_again"] == [{"settlement_id": "P-9", "differs": True}]
    assert read["total_fen"] == settlement()["total_fen"]
    assert len(await rows("select from outbox where type = 'intake.settlement.accepted.v1'")) == 1


async def test_both_reports_at_once_make_one_settlement(client, hospital, exchange, rows) -> None:
    answers = await asyncio.gather(
        *(
            post(client, headers, f"{side}-{number}", **AWAY, sender_settlement_id=f"MSG-{number}")
            for number in range(6)
            for headers, side in ((hospital, "H"), (exchange, "P"))
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200] * 6 + [201] * 6
    assert len(await rows("select from settlement")) == 6
    assert len(await rows("select from outbox where type = 'intake.settlement.accepted.v1'")) == 6


async def test_both_reports_in_one_batch_make_one_settlement(client, exchange, rows) -> None:
    lines = [
        msgspec.json.encode(settlement(settlement_id, **AWAY, sender_settlement_id="MSG-7"))
        for settlement_id in ("H-1", "P-9")
    ]
    answer = await client.post(f"{SETTLEMENTS}/batch", content=b"\n".join(lines), headers=exchange)
    statuses = [msgspec.json.decode(line)["status"] for line in answer.text.splitlines()]
    assert statuses == ["created", "same"]
    assert len(await rows("select from settlement")) == 1


async def test_two_settlements_of_two_messages_stay_two(client, hospital, exchange, rows) -> None:
    await post(client, hospital, "H-1", **AWAY, sender_settlement_id="MSG-7")
    assert (await post(client, exchange, "P-9", **AWAY, sender_settlement_id="MSG-8")).status_code == 201
    assert len(await rows("select from settlement")) == 2


async def test_a_reversal_by_the_other_regions_id_takes_the_settlement_back(client, hospital, exchange) -> None:
    await post(client, hospital, "H-1", **AWAY, sender_settlement_id="MSG-7")
    await post(client, exchange, "P-9", **AWAY, sender_settlement_id="MSG-7")
    answer = await client.post(f"{SETTLEMENTS}/{HOSPITAL}/P-9/reversal", headers=exchange)
    assert answer.json()["settlement_id"] == "H-1"
    assert answer.json()["state"] == "reversed"
