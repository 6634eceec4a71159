"""What institutions say they sent against what is held, over HTTP: matched, or every difference until it is closed."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support import fsi
from tests.support.intake import HOSPITAL, OTHER_HOSPITAL, line, settlement

PATH = "/intake/v1/reconciliations"
DAY = "2026-03-09"


def at(settlement_id: str, settled_at: str, amount_fen: int = 3730, **changes: Any) -> dict[str, Any]:
    """A settlement of one line that was settled at an instant."""
    charged = line(quantity="1", unit_price=f"{amount_fen / 100:.2f}", amount_fen=amount_fen)
    return settlement(settlement_id, lines=[charged], settled_at=settled_at, **changes)


@pytest.fixture
def take(client, exchange) -> Any:
    async def post(*bodies: dict[str, Any]) -> None:
        for body in bodies:
            answer = await client.post("/intake/v1/settlements", json=body, headers=exchange)
            assert answer.status_code == 201, answer.text

    return post


@pytest.fixture
def state(client, hospital) -> Any:
    async def post(*, ok: bool = True, **body: Any) -> dict[str, Any]:
        sent = {"institution_code": HOSPITAL, "first_day": DAY} | body
        answer = await client.post(PATH, json=sent, headers=hospital)
        assert (answer.status_code == 200) is ok, answer.text
        return answer.json()

    return post


def row(settlement_id: str, total_fen: int, **amounts: int) -> dict[str, Any]:
    return {"settlement_id": settlement_id, "total_fen": total_fen} | amounts


async def test_a_day_begins_and_ends_at_midnight_in_shanghai(take, state) -> None:
    await take(
        at("A", "2026-03-08T15:59:59Z", started_at="2026-03-08T09:00:00+08:00"),
        at("B", "2026-03-08T16:00:00Z", started_at="2026-03-08T09:00:00+08:00"),
        at("C", "2026-03-09T15:59:59.999999Z"),
        at("D", "2026-03-09T16:00:00Z"),
    )
    found = await state(settlements=[row("B", 3730), row("C", 3730)])
    assert (found["state"], found["held"]["settlements"]) == ("matched", 2)
    assert found["differences"] == []


async def test_sums_are_compared_to_the_fen_and_only_those_that_were_stated(take, state) -> None:
    await take(at("A", "2026-03-09T10:00:00+08:00"))
    held = {"settlements": 1, "total_fen": 3730, "fund_fen": 1865, "account_fen": 0, "cash_fen": 1865}
    assert (await state(totals=held))["state"] == "matched"
    for name in ("total_fen", "fund_fen", "account_fen", "cash_fen"):
        found = await state(totals=held | {name: held[name] + 1})
        assert [one["kind"] for one in found["differences"] if one["state"] == "open"] == ["totals_differ"]
    found = await state(totals={"settlements": 1})
    assert (found["state"], found["revision"]) == ("matched", 6)
    assert found["counts"] == {"totals_differ": {"solved": 1}}


async def test_a_list_names_each_difference_and_what_comes_late_solves_its_own(
    client, take, state, clock, app, rows, hospital
) -> None:
    await take(at("A", "2026-03-09T10:00:00+08:00"), at("B", "2026-03-09T10:00:00+08:00", 5000))
    found = await state(settlements=[row("B", 5001), row("C", 100)])
    assert found["state"] == "open"
    assert [(one["kind"], one["settlement_id"]) for one in found["differences"]] == [
        ("missing_there", "A"),
        ("amount_differs", "B"),
        ("missing_here", "C"),
    ]
    clock.advance(timedelta(minutes=2))
    await take(at("C", "2026-03-09T11:00:00+08:00", 100))
    await app.state.resources.reconciliations.reconcile.sweep()
    read = (await client.get(f"{PATH}/{found['reconciliation_id']}", headers=hospital)).json()
    assert {one["settlement_id"]: one["state"] for one in read["differences"]} == {
        "A": "open",
        "B": "open",
        "C": "solved",
    }
    explained = await client.post(
        f"{PATH}/{found['reconciliation_id']}/explanations",
        json={"why": "退号后重结"},
        headers=hospital,
    )
    assert explained.json()["state"] == "explained"
    again = await state(settlements=[row("A", 3730), row("B", 5000), row("C", 100)])
    assert (again["state"], again["revision"]) == ("matched", 2)
    assert again["counts"] == {kind: {"solved": 1} for kind in ("missing_there", "amount_differs", "missing_here")}
    facts = [
        one["payload"] for one in await rows("select payload from outbox where type like 'intake.day.%' order by 1")
    ]
    assert len(facts) == 4, "once a statement, once as C came, once as it was explained, once as all was well"


async def test_an_explained_difference_opens_again_when_its_amounts_change(client, take, state, hospital) -> None:
    await take(at("A", "2026-03-09T10:00:00+08:00"))
    found = await state(settlements=[row("A", 3731)])
    answer = await client.post(
        f"{PATH}/{found['reconciliation_id']}/explanations",
        json={"why": "舍入 rounding", "settlement_ids": ["A"]},
        headers=hospital,
    )
    assert answer.json()["state"] == "explained"
    assert (await state(settlements=[row("A", 3731)]))["state"] == "explained"
    assert (await state(settlements=[row("A", 3732)]))["state"] == "open"


async def test_a_statement_that_is_sent_twice_adds_nothing(state, take, rows) -> None:
    first = await state(settlements=[row("A", 1), row("B", 2)])
    second = await state(settlements=[row("B", 2), row("A", 1)])
    assert (second["revision"], second["reconciliation_id"]) == (1, first["reconciliation_id"])
    assert len(second["statements"]) == 1
    assert len(await rows("select from outbox where type like 'intake.day.%'")) == 1


async def test_what_was_taken_back_the_same_day_does_not_count_and_what_later_was_still_does(
    client, take, state, clock, exchange, mint
) -> None:
    today = "2026-03-10T09:00:00+08:00"
    changes = {"started_at": "2026-03-10T08:00:00+08:00", "ended_at": "2026-03-10T08:30:00+08:00"}
    await take(at("A", today, **changes), at("B", today, **changes), at("C", "2026-03-09T10:00:00+08:00"))
    for one in ("A", "C"):
        answer = await client.post(f"/intake/v1/settlements/{HOSPITAL}/{one}/reversal", headers=exchange)
        assert answer.status_code in {200, 201}, answer.text
    found = await state(first_day="2026-03-10", totals={"settlements": 1, "total_fen": 3730})
    assert found["state"] == "matched"
    assert (await state(totals={"settlements": 1, "total_fen": 3730}))["state"] == "matched"
    found = await state(first_day="2026-03-10", refunds=True, settlements=[row("A", 3730), row("C", 3730)])
    assert found["state"] == "matched"


async def test_days_are_divided_by_insurance_and_medical_and_clearing_type(take, state) -> None:
    await take(
        at("A", "2026-03-09T10:00:00+08:00"),
        at("B", "2026-03-09T10:00:00+08:00", medical_type="21", insurance_type="390"),
    )
    for scope in ({"insurance_type": "390"}, {"clearing_type": "21"}, {"medical_type": "21"}):
        assert (await state(settlements=[row("B", 3730)], **scope))["state"] == "matched", scope
    assert (await state(settlements=[], clearing_type="99"))["state"] == "matched"
    assert (await state(totals={"settlements": 2}))["state"] == "matched"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, ("/totals", "missing")),
        ({"last_day": "2026-03-08", "totals": {"settlements": 1}}, ("/last_day", "period_order")),
        ({"last_day": "2026-04-09", "totals": {"settlements": 1}}, ("/last_day", "period_range")),
        ({"first_day": "2026-03-11", "totals": {"settlements": 1}}, ("/first_day", "period_future")),
        ({"settlements": [row("A", 1), row("A", 2)]}, ("/settlements/1/settlement_id", "stated_twice")),
    ],
)
async def test_a_statement_that_makes_no_sense_is_refused_with_a_pointer(state, body, problem) -> None:
    answer = await state(ok=False, **body)
    assert [(one["pointer"], one["code"]) for one in answer["errors"]] == [problem]


async def test_csv_in_chinese_or_the_interfaces_names_in_yuan(client, take, hospital) -> None:
    await take(at("A", "2026-03-09T10:00:00+08:00"), at("B", "2026-03-09T10:00:00+08:00", 123_456))
    where = f"{PATH}/csv?institution_code={HOSPITAL}&first_day={DAY}"
    text = '结算编号,医疗费总额,基金支付\nA,37.30,18.65\nB,"1,234.56",617.28\n\n'
    for content in (text.encode("utf-8-sig"), text.encode("gb18030")):
        answer = await client.post(where, content=content, headers=hospital)
        assert (answer.status_code, answer.json()["state"]) == (200, "matched"), answer.text
    wrong = b"setl_id,medfee_sumamt\nA,37.301\nA b,1\nC,\nD,1\nD,1\n"
    answer = await client.post(where, content=wrong, headers=hospital)
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [
        ("/2/total", "number_form"),
        ("/3/settlement_id", "settlement_id_form"),
        ("/4/total", "number_form"),
        ("/6/settlement_id", "stated_twice"),
    ]
    headless = await client.post(where, content=b"a,b\n1,2\n", headers=hospital)
    assert [one["code"] for one in headless.json()["errors"]] == ["missing", "missing"]


async def test_open_days_are_listed_for_who_may_see_them(client, state, mint) -> None:
    found = await state(settlements=[row("A", 1)])
    for claims, seen in (
        ({"region": "110000"}, True),
        ({"region": "310000"}, False),
    ):
        caller = mint.bearer("reviewer", **claims)
        listed = (await client.get(PATH, headers=caller)).json()["items"]
        assert bool(listed) is seen
        read = await client.get(f"{PATH}/{found['reconciliation_id']}", headers=caller)
        assert (read.status_code == 200) is seen
    other = mint.bearer("hospital", institution=OTHER_HOSPITAL)
    assert (await client.get(PATH, headers=other)).json()["items"] == []
    answer = await client.post(
        PATH, json={"institution_code": HOSPITAL, "first_day": DAY, "totals": {"settlements": 1}}, headers=other
    )
    assert answer.status_code == 403


async def test_3202_compares_the_details_that_were_uploaded_before(client, take, hospital) -> None:
    await take(at("A", "2026-03-09T10:00:00+08:00"))
    file = await client.post(
        f"/intake/v1/statement-files?institution_code={HOSPITAL}",
        content=b"setl_id,medfee_sumamt\nA,37.30\nB,1.00\n",
        headers=hospital,
    )
    data = {
        "clr_type": "11",
        "setl_optins": "110105",
        "file_qury_no": file.json()["file_qury_no"],
        "stmt_begndate": DAY,
        "stmt_enddate": DAY,
        "medfee_sumamt": "38.30",
        "fund_pay_sumamt": "18.65",
        "cash_payamt": "18.65",
        "fixmedins_setl_cnt": 2,
    }
    answer = (await client.post(fsi.PATH, json=fsi.message("3202", {"data": data}), headers=hospital)).json()
    assert answer["infcode"] == "0", answer
    assert [(one["setl_id"], one["stmt_rslt"]) for one in answer["output"]["result"]] == [("B", "102")]
    unknown = fsi.message("3202", {"data": data | {"file_qury_no": "0"}})
    answer = (await client.post(fsi.PATH, json=unknown, headers=hospital)).json()
    assert "file_unknown" in answer["err_msg"]
