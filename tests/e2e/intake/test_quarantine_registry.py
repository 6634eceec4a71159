"""Entries of the registry that are refused: kept, seen and released by those who may write them, over HTTP."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.support.intake import HOSPITAL, INSURED_NUMBER, OTHER_HOSPITAL

QUARANTINE = "/intake/v1/quarantine"
WHY = {"why": "核对登记表 checked against the form"}
INSTITUTION = {
    "code": HOSPITAL,
    "kind": "hospital",
    "name": "第一医院",
    "level": 9,
    "region": "110105",
    "agreement_from": "2020-01-01",
}
PERSON = {"number": INSURED_NUMBER, "sex": "man", "region": "110105"}
PRACTITIONER = {
    "code": "D110105000009",
    "category": "physician",
    "name": "李四光",
    "active": "perhaps",
    "institution_codes": [HOSPITAL],
}
DEPARTMENT = {"institution_code": HOSPITAL, "code": "A03", "name": ""}


@pytest.fixture
def steward(mint) -> dict[str, str]:
    return mint.bearer("data_steward", region="110000")


@pytest.fixture
def persons(mint) -> dict[str, str]:
    return mint.bearer("insured_registrar")


@pytest.fixture
def bulk(client, registrar) -> Any:
    async def posted(name: str, *bodies: Any, headers: dict[str, str] | None = None) -> list[dict[str, Any]]:
        content = b"".join(json.dumps(one).encode() + b"\n" for one in bodies)
        answer = await client.post(f"/intake/v1/{name}/bulk", content=content, headers=headers or registrar)
        assert answer.status_code == 200, answer.text
        return [json.loads(text) for text in answer.text.splitlines()]

    return posted


async def listed(client, headers, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get(QUARANTINE, params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_refused_lines_are_kept_beside_those_that_are_written(client, bulk, registrar, persons, steward) -> None:
    [wrong, right] = await bulk("institutions", INSTITUTION, INSTITUTION | {"level": 2})
    assert (wrong["status"], right["status"]) == ("rejected", "changed")
    await bulk("practitioners", PRACTITIONER)
    await bulk("departments", DEPARTMENT)
    await bulk("insured-persons", PERSON, headers=persons)
    entries = await listed(client, registrar)
    assert [(one["kind"], one["subject"], one["institution_code"]) for one in entries] == [
        ("institution", HOSPITAL, HOSPITAL),
        ("practitioner", "D110105000009", None),
        ("department", f"{HOSPITAL}/A03", HOSPITAL),
    ]
    assert [one["subject"] for one in await listed(client, registrar, kind="institution")] == [HOSPITAL]
    assert await listed(client, registrar, kind="insured_person") == []
    [person] = await listed(client, persons)
    assert (person["kind"], person["subject"], person["institution_code"]) == ("insured_person", None, None)
    assert INSURED_NUMBER not in json.dumps(person)
    seen = await listed(client, steward)
    assert [one["kind"] for one in seen] == ["institution", "practitioner", "department", "insured_person"]
    assert {one["region"] for one in seen} == {"110105"}


async def test_bodies_are_for_who_may_write_the_registry(client, bulk, registrar, persons, steward, mint) -> None:
    await bulk("institutions", INSTITUTION)
    await bulk("insured-persons", PERSON, headers=persons)
    [institution] = await listed(client, registrar)
    [person] = await listed(client, persons)
    assert (await client.get(QUARANTINE, headers=mint.bearer("operator"))).status_code == 403
    hospital = mint.bearer("hospital", institution=HOSPITAL)
    for entry, headers, status in (
        (institution, registrar, 200),
        (person, persons, 200),
        (institution, steward, 403),
        (person, steward, 403),
        (institution, hospital, 403),
        (person, hospital, 404),
        (institution, persons, 404),
        (person, registrar, 404),
        (person, mint.bearer("insured_registrar", region="310000"), 404),
    ):
        path = f"{QUARANTINE}/{entry['entry_id']}"
        assert (await client.get(f"{path}/body", headers=headers)).status_code == status
        if status != 200:
            for act in ("release", "dismiss"):
                assert (await client.post(f"{path}/{act}", json=WHY, headers=headers)).status_code == status


async def test_corrected_and_released_an_entry_is_said_by_who_sent_it_when_it_came(
    client, bulk, registrar, clock, mint, rows
) -> None:
    await bulk("institutions", INSTITUTION)
    clock.advance(timedelta(days=3))
    registrar = mint.bearer("registrar")
    later = {name: value for name, value in INSTITUTION.items() if name != "code"} | {"name": "新名", "level": 1}
    assert (await client.put(f"/intake/v1/institutions/{HOSPITAL}", json=later, headers=registrar)).status_code == 200
    [entry] = await listed(client, registrar)
    path = f"{QUARANTINE}/{entry['entry_id']}"
    refused = await client.post(f"{path}/release", json=WHY, headers=registrar)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/level")
    await client.post(f"{path}/corrections", json=WHY | {"patch": {"level": 2}}, headers=registrar)
    released = await client.post(f"{path}/release", json=WHY, headers=registrar)
    assert (released.status_code, released.json()["result"]["code"]) == (200, HOSPITAL)
    said = await rows(
        "select source, effective_from::text from registry_statement where fields ->> 'name' = '第一医院'"
    )
    assert [tuple(row) for row in said] == [(entry["received_from"], "2026-03-10")]
    now = (await client.get(f"/intake/v1/institutions/{HOSPITAL}", headers=registrar)).json()
    assert (now["name"], now["level"]) == ("新名", 1), "what was said since is later news"
    then = await client.get(f"/intake/v1/institutions/{HOSPITAL}", params={"at": "2026-03-11"}, headers=registrar)
    assert (then.json()["name"], then.json()["level"]) == ("第一医院", 2)


async def test_an_insured_person_is_released_as_a_pseudonym(client, bulk, persons, rows) -> None:
    await bulk("insured-persons", PERSON, headers=persons)
    [entry] = await listed(client, persons)
    path = f"{QUARANTINE}/{entry['entry_id']}"
    await client.post(f"{path}/corrections", json=WHY | {"patch": {"sex": "male"}}, headers=persons)
    released = await client.post(f"{path}/release", json=WHY, headers=persons)
    assert released.status_code == 200, released.text
    assert INSURED_NUMBER not in released.text
    [row] = await rows("select object_code, fields ->> 'sex' from registry_statement where kind = 'insured_person'")
    assert (len(row[0]), row[1]) == (32, "male")
    assert INSURED_NUMBER not in str(await rows("select * from quarantine_entry"))


async def test_an_institution_writes_and_keeps_departments_of_its_own_only(client, bulk, mint, registrar) -> None:
    own = mint.bearer(scopes=["registry:write"], institution=OTHER_HOSPITAL)
    [answer] = await bulk("departments", DEPARTMENT | {"name": "内科"}, headers=own)
    assert (answer["status"], answer["fields"][0]["code"]) == ("rejected", "other_institution")
    await bulk("departments", DEPARTMENT | {"institution_code": OTHER_HOSPITAL}, headers=own)
    [entry] = await listed(client, registrar)
    path = f"{QUARANTINE}/{entry['entry_id']}"
    moved = WHY | {"patch": {"institution_code": HOSPITAL, "name": "内科"}}
    await client.post(f"{path}/corrections", json=moved, headers=own)
    answer = await client.post(f"{path}/release", json=WHY, headers=own)
    assert (answer.status_code, answer.json()["code"]) == (422, "other_institution")


async def test_one_entry_is_kept_when_its_sender_asks(client, registrar) -> None:
    body = {name: value for name, value in PRACTITIONER.items() if name != "code"}
    path = "/intake/v1/practitioners/D110105000009"
    assert (await client.put(path, json=body, headers=registrar)).status_code == 422
    assert await listed(client, registrar) == []
    assert (await client.put(path, params={"quarantine": "true"}, json=body, headers=registrar)).status_code == 422
    [entry] = await listed(client, registrar)
    assert (entry["subject"], entry["source"], entry["region"]) == ("D110105000009", "single", "110105")
    path = f"{QUARANTINE}/{entry['entry_id']}"
    await client.post(f"{path}/corrections", json=WHY | {"patch": {"active": True}}, headers=registrar)
    assert (await client.post(f"{path}/release", json=WHY, headers=registrar)).status_code == 200
