import json

import pytest

from tests.support.intake import HOSPITAL, OTHER_HOSPITAL, PHYSICIAN

INSTITUTIONS = "/intake/v1/institutions"
PRACTITIONERS = "/intake/v1/practitioners"
ENTRY = {"kind": "hospital", "name": "医院", "level": 2, "region": "110105", "agreement_from": "2024-01-01"}


async def test_an_institution_is_written_and_read(client, registrar) -> None:
    answer = await client.put(f"{INSTITUTIONS}/H11010500003", json=ENTRY, headers=registrar)
    expected = {
        "code": "H11010500003",
        **ENTRY,
        "agreement_until": None,
        "active": True,
        "status": "active",
        "category": None,
        "scope": [],
        "effective_from": "2024-01-01",
        "effective_until": None,
        "sources": dict.fromkeys(
            ("name", "level", "region", "status", "agreement_from", "agreement_until"), "registrar-1"
        ),
    }
    assert (answer.status_code, answer.json()) == (201, expected)
    answer = await client.put(f"{INSTITUTIONS}/H11010500003", json=ENTRY, headers=registrar)
    assert (answer.status_code, answer.json()) == (200, expected)
    assert (await client.get(f"{INSTITUTIONS}/H11010500003", headers=registrar)).json() == expected
    missing = await client.get(f"{INSTITUTIONS}/H11010500004", headers=registrar)
    assert (missing.status_code, missing.json()["code"]) == (404, "institution_unknown")


@pytest.mark.parametrize(
    ("code", "changes", "pointer"),
    [
        ("H11010500003", {"kind": "pharmacy"}, "/kind"),
        ("H11010500003", {"kind": "clinic"}, "/kind"),
        ("H11010500003", {"level": 4}, "/level"),
        ("H11010500003", {"region": "1"}, "/region"),
        ("H11010500003", {"name": ""}, "/name"),
        ("H11010500003", {"name": "a\u0000b"}, "/name"),
        ("H11010500003", {"agreement_until": "2023-12-31"}, "/agreement_until"),
        ("H1", {}, "/code"),
    ],
)
async def test_a_wrong_entry_is_422_and_not_written(client, registrar, rows, code, changes, pointer) -> None:
    answer = await client.put(f"{INSTITUTIONS}/{code}", json=ENTRY | changes, headers=registrar)
    assert answer.status_code == 422
    assert [field["pointer"] for field in answer.json()["errors"]] == [pointer]
    assert len(await rows("select from registry_period where kind = 'institution'")) == 2


async def test_institutions_are_listed_by_kind_and_region_page_by_page(client, registrar) -> None:
    body = "".join(
        json.dumps({"code": f"H1101060000{number}", **ENTRY, "region": "110106"}) + "\n" for number in range(5)
    )
    answer = await client.post(f"{INSTITUTIONS}/bulk", content=body, headers=registrar)
    assert [json.loads(text)["status"] for text in answer.text.splitlines()] == ["created"] * 5
    parameters = {"region": "110106", "kind": "hospital", "limit": 3}
    first = (await client.get(INSTITUTIONS, params=parameters, headers=registrar)).json()
    second = (
        await client.get(INSTITUTIONS, params=parameters | {"cursor": first["next_cursor"]}, headers=registrar)
    ).json()
    assert [one["code"] for one in first["items"] + second["items"]] == [f"H1101060000{n}" for n in range(5)]
    assert second["next_cursor"] is None


async def test_every_line_of_a_bulk_request_is_answered(client, registrar, rows) -> None:
    lines = [
        {"code": "D110105000002", "category": "physician", "name": "李四", "institution_codes": [HOSPITAL]},
        {"code": "D110105000002", "category": "physician", "name": "李四", "institution_codes": [HOSPITAL]},
        {"code": "D110105000003", "category": "nurse", "name": "王五", "institution_codes": [HOSPITAL]},
        {"code": "X1", "category": "nurse", "name": "王五", "institution_codes": [], "extra": 1},
    ]
    body = "\n".join([*(json.dumps(one) for one in lines), "{", ""])
    answer = await client.post(f"{PRACTITIONERS}/bulk", content=body, headers=registrar)
    assert [json.loads(text) for text in answer.text.splitlines()] == [
        {"line": 1, "status": "created", "code": "D110105000002"},
        {"line": 2, "status": "same", "code": "D110105000002"},
        {
            "line": 3,
            "status": "rejected",
            "code": "D110105000003",
            "fields": [{"pointer": "/category", "code": "category_form", "message": "人员类别与编码不符。"}],
        },
        {
            "line": 4,
            "status": "rejected",
            "fields": [
                {"pointer": "/code", "code": "type", "message": "类型或格式不符。"},
                {"pointer": "", "code": "unknown_field", "message": "含有未定义的字段。"},
            ],
        },
        {
            "line": 5,
            "status": "rejected",
            "fields": [{"pointer": "", "code": "malformed_json", "message": "不是合法的 JSON。"}],
        },
    ]
    assert len(await rows("select from registry_period where kind = 'practitioner'")) == 2


async def test_an_institution_sees_its_own_people_only(client, mint, registrar) -> None:
    own = mint.bearer("hospital", institution=HOSPITAL)
    other = mint.bearer("hospital", institution=OTHER_HOSPITAL)
    read = (await client.get(f"{PRACTITIONERS}/{PHYSICIAN}", headers=own)).json()
    expected = {
        "code": PHYSICIAN,
        "category": "physician",
        "name": "张三",
        "institution_codes": [HOSPITAL],
        "active": True,
        "effective_from": "1900-01-01",
        "standing": {"state": "eligible", "until": None},
    }
    assert read == read | expected
    assert (await client.get(f"{PRACTITIONERS}/{PHYSICIAN}", headers=other)).status_code == 404
    for headers, count in ((own, 1), (other, 0), (registrar, 1)):
        assert len((await client.get(PRACTITIONERS, headers=headers)).json()["items"]) == count
    foreign = await client.get(PRACTITIONERS, params={"institution_code": HOSPITAL}, headers=other)
    assert foreign.status_code == 403


async def test_only_a_registrar_writes(client, mint, rows) -> None:
    for role in ("hospital", "reviewer", "auditor"):
        headers = mint.bearer(role)
        for answer in (
            await client.put(f"{INSTITUTIONS}/H11010500003", json=ENTRY, headers=headers),
            await client.post(f"{INSTITUTIONS}/bulk", content=b"{}", headers=headers),
            await client.post(f"{PRACTITIONERS}/bulk", content=b"{}", headers=headers),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert len(await rows("select from registry_period where kind = 'institution'")) == 2
