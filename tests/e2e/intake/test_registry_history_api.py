"""The registry by day: who said what, what held when, and what a settlement of that day carries."""

import json
import re
from datetime import UTC, date, datetime

import msgspec
import pytest

from services.contracts.intake import (
    DepartmentChanged,
    InstitutionChanged,
    InsuredPersonChanged,
    PractitionerChanged,
    SettlementAccepted,
)
from services.intake.wiring import build_turn_registry_day, open_resources
from tests.support.intake import HOSPITAL, INSURED_NUMBER, OTHER_HOSPITAL, PHYSICIAN, settlement

INSTITUTION = f"/intake/v1/institutions/{HOSPITAL}"
PRACTITIONER = f"/intake/v1/practitioners/{PHYSICIAN}"
DEPARTMENT = f"/intake/v1/departments/{HOSPITAL}/A03"
PERSONS = "/intake/v1/insured-persons"
ENTRY = {"kind": "hospital", "name": "医院", "level": 3, "region": "110105", "agreement_from": "2020-01-01"}
PERSON = {
    "number": INSURED_NUMBER,
    "sex": "female",
    "birth_date": "1990-03-07",
    "insurance_type": "310",
    "region": "110105",
}


@pytest.fixture
def insured_registrar(mint):
    return mint.bearer("insured_registrar")


@pytest.fixture
def accepted(rows):
    """The fact of the settlement that was taken last."""

    async def read() -> SettlementAccepted:
        (row,) = await rows("select body from settlement order by settlement_ref desc limit 1")
        return msgspec.json.decode(row["body"], type=SettlementAccepted)

    return read


async def put(client, headers, address, expected=200, **entry):
    answer = await client.put(address, json=entry, headers=headers)
    assert answer.status_code == expected, answer.text
    return answer.json()


async def post(client, headers, settlement_id, **changes):
    answer = await client.post("/intake/v1/settlements", json=settlement(settlement_id, **changes), headers=headers)
    assert answer.status_code == 201, answer.text
    return [(doubt["pointer"], doubt["code"]) for doubt in answer.json()["doubts"]]


async def stated(rows, fact):
    found = await rows("select payload from outbox where type = $1 order by sequence desc limit 1", fact.TYPE)
    return msgspec.json.decode(found[0][0], type=fact) if found else None


async def test_a_level_is_read_as_of_a_day_and_says_by_which_source(client, registrar) -> None:
    changed = ENTRY | {"level": 2, "effective_from": "2026-03-09", "source": "卫生健康委"}
    read = await put(client, registrar, INSTITUTION, **changed)
    assert (read["level"], read["effective_from"], read["sources"]["level"]) == (2, "2026-03-09", "卫生健康委")
    for day, level, source in (("2026-03-08", 3, "registrar-1"), ("2026-03-09", 2, "卫生健康委")):
        one = (await client.get(INSTITUTION, params={"at": day}, headers=registrar)).json()
        assert (one["level"], one["sources"]["level"]) == (level, source)
        listed = (await client.get("/intake/v1/institutions", params={"at": day}, headers=registrar)).json()["items"]
        assert [one["level"] for one in listed if one["code"] == HOSPITAL] == [level]
    assert (await client.get(INSTITUTION, params={"at": "2019-12-31"}, headers=registrar)).status_code == 404
    history = (await client.get(f"{INSTITUTION}/history", headers=registrar)).json()
    assert [(one["source"], one["effective_from"]) for one in history["statements"]] == [
        ("registrar-1", "2020-01-01"),
        ("卫生健康委", "2026-03-09"),
    ]
    assert [one["effective_from"] for one in history["periods"]] == ["2020-01-01", "2026-03-09"]


async def test_what_was_said_with_dates_and_sources_gives_the_same_in_any_order(client, registrar) -> None:
    said = [
        {"level": 2, "effective_from": "2025-01-01", "stated_at": "2025-01-01T00:00:00Z", "source": "医保经办机构"},
        {"level": 1, "effective_from": "2025-06-01", "stated_at": "2025-06-01T00:00:00Z", "source": "卫生健康委"},
        {"level": 3, "effective_from": "2025-01-01", "stated_at": "2025-07-01T00:00:00Z", "source": "医保经办机构"},
    ]
    for code, order in (("H11010500005", said), ("H11010500006", said[::-1])):
        for one in order:
            await put(
                client, registrar, f"/intake/v1/institutions/{code}", 201 if one is order[0] else 200, **ENTRY | one
            )
    first, second = [
        (await client.get(f"/intake/v1/institutions/{code}/history", headers=registrar)).json()["periods"]
        for code in ("H11010500005", "H11010500006")
    ]
    assert first == second
    assert [(one["effective_from"], one["fields"]["level"]) for one in first] == [("2025-01-01", 3), ("2025-06-01", 1)]


async def test_saying_the_same_again_adds_nothing(client, registrar, rows) -> None:
    entry = ENTRY | {"level": 2, "effective_from": "2026-03-01", "source": "A"}
    for _ in range(2):
        await put(client, registrar, INSTITUTION, **entry)
    await put(client, registrar, INSTITUTION, **ENTRY | {"level": 2})
    assert len(await rows("select from registry_statement where object_code = $1", HOSPITAL)) == 2


async def test_a_settlement_carries_what_held_on_its_day_of_service(client, registrar, hospital, accepted) -> None:
    changed = ENTRY | {
        "level": 2,
        "region": "110106",
        "category": "A100",
        "scope": ["03"],
        "effective_from": "2026-03-10",
    }
    await put(client, registrar, INSTITUTION, **changed)
    assert await post(client, hospital, "before") == []
    fact = await accepted()
    assert (fact.institution.level, fact.institution.region, fact.institution.category) == (3, "110105", None)
    today = {
        name: value.replace("2026-03-09", "2026-03-10")
        for name, value in settlement().items()
        if name in {"started_at", "ended_at", "settled_at"}
    }
    assert await post(client, hospital, "on-the-day", **today, lines=None) == []
    fact = await accepted()
    assert (fact.institution.level, fact.institution.region, fact.institution.scope) == (2, "110106", ("03",))


@pytest.mark.parametrize(("last_day", "doubts"), [("2026-03-09", []), ("2026-03-08", ["institution_inactive"])])
async def test_the_last_day_of_an_agreement_is_under_it(client, registrar, hospital, last_day, doubts) -> None:
    await put(client, registrar, INSTITUTION, **ENTRY | {"agreement_until": last_day})
    assert [code for _, code in await post(client, hospital, "S1")] == doubts


async def test_a_suspension_holds_for_its_days_and_is_stated_when_it_begins_and_ends(
    client, registrar, rows, settings, clock
) -> None:
    suspended = {"status": "suspended", "effective_from": "2026-03-11", "effective_until": "2026-03-12"}
    await put(client, registrar, INSTITUTION, **ENTRY | suspended)
    fact = await stated(rows, InstitutionChanged)
    assert (fact.active, fact.status) == (True, "active")
    assert [(str(one.effective_from), one.status) for one in fact.periods] == [
        ("2020-01-01", "active"),
        ("2026-03-11", "suspended"),
        ("2026-03-13", "active"),
    ]
    async with open_resources(settings, clock=clock) as resources:
        turn = build_turn_registry_day(resources)
        assert await turn() == 0
        for day, active in ((11, False), (12, None), (13, True)):
            clock.instant = clock.instant.replace(day=day)
            assert await turn() == (0 if active is None else 1)
            assert await turn() == 0
            if active is not None:
                assert (await stated(rows, InstitutionChanged)).active is active


async def test_a_practitioner_is_doubted_where_not_registered_on_that_day(
    client, registrar, hospital, accepted
) -> None:
    entry = {"category": "physician", "name": "张三", "title": "232", "effective_from": "2026-01-01"}
    places = [{"institution_code": HOSPITAL, "department_code": "A03", "effective_until": "2026-03-09"}]
    await put(client, registrar, PRACTITIONER, **entry, registrations=places)
    assert await post(client, hospital, "last-day") == []
    assert (await accepted()).practitioner_title == "232"
    places[0]["effective_until"] = "2026-03-08"
    await put(client, registrar, PRACTITIONER, **entry, registrations=places)
    assert await post(client, hospital, "day-after") == [("/practitioner_code", "practitioner_not_registered")]
    unknown = "D110105000099"
    line = settlement()["lines"][0]
    assert (
        await post(client, hospital, "unknown", practitioner_code=None, lines=[line | {"practitioner_code": unknown}])
        == []
    )


async def test_registrations_are_stated_without_name_or_licence(client, registrar, rows) -> None:
    places = [{"institution_code": HOSPITAL}, {"institution_code": OTHER_HOSPITAL, "effective_from": "2026-04-01"}]
    entry = {"category": "physician", "name": "李四", "licence": "110110000012345", "practice_scope": ["内科"]}
    read = await put(client, registrar, PRACTITIONER, **entry, registrations=places)
    assert read["institution_codes"] == [HOSPITAL]
    fact = await stated(rows, PractitionerChanged)
    assert fact.institution_codes == (HOSPITAL,)
    assert [[place.institution_code for place in one.registrations] for one in fact.periods] == [
        [HOSPITAL],
        [HOSPITAL],
        [HOSPITAL, OTHER_HOSPITAL],
    ]
    payloads = b"".join([row[0] for row in await rows("select payload from outbox")]).decode()
    assert "李四" not in payloads
    assert "110110000012345" not in payloads


async def test_a_department_is_written_read_listed_and_stated(
    client, registrar, hospital, mint, rows, accepted
) -> None:
    entry = {"name": "心血管内科", "standard_code": "03.04"}
    await put(client, registrar, DEPARTMENT, 201, **entry)
    await put(client, registrar, DEPARTMENT, **entry | {"standard_code": "03.05", "effective_from": "2026-03-10"})
    assert (await client.get(DEPARTMENT, params={"at": "2026-03-09"}, headers=hospital)).json()[
        "standard_code"
    ] == "03.04"
    bulk = json.dumps({"institution_code": HOSPITAL, "code": "B01", "name": "骨科"})
    answer = await client.post("/intake/v1/departments/bulk", content=bulk, headers=registrar)
    assert answer.json() == {"line": 1, "status": "created", "code": "B01"}
    listed = await client.get("/intake/v1/departments", params={"institution_code": HOSPITAL}, headers=hospital)
    assert [one["code"] for one in listed.json()["items"]] == ["A03", "B01"]
    fact = await stated(rows, DepartmentChanged)
    assert fact.department_ref == f"{HOSPITAL}/B01"
    await post(client, hospital, "S1")
    assert (await accepted()).department_standard_code == "03.04"
    other = mint.bearer("hospital", institution=OTHER_HOSPITAL)
    assert (await client.get(DEPARTMENT, headers=other)).status_code == 403


async def test_an_insured_person_is_kept_under_a_pseudonym_alone(client, insured_registrar, rows) -> None:
    read = await put(client, insured_registrar, PERSONS, 201, **PERSON)
    assert INSURED_NUMBER not in json.dumps(read)
    moved = PERSON | {"region": "430100", "effective_from": "2026-03-01"}
    assert (await put(client, insured_registrar, PERSONS, **moved))["insured_ref"] == read["insured_ref"]
    at = await client.get(f"{PERSONS}/{read['insured_ref']}", params={"at": "2026-02-28"}, headers=insured_registrar)
    assert at.json()["region"] == "110105"
    history = (await client.get(f"{PERSONS}/{read['insured_ref']}/history", headers=insured_registrar)).json()
    assert [one["fields"]["region"] for one in history["periods"]] == ["110105", "430100"]
    fact = await stated(rows, InsuredPersonChanged)
    assert [one.region for one in fact.periods] == ["110105", "430100"]
    assert fact.key == read["insured_ref"]
    for table in ("registry_statement", "registry_period", "outbox"):
        for row in await rows(f"select * from {table}"):
            assert INSURED_NUMBER not in str(dict(row))


async def test_only_the_registrar_of_insured_persons_reads_and_writes_them(client, mint) -> None:
    for role in ("registrar", "supervisor", "auditor"):
        headers = mint.bearer(role)
        assert (await client.put(PERSONS, json=PERSON, headers=headers)).status_code == 403
        assert (await client.get(f"{PERSONS}/{'0' * 32}", headers=headers)).status_code == 403
        assert (await client.post(f"{PERSONS}/bulk", content=b"", headers=headers)).status_code == 403


async def test_a_settlement_that_disagrees_with_the_registry_of_persons_is_doubted(
    client, insured_registrar, hospital
) -> None:
    await put(client, insured_registrar, PERSONS, 201, **PERSON | {"sex": "male", "birth_date": "1990-03-08"})
    assert await post(client, hospital, "S1") == [
        ("/insured_person/sex", "sex_differs"),
        ("/insured_person/birth_date", "birth_date_differs"),
    ]


@pytest.mark.parametrize(("died", "doubts"), [("2026-03-09", []), ("2026-03-08", ["insured_deceased"])])
async def test_the_day_of_death_is_still_a_day_of_life(client, insured_registrar, hospital, died, doubts) -> None:
    await put(client, insured_registrar, PERSONS, 201, **PERSON | {"death_date": died})
    assert [code for _, code in await post(client, hospital, "S1")] == doubts


async def test_what_a_settlement_lacks_of_the_person_is_taken_from_the_registry(
    client, insured_registrar, hospital, accepted
) -> None:
    bare = {"insured_person": {"number": INSURED_NUMBER, "sex": "unknown"}}
    await post(client, hospital, "before", **bare)
    assert ((await accepted()).sex, (await accepted()).age_days) == ("unknown", None)
    await put(client, insured_registrar, PERSONS, 201, **PERSON)
    await post(client, hospital, "after", **bare)
    fact = await accepted()
    assert (fact.sex, fact.age_days) == ("female", (date(2026, 3, 9) - date(1990, 3, 7)).days)
    for settlement_id in ("before", "after"):
        again = await client.post("/intake/v1/settlements", json=settlement(settlement_id, **bare), headers=hospital)
        assert (again.status_code, again.json()["status"]) == (200, "same")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"effective_from": "2026-03-02", "effective_until": "2026-03-01"}, "/effective_until"),
        ({"stated_at": "2027-01-01T00:00:00Z"}, "/stated_at"),
        ({"active": True, "status": "terminated"}, "/status"),
    ],
)
async def test_a_statement_that_contradicts_itself_is_refused(client, registrar, rows, changes, pointer) -> None:
    answer = await client.put(INSTITUTION, json=ENTRY | changes, headers=registrar)
    assert answer.status_code == 422
    assert [field["pointer"] for field in answer.json()["errors"]] == [pointer]
    assert len(await rows("select from registry_statement where object_code = $1", HOSPITAL)) == 1


async def test_village_and_household_are_kept_and_stated_the_household_as_a_pseudonym_alone(
    client, insured_registrar, rows
) -> None:
    household = "H35010219870001"
    read = await put(
        client, insured_registrar, PERSONS, 201, **PERSON, residence_code="110105001003", household_number=household
    )
    other = PERSON | {"number": household, "household_number": household}
    beside = await put(client, insured_registrar, PERSONS, 201, **other)
    assert read["residence_code"] == "110105001003"
    assert read["household_ref"] == beside["household_ref"]
    assert re.fullmatch("[0-9a-f]{32}", read["household_ref"])
    assert beside["household_ref"] != beside["insured_ref"], "one number has two pseudonyms"
    fact = await stated(rows, InsuredPersonChanged)
    assert (fact.insured_ref, fact.periods[-1].household_ref) == (beside["insured_ref"], read["household_ref"])
    for table in ("registry_statement", "registry_period", "outbox"):
        for row in await rows(f"select * from {table}"):
            assert household not in str(dict(row))
    left = await put(client, insured_registrar, PERSONS, **PERSON, household_number=None)
    assert (left["household_ref"], left["residence_code"]) == (None, "110105001003")


@pytest.mark.parametrize("residence", ["110105001", "11010500100X", "010105001003", "110105001000"])
async def test_a_residence_is_the_code_of_a_village(client, insured_registrar, residence) -> None:
    answer = await client.put(PERSONS, json=PERSON | {"residence_code": residence}, headers=insured_registrar)
    assert answer.status_code == 422
    assert "/residence_code" in {error["pointer"] for error in answer.json()["errors"]}


async def test_a_death_is_stated_with_who_said_it_and_when(client, insured_registrar, rows) -> None:
    await put(client, insured_registrar, PERSONS, 201, **PERSON)
    said = {"death_date": "2026-03-05", "source": "卫生健康委", "stated_at": "2026-03-09T08:00:00+08:00"}
    number = {"number": PERSON["number"]}
    await put(client, insured_registrar, PERSONS, **number, **said)
    await put(client, insured_registrar, PERSONS, **number, region="430100", source="医保局")
    last = (await stated(rows, InsuredPersonChanged)).periods[-1]
    assert (last.region, last.death_date, last.death_source) == ("430100", date(2026, 3, 5), "卫生健康委")
    assert last.death_stated_at == datetime(2026, 3, 9, tzinfo=UTC)
    await put(client, insured_registrar, PERSONS, **number, death_date=None, source="公安")
    last = (await stated(rows, InsuredPersonChanged)).periods[-1]
    assert (last.death_date, last.death_source, last.death_stated_at) == (None, None, None)
