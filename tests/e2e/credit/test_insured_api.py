"""Insured persons over HTTP: sanctions, counter-entries, the pause at any instant, and a log no reading escapes."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.kit.ids import new_id

REF = "0123456789abcdef" * 2
OTHER = "fedcba9876543210" * 2


def body(**fields: Any) -> dict[str, Any]:
    return {
        "entry_id": str(new_id()),
        "insured_ref": REF,
        "circumstance": "lent_voucher",
        "decided_on": "2026-03-10",
        "document_number": "医保处〔2026〕7号",
        "refund_fen": 10_000,
        "pause_months": 3,
        "pause_from": "2026-03-10",
        **fields,
    }


@pytest.fixture
def officer(desk) -> dict[str, str]:
    return desk.mint.bearer("insured_officer")


async def pause(desk: Any, officer: dict[str, str], ref: str = REF, **query: Any) -> Any:
    answer = await desk.get(f"/insured/{ref}/settlement-pause", as_=officer, purpose="case", **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_pause_is_answered_for_any_instant(desk, officer) -> None:
    made = await desk.post("/insured/sanctions", body(), as_=officer)
    assert made.status_code == 201
    assert made.json()["article"].startswith("医疗保障基金使用监督管理条例 第四十一条")
    answers = [
        (await pause(desk, officer, at=at))["paused"]
        for at in (
            "2026-03-09T23:59:59.999999+08:00",
            "2026-03-10T00:00:00+08:00",
            "2026-06-09T23:59:59.999999+08:00",
            "2026-06-10T00:00:00+08:00",
        )
    ]
    assert answers == [False, True, True, False]
    now = await pause(desk, officer)
    assert (now["paused"], now["until"]) == (True, "2026-06-09T16:00:00Z")
    assert not (await pause(desk, officer, OTHER))["paused"]


async def test_repeating_changes_nothing_and_altering_is_a_conflict(desk, officer) -> None:
    sent = body()
    answers = [await desk.post("/insured/sanctions", sent, as_=officer) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()
    altered = await desk.post("/insured/sanctions", {**sent, "pause_months": 4}, as_=officer)
    assert (altered.status_code, altered.json()["code"]) == (409, "entry_taken")


async def test_two_equal_requests_at_once_make_one_entry(desk, officer) -> None:
    sent = body()
    answers = await asyncio.gather(*(desk.post("/insured/sanctions", sent, as_=officer) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert await desk.facts.number("select count(*) from insured_entry") == 1


async def test_a_counter_entry_undoes_from_the_beginning_and_both_stay_visible(desk, clock, officer) -> None:
    sent = body()
    await desk.post("/insured/sanctions", sent, as_=officer)
    clock.advance(timedelta(days=5))
    officer = desk.mint.bearer("insured_officer")
    counter = {"counter_id": str(new_id()), "cause": "judged", "document_number": "行初〔2026〕3号"}
    path = f"/insured/sanctions/{sent['entry_id']}/counter-entry"
    answers = [await desk.post(path, counter, as_=officer) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    again = await desk.post(path, {**counter, "counter_id": str(new_id())}, as_=officer)
    assert (again.status_code, again.json()["code"]) == (409, "entry_countered")
    undone = await desk.post(
        f"/insured/sanctions/{counter['counter_id']}/counter-entry",
        {**counter, "counter_id": str(new_id())},
        as_=officer,
    )
    assert (undone.status_code, undone.json()["code"]) == (409, "entry_countered")
    assert not (await pause(desk, officer, at="2026-03-12T00:00:00Z"))["paused"]
    assert (await pause(desk, officer, at="2026-03-12T00:00:00Z", known_at="2026-03-11T00:00:00Z"))["paused"]
    ledger = (await desk.get(f"/insured/{REF}/ledger", as_=officer, purpose="objection")).json()["items"]
    assert [(one["refund_fen"], one["pause_months"], one["cause"]) for one in ledger] == [
        (10_000, 3, None),
        (-10_000, -3, "judged"),
    ]


async def test_every_reading_is_logged_and_only_an_auditor_reads_the_log(desk, officer) -> None:
    await pause(desk, officer)
    await desk.get(f"/insured/{OTHER}/ledger", as_=officer, purpose="objection")
    bound = desk.mint.bearer("insured_officer", institution="H11010500001", subject="someone-else")
    refused = await desk.get(f"/insured/{REF}/ledger", as_=bound, purpose="case")
    assert (refused.status_code, refused.json()["code"]) == (403, "insured_agency_only")
    log = (await desk.get("/insured-accesses", as_=desk.mint.bearer("auditor"))).json()["items"]
    assert [(one["subject"], one["insured_ref"], one["matter"], one["purpose"], one["granted"]) for one in log] == [
        ("insured_officer-1", REF, "settlement-pause", "case", True),
        ("insured_officer-1", OTHER, "ledger", "objection", True),
        ("someone-else", REF, "ledger", "case", False),
    ]
    assert (await desk.get("/insured-accesses", as_=officer)).status_code == 403


async def test_an_answer_without_a_log_entry_is_impossible(desk, officer) -> None:
    await desk.post("/insured/sanctions", body(), as_=officer)
    async with desk.facts.resources.database.transaction() as session:
        await session.execute(sa.text("alter table insured_access add constraint full_log check (false) not valid"))
    answer = await desk.get(f"/insured/{REF}/settlement-pause", as_=officer, purpose="case")
    assert answer.status_code == 500
    assert "paused" not in answer.text


async def test_no_reading_without_a_purpose(desk, officer) -> None:
    answer = await desk.get(f"/insured/{REF}/settlement-pause", as_=officer)
    assert answer.status_code == 422
    assert await desk.facts.number("select count(*) from insured_access") == 0


@pytest.mark.parametrize("role", ["reviewer", "supervisor", "sanction_officer", "auditor", "hospital", "operator"])
async def test_other_roles_see_nothing_of_insured_persons(desk, role) -> None:
    answer = await desk.get(f"/insured/{REF}/settlement-pause", as_=desk.mint.bearer(role), purpose="case")
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


@pytest.mark.parametrize("reference", ["110105199001011234", "张三", "0123456789ABCDEF" * 2, "0" * 31, "0" * 33])
async def test_only_a_pseudonym_is_taken(desk, officer, reference) -> None:
    answer = await desk.post("/insured/sanctions", body(insured_ref=reference), as_=officer)
    assert answer.status_code == 422
    assert reference not in answer.text


async def test_a_pause_of_two_months_is_refused_with_the_article(desk, officer) -> None:
    answer = await desk.post("/insured/sanctions", body(pause_months=2), as_=officer)
    assert (answer.status_code, answer.json()["code"]) == (422, "pause_months_range")
    assert "第四十一条" in answer.json()["detail"]


async def test_neither_ledger_nor_log_can_be_changed(desk, officer) -> None:
    await desk.post("/insured/sanctions", body(), as_=officer)
    await pause(desk, officer)
    for table in ("insured_entry", "insured_access"):
        for statement in (
            f"update {table} set insured_ref = insured_ref",
            f"delete from {table}",
            f"truncate {table} cascade",
        ):
            with pytest.raises(sa.exc.DBAPIError, match="append-only"):
                async with desk.facts.resources.database.transaction() as session:
                    await session.execute(sa.text(statement))
