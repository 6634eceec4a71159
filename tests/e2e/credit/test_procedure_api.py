"""The procedure of points over HTTP: proposed, decided, notified, objected to, and read by the person it concerns."""

from datetime import timedelta

import pytest

from services.kit.ids import new_id
from services.kit.paging import encode_cursor

HOSPITAL, OTHER_HOSPITAL = "H11010500001", "H11010500002"
PHYSICIAN = "D110105000001"


@pytest.fixture
async def finding(desk):
    await desk.facts.register(PHYSICIAN)
    (confirmed,) = await desk.facts.findings()
    return confirmed


@pytest.fixture
async def proposal(desk, finding, sanction_body):
    body = sanction_body(new_id(), finding, persons=[], finding_ids=[str(finding)], received_on="2026-03-10")
    assert (await desk.post("/sanctions", body)).status_code == 201
    (waiting,) = (await desk.get("/points-proposals")).json()["items"]
    return waiting


def decision_of(finding, degree="principal"):
    return {
        "violations": [{"finding_ids": [str(finding)], "band_cause": "penalty_article_40", "degree": degree}],
    }


async def test_a_proposal_says_what_may_be_decided_and_is_decided_once(desk, finding, proposal):
    assert (proposal["decided_by_authority"], proposal["least_points"], proposal["most_points"]) == (
        "department",
        10,
        12,
    )
    assert "penalty_article_40" in proposal["causes"]
    path = f"/points-proposals/{proposal['proposal_id']}/decision"
    decided = await desk.post(path, decision_of(finding, "general"))
    assert (decided.status_code, decided.json()["decision"]) == (200, "accepted")
    assert [entry["points"] for entry in decided.json()["entries"]] == [10]
    again = await desk.post(path, {})
    assert (again.status_code, again.json()["code"]) == (409, "proposal_decided")
    assert (await desk.get("/points-proposals")).json() == {"items": [], "next_cursor": None}
    stranger = await desk.post(f"/points-proposals/{new_id()}/decision", {})
    assert (stranger.status_code, stranger.json()["code"]) == (404, "proposal_unknown")


async def test_the_person_reads_the_whole_file_in_chinese_and_in_english(desk, finding, proposal):
    await desk.post(f"/points-proposals/{proposal['proposal_id']}/decision", decision_of(finding))
    (due,) = (await desk.get("/deadlines")).json()["items"]
    assert (due["duty_text"], due["due_on"], due["overdue"]) == ("出具处理通知书", "2026-03-17", False)
    assert due["article"] == "医保办发〔2024〕34号 第三十一条"
    matter = f"/matters/{due['matter_id']}"
    steps = [
        {"kind": "notice_issued", "document_number": "医保通〔2026〕1号"},
        {"kind": "notice_delivered"},
        {"kind": "notice_received"},
        {"kind": "talk_held", "document_number": "谈话记录1号"},
        {"kind": "objection_filed", "signed_and_stamped": True},
        {"kind": "objection_upheld"},
    ]
    for step in steps:
        answer = await desk.post(f"{matter}/steps", {"on": "2026-03-10", **step})
        assert answer.status_code == 201, answer.text
    person = desk.mint.bearer(scopes=["standing:read"], practitioner=PHYSICIAN)
    file = (await desk.get(f"/practitioners/{PHYSICIAN}", as_=person)).json()
    assert (file["points"], file["status_text"]) == (0, "正常")
    assert [entry["reason"] for entry in file["entries"]] == [
        "所在机构或科室被依条例第四十条行政处罚且本人负有责任",
        "异议成立，冲销原记分",
    ]
    (measure,) = file["measures"]
    assert (measure["kind_text"], measure["undone_at"]) == ("终止医保支付资格", "2026-03-10T02:00:00Z")
    (shown,) = file["matters"]
    assert shown["objection_until"] == "2026-03-24"
    assert [step["kind_text"] for step in shown["steps"]][1:4] == ["出具处理通知书", "送达机构", "本人收到"]
    english = (await desk.get(f"/practitioners/{PHYSICIAN}", as_=person, headers={"Accept-Language": "en"})).json()
    assert english["matters"][0]["phase_text"] == "Objection upheld"
    assert (await desk.get(matter, as_=person)).status_code == 200
    assert (await desk.get("/deadlines", as_=person)).status_code == 403
    other = desk.mint.bearer(scopes=["standing:read"], practitioner="D110105000002")
    assert (await desk.get(matter, as_=other)).status_code == 403


async def test_a_late_objection_is_refused_with_its_article(desk, finding, proposal):
    await desk.post(f"/points-proposals/{proposal['proposal_id']}/decision", decision_of(finding))
    (due,) = (await desk.get("/deadlines")).json()["items"]
    path = f"/matters/{due['matter_id']}/steps"
    for kind in ("notice_issued", "notice_delivered", "notice_received"):
        await desk.post(path, {"kind": kind, "on": "2026-03-10", "document_number": "医保通〔2026〕1号"})
    desk.facts.clock.advance(timedelta(days=15))
    late = await desk.post(path, {"kind": "objection_filed", "on": "2026-03-25", "signed_and_stamped": True})
    assert (late.status_code, late.json()["code"]) == (409, "objection_late")
    assert "第四十一条" in late.json()["detail"]


async def test_an_eligibility_states_the_exception_for_emergencies_in_words(desk, finding, proposal):
    answer = (await desk.get("/eligibility", practitioner=PHYSICIAN)).json()
    assert answer["emergency_excepted"] is True
    assert "急诊、抢救" in answer["exception"]
    assert "第十六条" in answer["exception"]


async def test_recovery_repair_and_annulment_answer_as_documented(desk, finding, proposal):
    decided = await desk.post(f"/points-proposals/{proposal['proposal_id']}/decision", decision_of(finding))
    (entry,) = decided.json()["entries"]
    sanction = proposal["sanction_id"]
    recovery = {"sanction_id": sanction, "on": "2026-03-10", "institution_agrees": True}
    asked = await desk.post(f"/practitioners/{PHYSICIAN}/recoveries", recovery)
    assert (asked.status_code, asked.json()["code"]) == (422, "commitment_missing")
    repair = {"sanction_id": sanction, "entry_id": entry["entry_id"], "measure": "training", **recovery}
    opened = await desk.post(f"/practitioners/{PHYSICIAN}/repairs", repair)
    assert (opened.status_code, opened.json()["duty"]) == (201, "review_repair")
    granted = await desk.post(f"/matters/{opened.json()['matter_id']}/steps", {"kind": "granted", "on": "2026-03-10"})
    assert granted.json()["steps"][-1]["details"] == {"points": 1}
    file = (await desk.get(f"/practitioners/{PHYSICIAN}")).json()
    assert (file["points"], file["entries"][-1]["reason"]) == (11, "记分修复：参加医保政策培训")
    annulment = {"deciding_authority": "某省医疗保障局", "document_number": "复决1号", "annulled_on": "2026-03-10"}
    done = await desk.post(f"/sanctions/{sanction}/annulment", annulment)
    assert (done.status_code, done.json()["annulled_on"]) == (200, "2026-03-10")
    assert (await desk.get(f"/sanctions/{sanction}")).json()["annulled_by"] == "某省医疗保障局"
    file = (await desk.get(f"/practitioners/{PHYSICIAN}")).json()
    assert (file["points"], file["status"]) == (0, "eligible")


@pytest.mark.parametrize("parts", [("2026-13-40", str(new_id())), ("2026-03-10", "x"), ("only",)])
async def test_a_forged_cursor_of_deadlines_is_malformed(desk, finding, parts):
    assert (await desk.get("/deadlines", cursor=encode_cursor(*parts))).status_code == 422
