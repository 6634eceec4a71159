"""Single settlements that share a transaction: one's failure, one's leaving and a stop harm nobody."""

import asyncio
import contextlib
import json

import pytest

from services.intake.api.settlement_body import decode
from services.intake.storage import settlements
from services.intake.use_cases.group_commit import GroupCommit
from services.intake.wiring import build_accept_settlements
from services.kit.errors import TooMany, Unavailable
from tests.support.intake import UNKNOWN_HOSPITAL, settlement


def candidate(settlement_id: str, **changes):
    return decode(json.dumps(settlement(settlement_id, **changes)).encode())


@pytest.fixture
def group(resources) -> GroupCommit:
    return resources.group_commit


async def test_settlements_that_come_together_share_transactions_and_each_gets_its_own_answer(group, rows) -> None:
    answers = await asyncio.gather(*(group(candidate(f"S{number}")) for number in range(60)))
    stored = {row[0]: row[1] for row in await rows("select settlement_id, settlement_ref from settlement")}
    assert {f"S{number}": answer.settlement_ref for number, answer in enumerate(answers)} == stored
    [[transactions]] = await rows("select count(distinct xmin::text) from settlement")
    assert transactions <= 20
    [[stated]] = await rows("select count(distinct event_id) from outbox where topic = 'intake.settlement'")
    assert stated == 60


async def test_one_that_cannot_be_stored_spoils_no_neighbour(group, rows, monkeypatch) -> None:
    take = settlements.take

    async def failing(session, drafts, *, now):
        if any(draft.settlement_id == "S3" for draft in drafts):
            raise ValueError("a defect of ours")
        return await take(session, drafts, now=now)

    monkeypatch.setattr(settlements, "take", failing)
    answers = await asyncio.gather(*(group(candidate(f"S{number}")) for number in range(8)), return_exceptions=True)
    assert isinstance(answers.pop(3), ValueError)
    assert {answer.status for answer in answers} == {"created"}
    assert len(await rows("select from settlement")) == 7


async def test_refused_and_contradicting_ones_are_answered_beside_sound_ones(group) -> None:
    answers = await asyncio.gather(
        group(candidate("S1")),
        group(candidate("S2", cash_paid_fen=1)),
        group(candidate("S1")),
        group(candidate("S1", medical_type="13")),
        group(candidate("S3", institution_code=UNKNOWN_HOSPITAL)),
        group(candidate("S4"), only_institution=UNKNOWN_HOSPITAL),
    )
    assert [answer.code or answer.status for answer in answers] == [
        "created",
        "malformed",
        "same",
        "settlement_differs",
        "institution_unknown",
        "other_institution",
    ]


async def test_a_caller_that_goes_away_leaves_its_settlement_whole_and_loses_no_other(group, rows) -> None:
    posted = [asyncio.create_task(group(candidate(f"S{number}"))) for number in range(10)]
    while not group._waiting:
        await asyncio.sleep(0)
    posted[4].cancel()
    answers = await asyncio.gather(*posted, return_exceptions=True)
    assert isinstance(answers.pop(4), asyncio.CancelledError)
    assert {answer.status for answer in answers} == {"created"}
    [[stored, stated]] = await rows(
        "select (select count(*) from settlement), (select count(*) from outbox where topic = 'intake.settlement')"
    )
    assert stored == stated
    assert stored >= 9


async def test_a_stop_stores_what_waits_and_takes_nothing_more(resources, rows) -> None:
    group = GroupCommit(build_accept_settlements(resources))
    posted = [asyncio.create_task(group(candidate(f"S{number}"))) for number in range(20)]
    while not group._waiting:
        await asyncio.sleep(0)
    await group.close()
    answers = await asyncio.gather(*posted, return_exceptions=True)
    stored = len(await rows("select from settlement"))
    assert stored == sum(not isinstance(answer, Exception) for answer in answers) > 0
    with pytest.raises(Unavailable):
        await group(candidate("S99"))


async def test_no_more_wait_than_there_is_room_for(resources, rows) -> None:
    group = GroupCommit(build_accept_settlements(resources), most_waiting=5)
    async with resources.database.transaction() as session:
        # Whoever holds the same key makes the others wait.
        [row] = (await build_accept_settlements(resources).prepare([candidate("S0")])).drafts
        await settlements.take(session, [row.row], now=resources.clock.now())
        posted = [asyncio.create_task(group(candidate("S0"))) for _ in range(60)]
        done, _ = await asyncio.wait(posted, timeout=2)
        refused = [task for task in done if isinstance(task.exception(), TooMany)]
        assert refused
    answers = await asyncio.gather(*posted, return_exceptions=True)
    assert all(answer.status == "same" for answer in answers if not isinstance(answer, TooMany))
    with contextlib.suppress(Exception):
        await group.close()
    assert len(await rows("select from settlement")) == 1
