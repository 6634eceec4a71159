"""Checks given to social supervisors: seen by their own, answered in time or marked, reported as tips."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.kit.testing.clock import FixedClock
from services.tips.public_wiring import build_sweep_checks
from services.tips.wiring import Resources
from tests.integration.tips.conftest import Desk

PATH = "/tips/v1/supervisors"
INSTITUTION, ELSEWHERE = "H44030500001", "H45010300001"
QUESTIONS = ["病床与在院人数是否相符", "收费项目是否公示"]
CHECK = {
    "institution_code": INSTITUTION,
    "period_first": "2026-01",
    "period_last": "2026-03",
    "questions": QUESTIONS,
    "due_on": "2026-03-20",
}
REPORT = {"kind": "false_admission", "text": "巡查发现挂床住院"}
ANSWERS = {"answers": ["in_order", "not_checked"]}


class Checks:
    """Who gives checks, and two supervisors of Guangdong."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.supervisors: dict[str, str] = {}

    async def appoint(self, subject: str, certificate: str) -> None:
        body = {"subject": subject, "certificate": certificate, "region": "440000"}
        term = {"term_from": "2026-03-10", "term_until": "2026-04-09"}
        made = await self.post("", body | term)
        assert made.status_code == 201, made.text
        self.supervisors[subject] = made.json()["supervisor_id"]

    async def post(self, path: str, body: Any = None, *, by: str = "li", **claims: Any) -> httpx.Response:
        headers = self.desk.mint.bearer("tip_supervisor", subject=by, **claims)
        return await self.desk.client.post(f"{PATH}{path}", json=body, headers=headers)

    async def assign(self, subject: str = "wei", *, check_id: str | None = None, **changes: Any) -> httpx.Response:
        claims = {name: changes.pop(name) for name in ("by", "region") if name in changes}
        body = CHECK | {"check_id": check_id or str(uuid4())} | changes
        return await self.post(f"/{self.supervisors[subject]}/checks", body, **claims)

    async def assigned(self, **changes: Any) -> str:
        made = await self.assign(**changes)
        assert made.status_code == 201, made.text
        check_id: str = made.json()["check_id"]
        return check_id

    async def listed(self, **claims: Any) -> list[dict[str, Any]]:
        headers = self.desk.mint.bearer("tip_supervisor", subject="li", **claims)
        found: list[dict[str, Any]] = (await self.desk.client.get(f"{PATH}/checks", headers=headers)).json()
        return found

    async def own(self, path: str = "", body: Any = None, *, by: str = "wei") -> httpx.Response:
        headers = self.desk.mint.bearer("social_supervisor", subject=by)
        if body is None:
            return await self.desk.client.get(f"{PATH}/me/checks", headers=headers)
        return await self.desk.client.post(f"{PATH}/me/checks/{path}", json=body, headers=headers)


@pytest.fixture
async def checks(desk: Desk) -> Checks:
    for code, region in ((INSTITUTION, "440305"), (ELSEWHERE, "450103")):
        await desk.admin.execute(
            "insert into institutions values ($1, 'hospital', 2, $2, '某医院', true, now())", code, region
        )
    made = Checks(desk)
    await made.appoint("wei", "JD-001")
    await made.appoint("qin", "JD-002")
    return made


async def test_a_check_is_given_seen_by_its_own_supervisor_and_answered(checks: Checks):
    check_id = str(uuid4())
    given = await checks.assign(check_id=check_id)
    assert (given.status_code, given.json()["state"], given.json()["assigned_by"]) == (201, "assigned", "li")
    assert (await checks.assign(check_id=check_id)).json() == given.json()
    other = await checks.assign(check_id=check_id, due_on="2026-03-21")
    assert (other.status_code, other.json()["code"]) == (409, "repeated_otherwise")
    (mine,) = (await checks.own()).json()
    assert (mine["check_id"], mine["questions"], mine["due_on"]) == (check_id, QUESTIONS, "2026-03-20")
    assert "assigned_by" not in mine
    assert (await checks.own(by="qin")).json() == []
    for path, body in ((f"{check_id}/nothing-found", ANSWERS), (f"{check_id}/report", REPORT)):
        answer = await checks.own(path, body, by="qin")
        assert (answer.status_code, answer.json()["code"]) == (404, "check_unknown"), path
    short = await checks.own(f"{check_id}/nothing-found", {"answers": ["in_order"]})
    assert short.json()["code"] == "answers_missing"
    answered = await checks.own(f"{check_id}/nothing-found", ANSWERS)
    assert (answered.json()["state"], answered.json()["answered_on"]) == ("nothing_found", "2026-03-10")
    assert (await checks.own(f"{check_id}/nothing-found", ANSWERS)).json() == answered.json()
    assert (await checks.own(f"{check_id}/report", REPORT)).json()["code"] == "check_is_over"
    (listed,) = await checks.listed()
    assert (listed["state"], listed["answers"]) == ("nothing_found", ["in_order", "not_checked"])


async def test_what_is_found_becomes_a_tip_that_the_desk_cannot_tell_from_the_check(checks: Checks, desk: Desk):
    check_id = await checks.assigned()
    body = REPORT | {"submission_id": str(uuid4())}
    made = await checks.own(f"{check_id}/report", body)
    assert made.status_code == 201, made.text
    assert (await checks.own(f"{check_id}/report", body)).json()["receipt"] == made.json()["receipt"]
    tip_id = await desk.newest()
    page = await desk.read(tip_id)
    assert (page["channel"], page["reported_institution_code"]) == ("supervisor", INSTITUTION)
    assert "wei" not in str(page)
    (listed,) = await checks.listed()
    assert (listed["state"], listed["answered_on"]) == ("reported", "2026-03-10")
    assert str(tip_id) not in str(listed)
    row = await desk.admin.fetchrow("select * from supervisor_checks")
    assert str(tip_id) not in str(dict(row))
    assert (await desk.look_up(made.json()["receipt"]))["status"] == "received"
    more = await checks.own(f"{check_id}/report", REPORT)
    assert more.status_code == 201, "a second thing may be found"
    wrong = await checks.own(f"{check_id}/report", REPORT | {"institution_code": ELSEWHERE})
    assert wrong.json()["code"] == "another_institution"
    assert await desk.admin.fetchval("select count(*) from tips") == 2
    assert (await checks.own(f"{check_id}/nothing-found", ANSWERS)).json()["code"] == "check_is_over"


async def test_a_check_is_given_within_the_region_the_term_and_without_an_interest(checks: Checks, desk: Desk):
    assert (await checks.assign(region="450000")).json()["code"] == "supervisor_unknown"
    assert (await checks.assign(institution_code=ELSEWHERE)).json()["code"] == "outside_appointment"
    assert (await checks.assign(institution_code=ELSEWHERE, region="440000")).json()["code"] == "institution_unknown"
    assert (await checks.assign(institution_code="H00000000000")).json()["code"] == "institution_unknown"
    assert (await checks.assign(due_on="2026-04-10")).json()["code"] == "outside_term"
    assert (await checks.assign(due_on="2026-03-10")).json()["code"] == "due_in_the_past"
    assert (await checks.assign(period_last="2026-04")).json()["code"] == "wrong_period"
    for wrong in ({"questions": []}, {"questions": ["x"] * 11}, {"questions": ["长" * 301]}, {"period_first": "2026"}):
        assert (await checks.assign(**wrong)).status_code == 422, wrong
    handler = desk.mint.bearer("tip_handler")
    path = f"{PATH}/{checks.supervisors['wei']}/checks"
    body = CHECK | {"check_id": str(uuid4())}
    assert (await desk.client.post(path, json=body, headers=handler)).status_code == 403
    assert (await desk.client.get(f"{PATH}/checks", headers=handler)).status_code == 403
    assert (await desk.client.get(f"{PATH}/checks", headers=desk.mint.bearer("social_supervisor"))).status_code == 403
    await desk.admin.execute("insert into interests values ('li', $1, 'li', now())", INSTITUTION)
    assert (await checks.assign()).json()["code"] == "recused"
    assert (await checks.assign(by="zhao")).status_code == 201


async def test_another_region_sees_and_takes_back_nothing(checks: Checks):
    check_id = await checks.assigned()
    assert await checks.listed(region="450000") == []
    assert len(await checks.listed(region="440300")) == 1
    path = f"/checks/{check_id}/cancellation"
    assert (await checks.post(path, region="450000")).json()["code"] == "check_unknown"
    assert (await checks.post(path, region="440300")).json()["state"] == "cancelled"
    assert (await checks.post(path)).json()["cancelled_by"] == "li"
    assert (await checks.own(f"{check_id}/nothing-found", ANSWERS)).json()["code"] == "check_is_over"


async def test_a_recusal_or_the_end_of_the_appointment_gives_the_check_back(checks: Checks, desk: Desk):
    await checks.assigned()
    await checks.assigned(subject="qin")
    headers = desk.mint.bearer("social_supervisor", subject="wei")
    body = {"institution_code": INSTITUTION}
    assert (await desk.client.post(f"{PATH}/me/interests", json=body, headers=headers)).status_code == 204
    states = {each["supervisor_id"]: each["state"] for each in await checks.listed()}
    assert states == {checks.supervisors["wei"]: "cancelled", checks.supervisors["qin"]: "assigned"}
    assert (await checks.assign()).json()["code"] == "recused"
    await checks.post(f"/{checks.supervisors['qin']}/end")
    assert {each["state"] for each in await checks.listed()} == {"cancelled"}


async def test_a_supervisor_is_reminded_once_and_the_desk_sees_what_is_overdue(
    checks: Checks, clock: FixedClock, resources: Resources
):
    await checks.assigned()  # Friday, 20 March
    done = await checks.assigned()
    await checks.own(f"{done}/nothing-found", ANSWERS)
    sweep = build_sweep_checks(resources)

    async def marks() -> tuple[bool, bool]:
        (mine,) = [each for each in (await checks.own()).json() if each["check_id"] != done]
        return mine["due_soon"], mine["overdue"]

    clock.advance(timedelta(days=6))  # Monday; Tuesday is three working days before
    assert (await sweep(), await marks()) == (0, (False, False))
    clock.advance(timedelta(days=1))
    assert (await sweep(), await sweep(), await marks()) == (1, 0, (True, False))
    clock.advance(timedelta(days=3))  # the last day
    assert (await sweep(), await marks()) == (0, (True, False))
    clock.advance(timedelta(days=1))
    assert (await sweep(), await sweep(), await marks()) == (1, 0, (False, True))
    assert [each["overdue"] for each in await checks.listed()] == [True, False]
    late = (await checks.own()).json()[0]["check_id"]
    assert (await checks.own(f"{late}/nothing-found", ANSWERS)).json()["overdue"] is False
    clock.advance(timedelta(days=30))
    assert (await checks.own(f"{late}/nothing-found", ANSWERS)).json()["code"] == "no_appointment"


async def test_checks_are_given_and_answered_on_pages(checks: Checks, desk: Desk):
    async def page(path: str, role: str, by: str, **fields: Any) -> httpx.Response:
        headers = desk.mint.bearer(role, subject=by)
        if fields:
            return await desk.client.post(f"/tips/desk/{path}", data=fields, headers=headers)
        return await desk.client.get(f"/tips/desk/{path}", headers=headers)

    desk_path = "supervisors/checks"
    form = {
        "action": "assign",
        "supervisor_id": checks.supervisors["wei"],
        "institution_code": INSTITUTION.lower(),
        "period_first": "2026-01",
        "period_last": "2026-03",
        "questions": "病床是否相符\r\n\r\n收费是否公示",
        "due_on": "2026-03-20",
    }
    assert "JD-001" in (await page(desk_path, "tip_supervisor", "li")).text
    wrong = await page(desk_path, "tip_supervisor", "li", **form | {"check_id": str(uuid4()), "period_first": "2026"})
    assert wrong.status_code == 422
    assert "病床是否相符" in wrong.text, "what was written is not lost"
    for number in range(2):
        given = await page(desk_path, "tip_supervisor", "li", **form | {"check_id": str(uuid4())})
        assert given.status_code == 303, (number, given.text)
    found, none = [each["check_id"] for each in (await checks.own()).json()]
    mine = (await page("checks", "social_supervisor", "wei")).text
    assert mine.count("病床是否相符") == 2
    assert "病床是否相符" not in (await page("checks", "social_supervisor", "qin")).text
    answers = {"action": "nothing-found", "check_id": none, "answer_0": "in_order", "answer_1": "not_checked"}
    assert (await page("checks", "social_supervisor", "qin", **answers)).status_code == 404
    assert (await page("checks", "social_supervisor", "wei", **answers | {"answer_0": "bad"})).status_code == 422
    assert (await page("checks", "social_supervisor", "wei", **answers)).status_code == 303
    report = {"action": "send", "check_id": found, "kind": "other", "text": "挂床住院", "submission_id": str(uuid4())}
    empty = await page("checks", "social_supervisor", "wei", **report | {"text": ""})
    assert empty.status_code == 422
    begun = await page("checks", "social_supervisor", "wei", action="start", check_id=found)
    assert 'name="text"' in begun.text
    made = await page("checks", "social_supervisor", "wei", **report)
    assert made.status_code == 201
    assert await desk.admin.fetchval("select reported_institution_code from tips") == INSTITUTION
    shown = await page(desk_path, "tip_supervisor", "li")
    assert ("发现问题，已举报" in shown.text, "未发现问题" in shown.text) == (True, True)
    third = await checks.assigned()
    back = {"action": "take-back", "check_id": third}
    assert (await page(desk_path, "tip_supervisor", "li", **back)).status_code == 303
    assert (await page(desk_path, "tip_handler", "li")).status_code == 403
