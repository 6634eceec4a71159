"""3101, 3102 and 3103 as hospitals send them: whole messages from files, and what becomes of the answers."""

import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.kit.pseudonym import derive_key
from services.screening.app import create_app
from services.screening.settings import ScreeningSettings

FOLDER = Path(__file__).resolve().parents[2] / "contract" / "screening_fsi"
CONVERSATIONS = sorted(FOLDER.glob("*.json"))
ADDRESS = "/screening/fsi"
HOSPITAL = "H11010500001"
OTHER_HOSPITAL = "H11010500002"
SEX_RULE = "GZ10000301004000"
SECRET = "a secret of thirty-two characters"


def holds(expected, found) -> bool:
    """Whether everything expected is there; ``*`` stands for any text that is not empty."""
    if expected == "*":
        return isinstance(found, str) and bool(found)
    if isinstance(expected, dict):
        return isinstance(found, dict) and all(holds(value, found.get(name)) for name, value in expected.items())
    if isinstance(expected, list):
        if not isinstance(found, list) or len(expected) > len(found):
            return False
        if not expected:
            return not found
        return all(any(holds(one, other) for other in found) for one in expected)
    return expected == found


def test_the_comparison_can_fail() -> None:
    assert holds({"a": ["*"]}, {"a": ["x"], "b": 1})
    for found in ({"a": []}, {"a": [""]}, {"a": ["x"], "b": 2}, {}):
        assert not holds({"a": ["*"], "b": 1}, found)
    assert not holds({"a": []}, {"a": [1]})


@pytest.fixture
def base(database_url, tmp_path):
    return {
        "database_url": SecretStr(database_url),
        "jwks": str(tmp_path / "jwks.json"),
        "screening_pseudonym_key": SecretStr(derive_key(SECRET).hex()),
    }


@pytest.fixture
def settings(base):
    return ScreeningSettings(**base)


def read(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


async def test_every_message_is_answered_as_its_file_says(base, clock, mint, make_client):
    by_settings: dict[str, list[str]] = {}
    for path in CONVERSATIONS:
        by_settings.setdefault(json.dumps(read(path.stem).get("settings", {})), []).append(path.stem)
    headers = mint.bearer("hospital", institution=HOSPITAL)
    unlike = {}
    for given, names in by_settings.items():
        app = create_app(ScreeningSettings(**base, **json.loads(given)), clock=clock)
        async with make_client(app) as client:
            for name in names:
                conversation = read(name)
                answer = await client.post(ADDRESS, json=conversation["request"], headers=headers)
                found = answer.json()
                named = conversation.get("err", "") in found["err_msg"]
                if answer.status_code != 200 or not named or not holds(conversation["answer"], found):
                    unlike[name] = found
    assert unlike == {}, json.dumps(unlike, ensure_ascii=False, indent=1)
    assert len(CONVERSATIONS) >= 17


async def test_details_of_a_reminder_sum_to_its_amount_and_texts_fit_their_fields(client, mint):
    headers = mint.bearer("hospital", institution=HOSPITAL)
    found = (await client.post(ADDRESS, json=read("3101-lists")["request"], headers=headers)).json()
    assert found["output"]["result"]
    for result in found["output"]["result"]:
        details = result["judge_result_detail_dtos"]
        assert sum(float(one["vola_amt"]) for one in details) == pytest.approx(float(result["vola_amt"]))
        assert len(result["jr_id"]) <= 50
        assert all(len(one["jrd_id"]) <= 50 for one in details)
        assert max(len(result["vola_cont"]), len(result["vola_evid"])) <= 500


async def test_a_hospital_speaks_for_itself_alone(client, mint):
    request = read("3101-lists")["request"]
    other = mint.bearer("hospital", institution=OTHER_HOSPITAL)
    assert (await client.post(ADDRESS, json=request, headers=other)).status_code == 403
    request["input"]["data"]["patient_dtos"][0]["fsi_encounter_dtos"][0]["medins_id"] = OTHER_HOSPITAL
    own = mint.bearer("hospital", institution=HOSPITAL)
    assert (await client.post(ADDRESS, json=request, headers=own)).status_code == 403


async def test_what_is_no_message_is_answered_in_the_form_of_the_interface(client, mint):
    for body in (b"", b"[]", b"\xff", b'{"infno": 3101'):
        answer = await client.post(ADDRESS, content=body, headers=mint.bearer("hospital", institution=HOSPITAL))
        assert (answer.status_code, answer.json()["infcode"], answer.json()["inf_refmsgid"]) == (200, "-1", "")


async def test_acceptance_is_counted_by_institution_doctor_and_rule(client, mint):
    headers = mint.bearer("hospital", institution=HOSPITAL)
    audit, feedback = read("3101-lists")["request"], read("3103-feedback")["request"]
    for visit in ("M001", "M002", "M003"):
        audit["input"]["data"]["patient_dtos"][0]["fsi_encounter_dtos"][0]["mdtrt_id"] = visit
        answer = (await client.post(ADDRESS, json=audit, headers=headers)).json()
        [result] = [one for one in answer["output"]["result"] if one["rule_id"] == SEX_RULE]
        if visit == "M003":
            continue
        way = "2" if visit == "M001" else "1"
        # The answer may come before the reminder itself is written, and twice.
        feedback["input"]["data"]["warns"] = [{"warn_rslt_id": result["jr_id"], "dspo_way": way}]
        for _ in range(2):
            await client.post(ADDRESS, json=feedback, headers=headers)
    await client._transport.app.state.resources.prechecks.log.flush()
    path = "/screening/v1/reminders/statistics"
    for by, group in (("institution", HOSPITAL), ("practitioner", "D110105000001"), ("rule", SEX_RULE)):
        found = (await client.get(path, params={"by": by, "rule": SEX_RULE}, headers=headers)).json()
        assert found["items"] == [
            {
                "group": group,
                "reminders": 3,
                "answered": 2,
                "revised": 1,
                "continued_without_reason": 1,
                "acceptance_rate": 0.5,
                "amount_fen": 10_800,
            }
        ]
    other = mint.bearer("hospital", institution=OTHER_HOSPITAL)
    assert (await client.get(path, headers=other)).json()["items"] == []
    refused = await client.get(path, params={"institution": HOSPITAL}, headers=other)
    assert (refused.status_code, refused.json()["code"]) == (403, "other_institution")
    region = mint.bearer("auditor", region="350000")
    assert (await client.get(path, headers=region)).json()["items"] == []
    assert (await client.get(path, params={"institution": HOSPITAL}, headers=region)).status_code == 403
    backwards = await client.get(path, params={"from": "2026-03-10", "until": "2026-03-01"}, headers=headers)
    assert backwards.status_code == 422


async def test_an_answer_of_another_hospital_does_not_count(client, mint):
    headers = mint.bearer("hospital", institution=HOSPITAL)
    answer = (await client.post(ADDRESS, json=read("3101-lists")["request"], headers=headers)).json()
    feedback = read("3103-feedback")["request"]
    feedback["fixmedins_code"] = OTHER_HOSPITAL
    feedback["input"]["data"]["warns"] = [{"warn_rslt_id": answer["output"]["result"][0]["jr_id"], "dspo_way": "2"}]
    other = mint.bearer("hospital", institution=OTHER_HOSPITAL)
    assert (await client.post(ADDRESS, json=feedback, headers=other)).json()["infcode"] == "0"
    await client._transport.app.state.resources.prechecks.log.flush()
    found = (await client.get("/screening/v1/reminders/statistics", headers=headers)).json()["items"]
    assert [one["answered"] for one in found] == [0]
