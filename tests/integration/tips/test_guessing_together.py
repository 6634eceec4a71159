"""Guessing limits hold for all processes together, and keep nothing of who guessed."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.kit.errors import TooMany
from services.kit.testing.clock import FixedClock
from services.tips.storage.receipts import ReceiptHasher
from services.tips.use_cases.receipt_gate import ReceiptGate
from services.tips.wiring import Resources


async def test_what_one_process_counts_holds_at_another(resources: Resources, clock: FixedClock):
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    hasher = ReceiptHasher(b"s" * 32, memory_kib=8, passes=1, concurrency=2)
    gates = [ReceiptGate(resources.database, hasher, clock, sleep=sleep) for _ in range(5)]
    refused = 0
    for number in range(200):
        gate = gates[number % 5]
        try:
            await gate.keys(f"{number:016d}")
        except TooMany:
            refused += 1
        else:
            gate.wrong_receipt()
    hashed = 200 - refused
    # 30 free ones and what each process had not yet told, then 33 turns within eight seconds, whoever asks.
    assert 30 + 33 <= hashed <= 30 + 33 + 5 + 1
    assert max(slept) == 8.0
    fresh = ReceiptGate(resources.database, hasher, clock, sleep=sleep)
    with pytest.raises(TooMany):
        await fresh.keys("1" * 16)
    clock.advance(timedelta(seconds=130))
    await fresh.keys("1" * 16)
    async with resources.database.reading() as session:
        columns = (await session.execute(sa.text("select * from receipt_guard"))).keys()
    assert list(columns) == ["one", "tokens", "counted_at", "next_turn_at"]
