"""What two transactions do that want the same settlements."""

import asyncio

import pytest

from services.intake.storage import settlements
from services.intake.storage.settlements import NewSettlement
from services.kit.ids import new_id
from tests.support.intake import HOSPITAL


@pytest.fixture
def row(clock):
    def make(settlement_id: str) -> NewSettlement:
        return NewSettlement(
            settlement_ref=new_id(),
            institution_code=HOSPITAL,
            settlement_id=settlement_id,
            digest=b"d",
            insured_ref="r",
            settled_at=clock.now(),
            total_fen=1,
            line_count=1,
            traceparent=None,
            doubts=None,
            body=b"{}",
        )

    return make


async def test_transactions_that_want_the_same_in_opposite_orders_wait_and_do_not_deadlock(
    resources, row, rows, clock
) -> None:
    async def second() -> set[object]:
        async with resources.database.transaction() as session:
            return await settlements.take(session, [row("B"), row("A")], now=clock.now())

    async with resources.database.transaction() as session:
        await settlements.take(session, [row("A")], now=clock.now())
        waiting = asyncio.create_task(second())
        while not await rows("select from pg_locks where not granted"):
            await asyncio.sleep(0.01)
        await settlements.take(session, [row("B")], now=clock.now())
    assert await waiting == set()
    assert len(await rows("select from settlement")) == 2
