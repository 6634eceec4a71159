"""Fee lines that came together are one part of their visit, and still each is a line of its own."""

from typing import Any

import msgspec
import pytest

from tests.support import fsi
from tests.support.intake import HOSPITAL

FIVE = ("F1", "F2", "F3", "F4", "F5")
OF_VISIT = "select kind, part_key, state from visit_part where kind in ('line', 'lines') order by part_key"


@pytest.fixture
def send(http: Any, mint: Any) -> Any:
    async def post(body: dict[str, Any], *, refused: str | None = None) -> dict[str, Any]:
        answer = await http.post(fsi.PATH, json=body, headers=mint.bearer("hospital", institution=HOSPITAL))
        assert answer.status_code == 200, answer.text
        read: dict[str, Any] = answer.json()
        if refused is None:
            assert read["infcode"] == "0", read["err_msg"]
        else:
            assert f"[{refused}]" in read["err_msg"]
        return read

    return post


def charged(*serials: str, **changes: Any) -> dict[str, Any]:
    return fsi.lines(*(fsi.line(serial, **changes) for serial in serials))


def settled(count: int = 5, **changes: Any) -> dict[str, Any]:
    total = f"{37.30 * count:.2f}"
    made = fsi.settlement(medfee_sumamt=total, **changes)
    made["input"]["setlinfo"] |= {"fund_pay_sumamt": total, "acct_pay": 0, "psn_cash_pay": 0}
    return made


async def begin(send: Any) -> None:
    await send(fsi.registration())
    await send(fsi.visit_information())


async def test_a_messages_lines_are_one_part_and_become_the_lines_of_the_settlement(send, rows) -> None:
    await begin(send)
    await send(charged(*FIVE))
    assert [tuple(row) for row in await rows(OF_VISIT)] == [("lines", "F1", "free")]
    answer = await send(settled())
    assert answer["output"]["intakeinfo"]["state"] == "complete"
    assert [tuple(row) for row in await rows(OF_VISIT)] == [("lines", "F1", "settled")]
    [[body]] = await rows("select body from settlement")
    assert [line["number"] for line in msgspec.json.decode(body)["lines"]] == [1, 2, 3, 4, 5]
    assert [row[0] for row in await rows("select state from visit")] == ["settled"]


async def test_nothing_of_them_can_be_read_in_the_table(send, rows) -> None:
    await begin(send)
    await send(charged(*FIVE))
    [[sealed]] = await rows("select sealed from visit_part where kind = 'lines'")
    assert b"F1" not in sealed
    assert b"feedetl_sn" not in sealed


async def test_lines_of_two_batches_are_two_parts_of_which_each_settlement_takes_its_own(send, rows) -> None:
    await begin(send)
    lines = [*(fsi.line(one, chrg_bchno="B1") for one in FIVE), *(fsi.line(one, chrg_bchno="B2") for one in ("G1",))]
    await send(fsi.lines(*lines))
    assert [tuple(row) for row in await rows(OF_VISIT)] == [("lines", "F1", "free"), ("lines", "G1", "free")]
    await send(settled())
    assert [tuple(row) for row in await rows(OF_VISIT)] == [("lines", "F1", "settled"), ("lines", "G1", "free")]
    assert [row[0] for row in await rows("select state from visit")] == ["open"]


async def test_the_same_message_again_changes_nothing(send, rows) -> None:
    await begin(send)
    await send(charged(*FIVE))
    await send(charged(*FIVE))
    assert {tuple(row) for row in await rows(OF_VISIT)} == {("line", serial, "free") for serial in FIVE}
    assert (await send(settled()))["output"]["intakeinfo"]["state"] == "complete"


@pytest.mark.parametrize(
    ("first", "then"),
    [(FIVE, ("F5",)), (FIVE, ("F9", "F8", "F7", "F5")), (("F5",), FIVE), (FIVE, ("F5", "F8"))],
    ids=["one", "several", "several after one", "two"],
)
async def test_other_content_under_a_known_serial_is_refused_however_either_was_kept(send, rows, first, then) -> None:
    await begin(send)
    await send(charged(*first))
    before = await rows(OF_VISIT)
    await send(charged(*then, bilg_dept_codg="B07"), refused="line_differs")
    assert await rows(OF_VISIT) == before


async def test_what_comes_later_is_kept_beside_them_and_settled_with_them(send, rows) -> None:
    await begin(send)
    await send(charged(*FIVE))
    await send(charged("G1"))
    await send(charged("H1", "H2", "H3", "H4"))
    expected = [("lines", "F1", "free"), ("line", "G1", "free"), ("lines", "H1", "free")]
    assert [tuple(row) for row in await rows(OF_VISIT)] == expected
    assert (await send(settled(10)))["output"]["intakeinfo"]["state"] == "complete"
    assert {row[2] for row in await rows(OF_VISIT)} == {"settled"}


async def test_one_of_them_is_cancelled_alone_and_may_come_again_among_others(send, rows) -> None:
    await send(fsi.admission())
    await send(fsi.message("2301", {"feedetail": [fsi.stay_line(serial) for serial in FIVE]}))
    cancel = [{"feedetl_sn": "F2", "mdtrt_id": fsi.STAY, "psn_no": fsi.stay_line()["psn_no"]}]
    await send(fsi.message("2302", {"data": cancel}))
    states = {row[1]: (row[0], row[2]) for row in await rows(OF_VISIT)}
    assert states == {serial: ("line", "cancelled" if serial == "F2" else "free") for serial in FIVE}
    again = [fsi.stay_line(serial) for serial in ("F2", "F6", "F7", "F8")]
    await send(fsi.message("2301", {"feedetail": again}))
    assert {row[2] for row in await rows(OF_VISIT)} == {"free"}
    await send(fsi.discharge())
    made = fsi.stay_settlement(medfee_sumamt=f"{37.30 * 8:.2f}")
    made["input"]["setlinfo"] |= {"fund_pay_sumamt": f"{37.30 * 8:.2f}", "acct_pay": 0, "psn_cash_pay": 0}
    assert (await send(made))["output"]["intakeinfo"]["state"] == "complete"


async def test_a_reversal_lets_go_of_them_and_a_cancelled_batch_is_cancelled_whole(send, rows) -> None:
    await begin(send)
    await send(charged(*FIVE))
    answer = await send(settled())
    reverse = {
        "mdtrt_id": fsi.VISIT,
        "psn_no": fsi.line()["psn_no"],
        "setl_id": answer["output"]["setlinfo"]["setl_id"],
    }
    await send(fsi.message("2208", {"data": reverse}))
    assert [tuple(row) for row in await rows(OF_VISIT)] == [("lines", "F1", "free")]
    assert [row[0] for row in await rows("select state from visit")] == ["open"]
    batch = {"chrg_bchno": "B1", "mdtrt_id": fsi.VISIT, "psn_no": fsi.line()["psn_no"]}
    await send(fsi.message("2205", {"data": batch}))
    assert {tuple(row) for row in await rows(OF_VISIT)} == {("line", serial, "cancelled") for serial in FIVE}


async def test_a_look_at_the_settlement_counts_them_and_leaves_them_together(send, rows) -> None:
    await begin(send)
    await send(charged(*FIVE))
    seen = await send(fsi.settlement(infno="2206", medfee_sumamt="186.50"))
    assert seen["output"]["intakeinfo"]["missing"] == []
    assert [tuple(row) for row in await rows(OF_VISIT)] == [("lines", "F1", "free")]


async def test_a_settlement_that_waited_for_them_is_stated_when_they_come(send, rows) -> None:
    await begin(send)
    assert (await send(settled()))["output"]["intakeinfo"]["state"] == "waiting"
    await send(charged(*FIVE))
    [[stated]] = await rows("select count(*) from outbox where topic = 'intake.settlement'")
    assert stated == 1


async def test_a_settlement_that_waits_beside_them_takes_each(send, rows) -> None:
    await send(fsi.registration())
    await send(charged(*FIVE))
    answer = await send(settled())
    assert answer["output"]["intakeinfo"]["missing"] == ["diagnoses_missing"]
    await send(fsi.visit_information())
    assert {tuple(row) for row in await rows(OF_VISIT)} == {("line", serial, "settled") for serial in FIVE}


async def test_few_lines_are_kept_each_by_itself(send, rows) -> None:
    await begin(send)
    await send(charged("F1", "F2", "F3"))
    assert [row[0] for row in await rows(OF_VISIT)] == ["line"] * 3


async def test_a_serial_that_comes_twice_in_a_message_counts_once(send, rows) -> None:
    await begin(send)
    await send(charged(*FIVE, "F5"))
    assert {tuple(row) for row in await rows(OF_VISIT)} == {("line", serial, "free") for serial in FIVE}
    other = fsi.lines(*(fsi.line(one) for one in ("G1", "G2", "G3")), fsi.line("G3", bilg_dept_codg="B07"))
    await send(other, refused="line_differs")
