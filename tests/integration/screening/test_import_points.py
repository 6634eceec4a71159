"""Importing published files into a draft: told by headers, the newest wins, texts wait for a person."""

import csv
import io
from datetime import timedelta

import openpyxl
import pytest

from services.screening import wiring
from tests.integration.screening.conftest import rulebook_document

RULEBOOKS = "/screening/v1/rulebooks"
DRAFT = f"{RULEBOOKS}/2026.2"
INDICATION_RULE = "GZ10000101008000"
SEX_RULE = "GZ10000301004000"
MEN = "XG04CXF014A00101010100{}"
INSULIN = "XA10ABF001B002010100001"


def rules():
    base = rulebook_document()["rules"][0]
    return [
        {**base, "code": SEX_RULE, "name_zh": "药品区分性别使用"},
        {**base, "code": INDICATION_RULE, "kind": "use_conditions", "name_zh": "药品限适应症", "severity": "suspicion"},
    ]


def workbook(header, points, codes, *, code_header="药品代码", title="知识点"):
    book = openpyxl.Workbook()
    first, second = book.active, book.create_sheet("编码")
    first.title = "知识点"
    for row in ([title], [], ["附件"], header, *points):
        first.append(row)
    second.append(["对应知识点\n序号", code_header])
    for row in codes:
        second.append(row)
    book.active = 1
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def sexes(codes, said="男"):
    return workbook(
        ["知识点\n序号", "药品\n通用名", "限定\n性别", "检出\n逻辑"], [[1, "某药", said, "与限定性别不符"]], codes
    )


def indications(text):
    return workbook(
        ["序号", "药品通用名", "检出逻辑", "支付限定内容"],
        [[1, "某胰岛素", "使用药品的疾病诊断不符合限定支付适应症", text]],
        [[1, INSULIN]],
    )


@pytest.fixture
def author(mint):
    return mint.bearer("supervisor", subject="author-1")


@pytest.fixture
async def drafted(client, author):
    document = {"version": "2026.2", "effective_from": "2025-01-01", "rules": rules(), "points": []}
    assert (await client.post(RULEBOOKS, json=document, headers=author)).status_code == 201


async def bring_in(client, headers, content, published_on="2026-01-06", **parameters):
    return await client.post(
        f"{DRAFT}/imports", params={"published_on": published_on, **parameters}, content=content, headers=headers
    )


async def points(client, headers):
    return (await client.get(DRAFT, headers=headers)).json()["content"]["points"]


async def test_a_file_says_which_rule_it_is_and_the_newest_publication_wins(client, author, drafted):
    del drafted
    older = await bring_in(client, author, sexes([[1, MEN.format(1)], [None, MEN.format(2)]], "男"), "2025-05-23")
    assert (older.status_code, older.json()["rule_code"], older.json()["codes"]) == (200, SEX_RULE, 2)
    newer = await bring_in(client, author, sexes([[1, f"{MEN.format(2)}；{MEN.format(3)}"]], "女"), "2026-01-06")
    assert (newer.json()["added"], newer.json()["replaced"]) == (1, 1)
    late = await bring_in(client, author, sexes([[1, MEN.format(3)]], "男"), "2025-06-01")
    assert (late.json()["added"], late.json()["older"]) == (0, 1)
    found = {(tuple(one["codes"]), one["when"]["sex"]) for one in await points(client, author)}
    assert found == {((MEN.format(1),), "male"), ((MEN.format(2), MEN.format(3)), "female")}


async def test_what_stays_out_is_said_with_its_place(client, author, drafted):
    del drafted
    answer = (await bring_in(client, author, sexes([[1, "不是编码"], [9, MEN.format(1)]]))).json()
    said = {(one["code"], one["sheet"], one["row"], one["column"]) for one in answer["refusals"]}
    assert said == {
        ("code_unknown", "编码", 2, "药品代码"),
        ("no_codes", "知识点", 5, ""),
        ("no_point", "编码", 0, "对应知识点序号"),
    }
    assert answer["refused"] == 3


async def test_csv_in_gb18030_comes_in_and_rubbish_does_not(client, author, drafted):
    del drafted
    text = io.StringIO()
    csv.writer(text).writerows(
        [
            ["序号", "药品通用名", "限定性别", "检出逻辑", "药品代码"],
            ["1", "某药", "女", "与限定性别不符", MEN.format(4)],
        ]
    )
    answer = await bring_in(client, author, text.getvalue().encode("gb18030"))
    assert (answer.json()["codes"], answer.json()["refused"]) == (1, 0)
    broken = await bring_in(client, author, b"PK\x03\x04 no archive")
    assert (broken.status_code, broken.json()["code"]) == (400, "file_unreadable")


async def test_a_text_asks_for_review_until_a_person_confirms_what_it_means(
    client, resources, author, drafted, mint, claims, clock, admin
):
    del drafted
    report = (await bring_in(client, author, indications("限成人2型糖尿病患者。"))).json()
    assert (report["rule_code"], report["waiting"]) == (INDICATION_RULE, 1)
    [point] = await points(client, author)
    assert point["when"] == {"evidence": "限成人2型糖尿病患者。"}
    [proposal] = (await client.get(f"{DRAFT}/proposals", params={"open": True}, headers=author)).json()["items"]
    assert (proposal["reading"], proposal["confidence"]) == ("full", "high")
    assert proposal["proposed"] == {"diagnoses": ["E11"], "at_least_years": 18}
    coverage = (await client.post(f"{DRAFT}/validation", headers=author)).json()["coverage"]
    assert {one["rule_code"]: one["review_only"] for one in coverage}[INDICATION_RULE] == 1
    path = f"{DRAFT}/proposals/{proposal['id']}/confirmation"
    bad = await client.post(path, json={"condition": {"colour": "red"}}, headers=author)
    assert (bad.status_code, bad.json()["code"]) == (422, "condition_invalid")
    other = mint.bearer("supervisor", subject="editor-2")
    done = await client.post(path, json={}, headers=other)
    assert (done.json()["confirmed_by"], done.json()["confirmed"]) == ("editor-2", proposal["proposed"])
    assert (await client.get(DRAFT, headers=author)).json()["status"] == "draft"
    [point] = await points(client, author)
    assert point["when"] == proposal["proposed"]
    await client.post(f"{DRAFT}/validation", headers=author)
    body = {"reason": "试点"}
    assert (await client.post(f"{DRAFT}/activation", json=body, headers=other)).json()["code"] == "same_person"
    approver = mint.bearer("supervisor", subject="approver-3")
    assert (await client.post(f"{DRAFT}/activation", json=body, headers=approver)).status_code == 200
    screen = wiring.build_screen_settlements(resources)
    at = claims.now - timedelta(hours=1)
    wrong = claims.accepted(INSULIN, at=at, diagnosis_codes=("I10.x00",))
    right = claims.accepted(INSULIN, at=at, diagnosis_codes=("E11.900",))
    await screen([wrong, right])
    rows = await admin.fetch("select settlement_ref, amount_at_issue_fen from finding")
    assert [tuple(row) for row in rows] == [(wrong.data.settlement_ref, 10_000)]
    fixed = await bring_in(client, author, indications("限糖尿病。"))
    assert (fixed.status_code, fixed.json()["code"]) == (409, "rulebook_fixed")


async def test_texts_already_in_a_draft_are_read_on_request(client, author, admin):
    document = {"version": "2026.2", "effective_from": "2025-01-01", "rules": rules(), "points": []}
    document["points"].append(
        {"id": "P1", "rule": INDICATION_RULE, "name": "某药", "codes": [INSULIN], "when": {"evidence": "限哮喘患者。"}}
    )
    await client.post(RULEBOOKS, json=document, headers=author)
    assert (await client.post(f"{DRAFT}/proposals", headers=author)).json() == {"proposals": 1}
    assert await admin.fetchval("select proposed ->> 'diagnoses' from condition_proposal") == '["J45-J46"]'
