"""Messages about visits that come at the same time: they share transactions, and each is kept or left by itself."""

import asyncio
from typing import Any

import pytest

from services.intake.storage import visits_together
from services.intake.use_cases.shared_transaction import SharedTransaction
from tests.support import fsi
from tests.support.intake import HOSPITAL, SERVICE

COUNT = 12


def visit(number: int) -> str:
    return f"MZ{number:06d}"


def messages(number: int) -> list[dict[str, Any]]:
    own = visit(number)
    lines = fsi.lines(fsi.line("F1", own), fsi.line("F2", own, med_list_codg=SERVICE))
    return [fsi.registration(own), fsi.visit_information(own), lines, fsi.settlement(own)]


@pytest.fixture
def send(http: Any, mint: Any) -> Any:
    async def post(body: dict[str, Any]) -> dict[str, Any]:
        answer = await http.post(fsi.PATH, json=body, headers=mint.bearer("hospital", institution=HOSPITAL))
        assert answer.status_code == 200, answer.text
        read: dict[str, Any] = answer.json()
        return read

    return post


async def together(send: Any, step: int, *, but: dict[int, dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    sent = [(but or {}).get(number) or messages(number)[step] for number in range(COUNT)]
    return list(await asyncio.gather(*map(send, sent)))


async def test_settlements_that_come_together_share_transactions_and_each_is_stated_once(send, rows) -> None:
    for step in range(3):
        assert {answer["infcode"] for answer in await together(send, step)} == {"0"}
    settled = await together(send, 3)
    assert {answer["output"]["intakeinfo"]["state"] for answer in settled} == {"complete"}
    [[stated, different]] = await rows(
        "select count(*), count(distinct event_id) from outbox where topic = 'intake.settlement'"
    )
    assert (stated, different) == (COUNT, COUNT)
    [[transactions]] = await rows("select count(distinct xmin::text) from settlement")
    assert transactions < COUNT
    states = await rows("select kind, state, count(*) from visit_part group by 1, 2 order by 1")
    assert [tuple(row) for row in states] == [
        ("information", "held", COUNT),
        ("line", "settled", 2 * COUNT),
        ("registration", "held", COUNT),
        ("settlement", "complete", COUNT),
    ]
    assert [row[0] for row in await rows("select distinct state from visit")] == ["settled"]


async def test_one_of_other_content_is_refused_whole_and_spoils_no_neighbour(send, rows) -> None:
    await together(send, 0)
    await send(fsi.lines(fsi.line("F1", visit(3))))
    other = fsi.lines(fsi.line("F0", visit(3)), fsi.line("F1", visit(3), det_item_fee_sumamt="18.65", cnt="1"))
    answers = await together(send, 2, but={3: other})
    assert [number for number, answer in enumerate(answers) if answer["infcode"] != "0"] == [3]
    assert "line_differs" in answers[3]["err_msg"]
    kept = await rows(
        "select part_key from visit_part join visit using (visit_ref) where visit_id = $1 and visit_part.kind = 'line'",
        visit(3),
    )
    assert [row[0] for row in kept] == ["F1"]


async def test_another_persons_message_is_refused_and_moves_nothing(send, rows) -> None:
    await together(send, 0)
    changed = "select changed_at from visit where visit_id = $1"
    [before] = await rows(changed, visit(5))
    foreign = fsi.visit_information(visit(5), psn_no="11010519491231002X")
    answers = await together(send, 1, but={5: foreign})
    assert [number for number, answer in enumerate(answers) if answer["infcode"] != "0"] == [5]
    assert "person_differs" in answers[5]["err_msg"]
    assert await rows(changed, visit(5)) == [before]


async def test_what_lacks_something_waits_while_its_neighbours_become_complete(send) -> None:
    for step in (0, 1):
        await together(send, step)
    await asyncio.gather(*(send(messages(number)[2]) for number in range(COUNT) if number != 7))
    settled = await together(send, 3)
    states = [answer["output"]["intakeinfo"]["state"] for answer in settled]
    assert states.count("waiting") == 1
    assert states[7] == "waiting"
    assert settled[7]["output"]["intakeinfo"]["missing"] == ["lines_missing"]


async def test_an_answer_waits_until_its_part_is_committed(send, rows, resources, monkeypatch) -> None:
    seen = []
    one_at_a_time = asyncio.Lock()
    share = SharedTransaction.share

    async def shared(self: Any, item: Any) -> Any:
        result = await share(self, item)
        async with one_at_a_time:
            # From another connection, before the answer is given.
            seen.append((result, [row[0] for row in await rows("select visit_id from visit")]))
        return result

    monkeypatch.setattr(SharedTransaction, "share", shared)
    await asyncio.gather(*(send(messages(number)[0]) for number in range(COUNT)))
    assert len(seen) == COUNT
    assert all(own in found for own, found in seen)


async def test_a_defect_in_a_shared_transaction_keeps_nothing_of_it_and_each_is_tried_alone(
    send, rows, monkeypatch
) -> None:
    add = visits_together.add_parts

    async def failing(session: Any, brought: Any) -> Any:
        if len(brought) > 1:
            raise ValueError("a defect of ours")
        return await add(session, brought)

    monkeypatch.setattr(visits_together, "add_parts", failing)
    assert {answer["infcode"] for answer in await together(send, 0)} == {"0"}
    [[kept]] = await rows("select count(*) from visit_part")
    assert kept == COUNT


async def test_the_id_of_a_settlement_away_from_home_is_that_of_its_message(send, rows) -> None:
    at_home, away = messages(1), messages(2)
    for sent in away:
        sent["insuplc_admdvs"] = "330100"
    for sent in (*at_home, *away):
        assert (await send(sent))["infcode"] == "0"
    claimed = await rows("select settlement_id, sender_settlement_id from settlement_identity")
    assert [tuple(row) for row in claimed] == [(f"S-{visit(2)}", away[-1]["msgid"])]
