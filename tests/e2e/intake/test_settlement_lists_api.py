"""Settlement lists over HTTP: versions, resends, gaps."""

import json

from tests.support.intake import HOSPITAL, OTHER_HOSPITAL, settlement
from tests.support.stock import settlement_list

URL = "/intake/v1/settlement-lists"


async def post(client, hospital, body):
    return await client.post(URL, json=body, headers=hospital)


async def facts(rows):
    found = await rows("select payload from outbox where type = 'intake.settlement_list.filed.v1' order by sequence")
    return [json.loads(row["payload"]) for row in found]


def told(answer):
    return {(gap["pointer"], gap["code"]) for gap in answer.json()["gaps"]}


async def test_a_complete_list_of_a_known_settlement_has_no_gaps(client, hospital, rows):
    taken = await client.post("/intake/v1/settlements", json=settlement("S1"), headers=hospital)
    answer = await post(client, hospital, settlement_list())
    assert (answer.status_code, answer.json()["version"], answer.json()["gaps"]) == (201, 1, [])
    (fact,) = await facts(rows)
    assert fact["settlement_ref"] == taken.json()["settlement_ref"]
    (stored,) = await rows("select insured_ref from settlement")
    assert fact["insured_ref"] == stored["insured_ref"]
    assert fact["admitted_at"] == "2026-03-02T01:00:00Z"


async def test_a_later_list_replaces_and_the_history_is_kept(client, hospital, rows):
    first = await post(client, hospital, settlement_list())
    resent = await post(client, hospital, settlement_list(admitted_at="2026-03-02T01:00:00Z"))
    changed = await post(client, hospital, settlement_list(stay_days=6))
    back = await post(client, hospital, settlement_list())
    assert [one.status_code for one in (first, resent, changed, back)] == [201, 200, 201, 201]
    assert [one.json()["version"] for one in (first, resent, changed, back)] == [1, 1, 2, 3]
    assert first.json()["list_ref"] == resent.json()["list_ref"]
    read = (await client.get(f"{URL}/{HOSPITAL}/S1", headers=hospital)).json()
    assert (read["current"]["version"], read["current"]["stay_days"]) == (3, 5)
    assert [one["version"] for one in read["history"]] == [2, 1]
    assert "insured_ref" not in read["current"]
    assert [one["version"] for one in await facts(rows)] == [1, 2, 3]


async def test_a_version_that_was_named_says_one_thing_only(client, hospital):
    named = settlement_list(version=4)
    answers = [
        await post(client, hospital, body)
        for body in (named, named, {**named, "stay_days": 6}, settlement_list(version=2), settlement_list(stay_days=6))
    ]
    assert [one.status_code for one in answers] == [201, 200, 409, 201, 201]
    assert answers[2].json()["code"] == "list_differs"
    assert answers[4].json()["version"] == 5
    page = (await client.get(URL, headers=hospital)).json()["items"]
    assert [(one["settlement_id"], one["version"]) for one in page] == [("S1", 5)]


async def test_what_is_missing_or_contradicts_itself_is_told_and_taken(client, hospital, rows):
    body = settlement_list(
        stay_days=9,
        discharge_way="7",
        attending_code=None,
        diagnoses=[{"code": "肺炎"}, {"code": "J18.900", "admission_condition": "1"}],
        operations=[{"code": "51.2300", "performed_on": "2026-02-01"}],
        newborn_age_days=2,
        newborn_birth_weights_g=[32],
        fees=[{"fee_category": "09", "amount_fen": 100, "class_a_fen": 99}],
    )
    answer = await post(client, hospital, body)
    assert answer.status_code == 201
    assert told(answer) == {
        ("/stay_days", "stay_days_differ"),
        ("/discharge_way", "code_unknown"),
        ("/attending_code", "attending_missing"),
        ("/diagnoses", "main_diagnosis_missing"),
        ("/diagnoses/0/code", "diagnosis_form"),
        ("/diagnoses/0/admission_condition", "not_filled"),
        ("/operations", "main_operation_missing"),
        ("/operations/0/performed_on", "outside_stay"),
        ("/operations/0/surgeon_code", "not_filled"),
        ("/newborn_admission_weights_g", "not_filled"),
        ("/newborn_birth_weights_g/0", "weight_range"),
        ("/fees/0/amount_fen", "fee_parts_sum"),
        ("/settlement_id", "settlement_not_here"),
    }
    assert {(gap["pointer"], gap["problem"]) for gap in (await facts(rows))[0]["gaps"]} == told(answer)


async def test_a_list_is_held_against_its_settlement(client, hospital):
    await client.post("/intake/v1/settlements", json=settlement("S1"), headers=hospital)
    fees = [{"fee_category": "09", "amount_fen": 7461, "class_a_fen": 7461}]
    answer = await post(client, hospital, settlement_list(fees=fees, insured_number="999"))
    assert told(answer) == {("/fees", "fees_differ_from_settlement"), ("/insured_number", "insured_differs")}


async def test_what_cannot_be_kept_is_refused_with_every_place(client, hospital, rows):
    answer = await post(client, hospital, settlement_list(version="1", diagnoses=[{"main": True}], stay_days=[]))
    assert answer.status_code == 422
    assert {(one["pointer"], one["code"]) for one in answer.json()["errors"]} == {
        ("/version", "type"),
        ("/diagnoses/0/code", "missing"),
        ("/stay_days", "type"),
    }
    assert await facts(rows) == []


async def test_a_batch_keeps_the_order_of_versions(client, hospital, rows):
    lines = [settlement_list(), settlement_list(stay_days=6), settlement_list(stay_days=6), settlement_list("S2")]
    lines.append(settlement_list(institution_code=OTHER_HOSPITAL))
    content = "\n".join(json.dumps(line) for line in lines)
    answer = await client.post(f"{URL}/batch", content=content, headers=hospital)
    answered = [json.loads(line) for line in answer.text.splitlines()]
    assert [(one["status"], one.get("settlement_id"), one.get("version")) for one in answered] == [
        ("created", "S1", 1),
        ("created", "S1", 2),
        ("same", "S1", 2),
        ("created", "S2", 1),
        ("rejected", "S1", None),
    ]
    assert len(await facts(rows)) == 3


async def test_an_institution_reads_only_its_own(client, hospital, mint):
    await post(client, hospital, settlement_list())
    other = mint.bearer("hospital", institution=OTHER_HOSPITAL)
    assert (await client.get(f"{URL}/{HOSPITAL}/S1", headers=other)).status_code == 403
    assert (await client.get(URL, headers=other)).json()["items"] == []
    assert (await client.get(f"{URL}/{HOSPITAL}/S9", headers=hospital)).status_code == 404
