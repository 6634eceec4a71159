"""Own rules over HTTP: tried, drafted, and judging like any other."""

import json
from pathlib import Path

import pytest

from services.screening import wiring

DRY_RUN = "/screening/v1/expressions/dry-run"
MEN_ONLY = "XG04CXF014A001010101001"
PLAIN = "003310010140009"
OWN_RULE = "FW900001"


@pytest.fixture
def author(mint):
    return mint.bearer("supervisor", subject="author-1")


def own_rule(expression):
    return {
        "code": OWN_RULE,
        "kind": "expression",
        "name_zh": "自定义",
        "name_en": "own",
        "category": "自定义类",
        "severity": "suspicion",
        "phases": ["before", "during", "after"],
        "legal_basis": "本地规定",
        "parameters": {"expression": expression, "text_zh": "数量可疑。", "text_en": "a doubtful quantity."},
    }


async def test_an_expression_is_tried_on_settlements_without_a_trace(client, resources, claims, author, admin):
    first, second = claims.accepted(PLAIN, MEN_ONLY), claims.accepted(PLAIN, sex="male")
    await wiring.build_screen_settlements(resources)([first, second])
    before = await admin.fetchval("select count(*) from finding")
    refs = [str(one.data.settlement_ref) for one in (first, second)]
    body = {
        "expression": "claim.sex == 'female' ? lines.filter(l, l.item_kind == 'drug') : []",
        "settlement_refs": [*refs, "00000000-0000-7000-8000-000000000000"],
    }
    told = (await client.post(DRY_RUN, json=body, headers=author)).json()
    assert {one["settlement_ref"]: one["result"] for one in told["claims"]} == {refs[0]: [2], refs[1]: []}
    assert told["not_found"] == ["00000000-0000-7000-8000-000000000000"]
    assert sorted(one["steps"] for one in told["claims"]) == [0, 2]
    assert await admin.fetchval("select count(*) from finding") == before


async def test_a_trial_on_a_claim_names_what_it_could_not_answer(client, author):
    claim = {"medical_type": "11", "lines": [{"item_code": PLAIN}]}
    answers = {}
    for expression in ("claim.age_years > 3", "1 / 0 == 1", "claim.care_setting == 'outpatient'"):
        told = (await client.post(DRY_RUN, json={"expression": expression, "claim": claim}, headers=author)).json()
        answers[expression] = (told["claims"][0]["result"], told["claims"][0]["error"])
    assert answers == {
        "claim.age_years > 3": (None, "not_told"),
        "1 / 0 == 1": (None, "division by zero"),
        "claim.care_setting == 'outpatient'": (True, None),
    }


async def test_a_trial_says_when_history_is_not_kept_for_it(client, author):
    body = {"expression": "history.count(30) > 2", "item_codes": [PLAIN], "claim": {"lines": [{"item_code": PLAIN}]}}
    told = (await client.post(DRY_RUN, json=body, headers=author)).json()
    assert (told["history_kept"], told["claims"][0]["result"]) == (False, False)


@pytest.mark.parametrize(
    ("expression", "said"),
    [("claim.aeg > 1", "line 1, column 1"), ("1 +", "line 1, column 3"), ("history.count(9) > 1", "knowledge points")],
)
async def test_a_faulty_expression_is_refused_with_its_place(client, author, expression, said):
    answer = await client.post(DRY_RUN, json={"expression": expression}, headers={**author, "Accept-Language": "en"})
    assert (answer.status_code, answer.json()["code"]) == (422, "expression_invalid")
    assert said in answer.json()["errors"][0]["message"]


async def test_a_region_sees_only_its_own_settlements(client, resources, claims, mint):
    event = claims.accepted(PLAIN)
    await wiring.build_screen_settlements(resources)([event])
    body = {"expression": "true", "settlement_refs": [str(event.data.settlement_ref)]}
    found = {}
    for region in ("110105", "110000", "350100"):
        headers = mint.bearer("supervisor", region=region)
        found[region] = len((await client.post(DRY_RUN, json=body, headers=headers)).json()["claims"])
    assert found == {"110105": 1, "110000": 1, "350100": 0}
    assert (await client.post(DRY_RUN, json=body, headers=mint.bearer("hospital"))).status_code == 403


@pytest.fixture
def document(settings):
    return json.loads(Path(settings.screening_rulebook).read_text(encoding="utf-8"))


async def test_an_own_rule_is_drafted_and_a_faulty_one_is_refused(client, document, author):
    faulty = {**document, "version": "own-1", "rules": [*document["rules"], own_rule("lines.size() >")]}
    answer = await client.post("/screening/v1/rulebooks", json=faulty, headers=author)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/rules/5")
    sound = {**faulty, "rules": [*document["rules"], own_rule("lines.filter(l, l.quantity >= 5.0)")]}
    assert (await client.post("/screening/v1/rulebooks", json=sound, headers=author)).status_code == 201
