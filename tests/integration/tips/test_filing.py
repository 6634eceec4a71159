"""Proof of filing over HTTP and through the days: published once, in order, and for nobody to add to afterwards."""

import asyncio
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from deploy.verify_filing import main, problems
from services.kit.testing.clock import FixedClock
from services.tips.settings import TipsSettings
from services.tips.storage import filings
from services.tips.wiring import Resources, build_publish_filings
from tests.integration.tips.conftest import Desk

DAY = timedelta(days=1)


@pytest.fixture
def publish(resources: Resources) -> Any:
    return build_publish_filings(resources)


async def filed(desk: Desk, text: str = "举报", **fields: Any) -> tuple[str, dict[str, Any]]:
    """Report, and return receipt and statement."""
    body = {"kind": "other", "text": text, **fields}
    answer = await desk.client.post("/tips/v1/tips", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["receipt"], answer.json()["statement"]


async def proof(desk: Desk, statement: dict[str, Any]) -> httpx.Response:
    return await desk.client.post("/tips/v1/filing/inclusion", json={"commitment": statement["commitment"]})


async def gathered(desk: Desk, receipt: str, statement: dict[str, Any]) -> dict[str, Any]:
    """Everything a holder brings before whoever checks."""
    filing = await desk.client.post("/tips/v1/lookup/filing", json={"receipt": receipt, "with_opening": True})
    assert filing.json()["statement"] == statement
    return {
        "statement": statement,
        "opening": filing.json()["opening"],
        "inclusion": (await proof(desk, statement)).json(),
        "days": (await desk.client.get("/tips/v1/filing/days")).json(),
        "keys": (await desk.client.get("/tips/v1/filing/keys")).json(),
    }


async def test_a_holder_proves_what_was_filed_by_which_day(
    desk: Desk, publish: Any, clock: FixedClock, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    receipt, statement = await filed(desk, "院长组织虚假住院", place="锦绣路")
    await filed(desk, "另一件事")
    assert (await proof(desk, statement)).json()["code"] == "filing_not_published"
    clock.advance(DAY)
    assert await publish() == 1
    everything = await gathered(desk, receipt, statement)
    assert problems(everything) == []
    assert json.loads(everything["opening"]["document"])["text"] == "院长组织虚假住院"
    for name, content in everything.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    assert main([str(tmp_path / f"{name}.json") for name in everything]) == 0
    assert "filed on 2026-03-10" in capsys.readouterr().out


async def test_the_statement_alone_shows_neither_content_nor_person_nor_tip(desk: Desk):
    _, first = await filed(desk, "同样的话")
    _, second = await filed(desk, "同样的话")
    assert first["commitment"] != second["commitment"]
    assert set(first) == {"format", "commitment", "day", "key_id", "signature"}
    columns = await desk.admin.fetch(
        "select column_name from information_schema.columns where table_schema = 'tips' and table_name = 'filings'"
    )
    assert {row["column_name"] for row in columns} == {"commitment", "day"}


async def test_a_tip_belongs_to_its_day_in_shanghai(desk: Desk, publish: Any, clock: FixedClock):
    clock.advance(datetime(2026, 3, 10, 15, 59, 59, tzinfo=UTC) - clock.now())
    assert (await filed(desk))[1]["day"] == "2026-03-10"
    clock.advance(timedelta(seconds=1))
    assert (await filed(desk))[1]["day"] == "2026-03-11"
    assert await publish() == 0, "the day is published only once filings that began on it are through"
    clock.advance(timedelta(minutes=5))
    assert await publish() == 1
    assert [day["day"] for day in (await desk.client.get("/tips/v1/filing/days")).json()["days"]] == ["2026-03-10"]


async def test_days_missed_in_a_crash_are_published_later_in_order_and_empty_days_too(
    desk: Desk, publish: Any, clock: FixedClock
):
    receipt, statement = await filed(desk)
    clock.advance(4 * DAY)
    second = await filed(desk)
    clock.advance(DAY)
    assert await publish() == 5
    assert await publish() == 0
    days = (await desk.client.get("/tips/v1/filing/days")).json()["days"]
    assert [day["day"][-2:] for day in days] == ["14", "13", "12", "11", "10"]
    assert {day["tree_size"] for day in days} == {32}, "an empty day looks like any other"
    assert problems(await gathered(desk, receipt, statement)) == []
    assert problems(await gathered(desk, *second)) == []


async def test_two_publishers_at_a_time_publish_a_day_once(desk: Desk, publish: Any, clock: FixedClock):
    await filed(desk)
    clock.advance(3 * DAY)
    counts = await asyncio.gather(*(publish() for _ in range(3)))
    assert sum(counts) == 3
    assert await desk.admin.fetchval("select count(*) from filing_days") == 3


async def test_nobody_files_into_a_published_day(desk: Desk, publish: Any, clock: FixedClock, resources: Resources):
    await filed(desk)
    clock.advance(DAY)
    await publish()
    clock.advance(-DAY)
    _, late = await filed(desk, "钟慢的进程")
    assert late["day"] == "2026-03-11", "a process whose clock is behind files on the next day"
    with pytest.raises(asyncpg.RaiseError, match="the day is published"):
        await desk.admin.execute("insert into filings values ($1, $2)", b"x" * 32, date(2026, 3, 10))
    for statement in (
        "update filings set day = day - 1",
        "delete from filings",
        "update filing_days set root = 'x'",
        "delete from filing_leaves",
        "truncate filing_keys",
    ):
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await desk.admin.execute(statement)


async def test_a_day_waits_for_a_filing_that_is_under_way(desk: Desk, publish: Any, clock: FixedClock, resources):
    async with resources.database.transaction() as session:
        assert await filings.open_day(session, date(2026, 3, 10)) == date(2026, 3, 10)
        clock.advance(DAY)
        publishing = asyncio.create_task(publish())
        await asyncio.sleep(0.2)
        assert not publishing.done()
        await filings.add_commitment(session, b"y" * 32, date(2026, 3, 10))
    assert await publishing == 1
    assert (await proof(desk, {"commitment": (b"y" * 32).hex()})).status_code == 200


async def test_a_changed_commitment_is_in_no_day_and_fails(desk: Desk, publish: Any, clock: FixedClock):
    receipt, statement = await filed(desk)
    clock.advance(DAY)
    await publish()
    everything = await gathered(desk, receipt, statement)
    changed = {**statement, "commitment": "ab" * 32}
    assert (await proof(desk, changed)).status_code == 404
    assert any("tree" in said for said in problems({**everything, "statement": changed}))
    assert (await proof(desk, {"commitment": "no"})).status_code == 422


async def test_the_signing_key_may_change_and_old_statements_hold(
    desk: Desk, publish: Any, clock: FixedClock, settings: TipsSettings, make_client: Any
):
    from services.tips.app import create_app  # noqa: PLC0415

    receipt, statement = await filed(desk)
    new = "bmV3LWtleS1uZXcta2V5LW5ldy1rZXktbmV3LWtleS0="
    changed = TipsSettings(**{**settings.model_dump(), "tips_filing_signing_key": new})
    async with make_client(create_app(changed, clock=clock)) as client:
        later = Desk(client, desk.mint, desk.admin)
        other = await filed(later, "后一件")
        assert other[1]["key_id"] != statement["key_id"]
        clock.advance(DAY)
        await publish()
        assert len((await client.get("/tips/v1/filing/keys")).json()["keys"]) == 2
        assert problems(await gathered(later, receipt, statement)) == []
        assert problems(await gathered(later, *other)) == []


async def test_the_page_shows_days_and_sends_files_without_a_script(desk: Desk, publish: Any, clock: FixedClock):
    receipt, statement = await filed(desk)
    clock.advance(DAY)
    await publish()
    head = (await desk.client.get("/tips/v1/filing/days")).json()["days"][0]["head"]
    page = await desk.client.get("/tips/filing")
    assert head in page.text
    assert statement["commitment"] not in page.text
    form = {"receipt": receipt, "wanted": "statement"}
    sent = await desk.client.post("/tips/receipt/filing", data=form)
    assert sent.headers["content-disposition"] == 'attachment; filename="filing-statement.json"'
    assert sent.json() == statement
    opening = await desk.client.post("/tips/receipt/filing", data={"receipt": receipt, "wanted": "opening"})
    inclusion = await desk.client.post("/tips/filing", data={"commitment": statement["commitment"]})
    assert problems({"statement": statement, "opening": opening.json(), "inclusion": inclusion.json()}) == []
    assert (await desk.client.post("/tips/filing", data={"commitment": "x"})).status_code == 404
    wrong = await desk.client.post("/tips/receipt/filing", data={"receipt": "1" * 16, "wanted": "opening"})
    assert wrong.status_code == 404
