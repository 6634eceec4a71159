import asyncio

from tests.support.intake import HOSPITAL, OTHER_HOSPITAL, line, settlement

PATH = "/intake/v1/settlements"


async def test_a_settlement_is_posted_sent_again_contradicted_and_read(client, hospital) -> None:
    first = await client.post(PATH, json=settlement(), headers=hospital)
    assert first.status_code == 201
    assert first.json()["status"] == "created"
    again = await client.post(PATH, json=settlement(), headers=hospital)
    assert again.status_code == 200
    assert again.json() == first.json() | {"status": "same"}
    other = await client.post(PATH, json=settlement(medical_type="13"), headers=hospital)
    assert other.status_code == 409
    assert other.json()["code"] == "settlement_differs"
    read = await client.get(f"{PATH}/{HOSPITAL}/S1", headers=hospital)
    assert read.json() == {
        "settlement_ref": first.json()["settlement_ref"],
        "settlement_id": "S1",
        "institution_code": HOSPITAL,
        "state": "accepted",
        "settled_at": "2026-03-09T01:45:00Z",
        "accepted_at": "2026-03-10T02:00:00Z",
        "screened_at": None,
        "reversed_at": None,
        "total_fen": 7460,
        "line_count": 2,
        "verdict": None,
        "finding_count": None,
        "amount_at_issue_fen": None,
        "rulebook_version": None,
        "remaining_fen": 7460,
        "findings": [],
        "doubts": [],
        "treatment_region": "110105",
        "insured_region": "110105",
        "crosses_regions": False,
        "paying_region": "110105",
        "supervising_region": "110105",
        "reported_again": [],
    }


async def test_two_clients_that_post_at_once_get_one_201_and_one_200(client, hospital) -> None:
    for number in range(10):
        body = settlement(f"S{number}")
        answers = await asyncio.gather(*(client.post(PATH, json=body, headers=hospital) for _ in range(2)))
        assert sorted(answer.status_code for answer in answers) == [200, 201]
        assert len({answer.json()["settlement_ref"] for answer in answers}) == 1


async def test_a_doubt_is_told_with_the_answer_and_kept(client, hospital) -> None:
    body = settlement(lines=[line(charged_at="2026-02-01T09:00:00+08:00")])
    answer = await client.post(PATH, json=body, headers=hospital | {"Accept-Language": "en"})
    assert answer.status_code == 201
    doubt = {
        "pointer": "/lines/0/charged_at",
        "code": "charged_outside_visit",
        "message": "The fee arose more than a day outside of the visit.",
    }
    assert answer.json()["doubts"] == [doubt]
    read = await client.get(f"{PATH}/{HOSPITAL}/S1", headers=hospital | {"Accept-Language": "en"})
    assert read.json()["doubts"] == [doubt]
    chinese = await client.get(f"{PATH}/{HOSPITAL}/S1", headers=hospital)
    assert chinese.json()["doubts"][0]["message"] == "费用发生时间在就诊期间一天以外。"


async def test_a_reversal_answers_the_same_twice(client, hospital) -> None:
    await client.post(PATH, json=settlement(), headers=hospital)
    answers = [await client.post(f"{PATH}/{HOSPITAL}/S1/reversal", headers=hospital) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["state"] == "reversed"
    missing = await client.post(f"{PATH}/{HOSPITAL}/S2/reversal", headers=hospital)
    assert (missing.status_code, missing.json()["code"]) == (404, "settlement_unknown")


async def test_lists_are_read_page_by_page_of_one_institution_and_of_all(client, hospital, exchange) -> None:
    for number in range(5):
        await client.post(PATH, json=settlement(f"S{number}"), headers=exchange)
        await client.post(PATH, json=settlement(f"S{number}", institution_code=OTHER_HOSPITAL), headers=exchange)
    for headers, expected in ((hospital, 5), (exchange, 10)):
        seen, cursor = [], None
        while True:
            parameters = {"limit": 3} | ({"cursor": cursor} if cursor else {})
            page = (await client.get(PATH, params=parameters, headers=headers)).json()
            seen += [(item["institution_code"], item["settlement_id"]) for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert len(seen) == len(set(seen)) == expected
    assert seen[0] == (HOSPITAL, "S0")
    assert seen[-1] == (OTHER_HOSPITAL, "S4")


async def test_a_rubbish_cursor_is_malformed(client, hospital, exchange) -> None:
    for headers in (hospital, exchange):
        answer = await client.get(PATH, params={"cursor": "rubbish"}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "cursor_malformed")
    # A cursor of the list of one institution is none of the list of all.
    for number in range(2):
        await client.post(PATH, json=settlement(f"S{number}"), headers=hospital)
    own = (await client.get(PATH, params={"limit": 1}, headers=hospital)).json()["next_cursor"]
    answer = await client.get(PATH, params={"cursor": own}, headers=exchange)
    assert (answer.status_code, answer.json()["code"]) == (422, "cursor_malformed")


async def test_more_than_the_outbox_may_hold_is_refused_for_now(client, app, hospital, rows) -> None:
    resources = app.state.resources
    await client.post(PATH, json=settlement(), headers=hospital)
    resources.watch_backlog._limit = 0
    resources.watch_backlog._asked = None
    for path, options in ((PATH, {"json": settlement("S2")}), (f"{PATH}/batch", {"content": b"{}"})):
        answer = await client.post(path, headers=hospital, **options)
        assert answer.status_code == 429
        assert answer.json()["code"] == "backlog"
        assert int(answer.headers["Retry-After"]) > 0
    assert len(await rows("select from settlement")) == 1


async def test_the_schema_of_the_body_stands_in_the_document(client) -> None:
    document = (await client.get("/intake/openapi.json")).json()
    body = document["paths"][PATH]["post"]["requestBody"]["content"]["application/json"]["schema"]
    line_schema = body["properties"]["lines"]["items"]
    assert {"type": "string"} in line_schema["properties"]["quantity"]["anyOf"]
    assert "$ref" not in str(body)
    assert {*settlement(), "sender_settlement_id"} == set(body["properties"])
