"""What the public reads: statistics published once, and cases that two people and a guard let through."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from services.kit.testing.clock import FixedClock
from services.tips.public_wiring import build_publish_statistics
from services.tips.wiring import Resources
from tests.integration.tips.conftest import Desk

STATISTICS = "/tips/v1/public/statistics"
CASES = "/tips/v1/typical-cases"
CASE = {
    "region": "440100",
    "month": "2026-02",
    "kind": "false_admission",
    "title": "某医疗机构虚假住院骗取医保基金",
    "body": "接到举报后核查，该机构以体检为名办理住院，涉及金额约30万元，已全部追回并移送处理。",
}


async def insert(admin: asyncpg.Connection, number: int, *, kind: str, region: str | None, status: str) -> None:
    """Store tips that were received in January 2026 and decided ten days later."""
    decided = None if status == "received" else datetime(2026, 1, 20, 4, tzinfo=UTC)
    await admin.executemany(
        "insert into tips (id, kind, status, received_on, named, accepted_at, decided_at, region) "
        "values (gen_random_uuid(), $1, $2, '2026-01-10', false, $3, $3, $4)",
        [(kind, status, decided, region)] * number,
    )


async def test_a_closed_period_is_published_once_and_never_changes(
    resources: Resources, desk: Desk, admin: asyncpg.Connection, clock: FixedClock
):
    await insert(admin, 40, kind="false_admission", region="440305", status="substantiated")
    await insert(admin, 3, kind="overcharging", region="440305", status="substantiated")
    await insert(admin, 30, kind="overcharging", region="440106", status="received")
    await insert(admin, 20, kind="false_admission", region=None, status="received")
    publish = build_publish_statistics(resources)
    assert await publish() == 0, "the quarter has not closed"
    assert (await desk.client.get(STATISTICS)).json() == {"periods": [], "publication": None}
    clock.advance(datetime(2026, 4, 11, tzinfo=UTC) - clock.now() - timedelta(hours=9))
    assert await publish() == 0, "ten days have not passed"
    clock.advance(timedelta(days=1))
    assert await publish() == 1
    assert await publish() == 0

    answer = (await desk.client.get(STATISTICS)).json()
    found = answer["publication"]
    assert (answer["periods"], found["period"], found["last_day"]) == (["2026-Q1"], "2026-Q1", "2026-03-31")
    assert found["regions"] == ["000000", "440100", "440300", "total"]
    places = {kind: found["kinds"].index(kind) for kind in ("false_admission", "overcharging", "total")}
    received = {
        region: [row[place] for place in places.values()]
        for region, row in zip(found["regions"], found["counts"]["received"], strict=True)
    }
    # The three of Shenzhen are hidden, and with them what would give them away; the rest is rounded to five.
    assert received["440300"][:2] == [None, None]
    assert received["total"][-1] == 95
    assert found["counts"]["substantiated"][-1][-1] == 45
    assert found["answers"]["440300"] == {"median_days": 10, "tail_days": 10}
    assert found["answers"]["440100"] == {"median_days": None, "tail_days": None}

    before = (await desk.client.get(f"{STATISTICS}?period=2026-Q1")).json()
    await insert(admin, 1, kind="overcharging", region="440305", status="substantiated")
    assert await publish() == 0
    assert (await desk.client.get(f"{STATISTICS}?period=2026-Q1")).json() == before
    with pytest.raises(asyncpg.RaiseError, match="append-only"):
        await admin.execute("update statistics_publications set document = '{}'")
    with pytest.raises(asyncpg.ExclusionViolationError):
        await admin.execute(
            "insert into statistics_publications (first_day, last_day, published_at, document) "
            "values ('2026-03-01', '2026-03-31', now(), '{}')"
        )
    assert (await desk.client.get(f"{STATISTICS}?period=2026-02")).status_code == 404

    page = await desk.client.get("/tips/public/statistics")
    assert page.status_code == 200
    assert "举报统计" in page.text
    assert "2026-Q1" in page.text
    assert "<script" not in page.text


class Press:
    """People who tell cases."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def write(self, *, region: str | None = None, **changes: Any) -> httpx.Response:
        headers = self.desk.mint.bearer("tip_handler", subject="zhang", region=region)
        return await self.desk.client.post(CASES, json=CASE | changes, headers=headers)

    async def step(
        self, case_id: str, step: str, body: Any = None, *, by: str = "li", region: str | None = None
    ) -> httpx.Response:
        headers = self.desk.mint.bearer("tip_supervisor", subject=by, region=region)
        return await self.desk.client.post(f"{CASES}/{case_id}/{step}", json=body, headers=headers)

    async def read(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.desk.client.get("/tips/v1/public/cases")).json()
        return found


async def test_a_case_goes_through_two_people_and_the_guard_and_can_be_withdrawn(desk: Desk, admin: asyncpg.Connection):
    press = Press(desk)
    await insert(admin, 6, kind="false_admission", region="440106", status="substantiated")
    await admin.execute(
        "insert into institutions (code, kind, level, region, name, active, changed_at) "
        "values ('H44010600001', 'hospital', 2, '440106', '康乐医院', true, now())"
    )
    draft = (await press.write(body=CASE["body"] + "康乐医院院长王某，电话13812345678，2026年2月3日查处。")).json()
    blocking = {doubt["code"] for doubt in draft["doubts"] if doubt["blocks"]}
    assert blocking == {"phone", "long_number", "day", "institution_name"}
    path = draft["case_id"]
    every = {"confirmed": [doubt["code"] for doubt in draft["doubts"]]}
    assert (await press.step(path, "publication", every)).json()["code"] == "case_blocked"

    headers = desk.mint.bearer("tip_handler", subject="zhang")
    better = CASE | {"body": CASE["body"] + "院长王某组织实施。"}
    rewritten = (await desk.client.put(f"{CASES}/{path}", json=better, headers=headers)).json()
    assert {doubt["code"] for doubt in rewritten["doubts"]} == {"person_name", "surname"}
    assert (await press.step(path, "publication", {})).json()["code"] == "doubts_not_confirmed"
    confirmed = {"confirmed": ["person_name", "surname"]}
    assert (await press.step(path, "publication", confirmed, by="zhang")).json()["code"] == "own_case"
    assert await press.read() == []
    assert (await press.step(path, "publication", confirmed)).json()["state"] == "published"
    assert [case["title"] for case in await press.read()] == [CASE["title"]]
    assert "zhang" not in str(await press.read())
    page = await desk.client.get("/tips/public/cases")
    assert CASE["title"] in page.text
    assert (await press.step(path, "withdrawal")).json()["state"] == "withdrawn"
    assert await press.read() == []


async def test_a_county_is_told_only_where_k_cases_hide_each_other(desk: Desk, admin: asyncpg.Connection):
    press = Press(desk)
    await insert(admin, 4, kind="false_admission", region="440106", status="substantiated")
    case = (await press.write(region="440100")).json()
    assert [doubt["code"] for doubt in case["doubts"]] == ["rare_in_region"]
    headers = desk.mint.bearer("tip_handler", subject="zhang")
    county = (await desk.client.post(CASES, json=CASE | {"region": "440106"}, headers=headers)).json()
    assert [(doubt["code"], doubt["blocks"]) for doubt in county["doubts"]] == [("region_too_small", True)]
    await insert(admin, 1, kind="false_admission", region="440106", status="substantiated")
    again = (await desk.client.get(CASES, headers=headers)).json()
    assert [doubt["code"] for found in again for doubt in found["doubts"]] == []


async def test_cases_of_another_region_are_neither_written_nor_published(desk: Desk):
    press = Press(desk)
    assert (await press.write(region="450000")).status_code == 403
    case = (await press.write()).json()
    assert (await press.step(case["case_id"], "publication", {}, region="450000")).status_code == 404
    headers = desk.mint.bearer("tip_handler", region="450000")
    assert (await desk.client.get(CASES, headers=headers)).json() == []
