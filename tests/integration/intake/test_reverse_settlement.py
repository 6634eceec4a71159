import asyncio

import msgspec
import pytest

from services.contracts.intake import SettlementReversed
from services.intake.wiring import build_reverse_settlement
from services.kit.errors import NotFound
from services.kit.telemetry import span
from services.kit.testing.spans import capture_spans
from tests.support.intake import HOSPITAL, settlement


@pytest.fixture
def reverse(resources):
    return build_reverse_settlement(resources)


async def test_a_reversal_is_stated_once_however_often_it_is_asked(accept, reverse, rows, clock) -> None:
    (answer,) = await accept(settlement())
    asked = await asyncio.gather(*(reverse((HOSPITAL, "S1")) for _ in range(5)))
    assert {stored.reversed_at for stored in asked} == {clock.now()}
    stated = await rows("select * from outbox where type = 'intake.settlement.reversed.v1'")
    assert len(stated) == 1
    fact = msgspec.json.decode(stated[0]["payload"], type=SettlementReversed)
    assert fact.settlement_ref == answer.settlement_ref
    assert fact.settlement_id == "S1"
    assert stated[0]["key"] == (await rows("select insured_ref from settlement"))[0][0]


async def test_a_reversal_goes_on_in_the_trace_of_its_settlement(accept, reverse, rows) -> None:
    await accept(settlement())
    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await rows("update settlement set traceparent = $1", traceparent)
    with capture_spans(), span("request"):
        await reverse((HOSPITAL, "S1"))
    (stated,) = await rows("select traceparent from outbox where type = 'intake.settlement.reversed.v1'")
    assert stated[0].split("-")[1] == traceparent.split("-")[1]


async def test_what_was_never_taken_cannot_be_reversed(reverse, rows) -> None:
    with pytest.raises(NotFound):
        await reverse((HOSPITAL, "S1"))
    assert await rows("select from outbox") == []


async def test_a_reversed_settlement_posted_again_is_the_same_and_stays_reversed(accept, reverse, rows) -> None:
    await accept(settlement())
    await reverse((HOSPITAL, "S1"))
    (again,) = await accept(settlement())
    assert again.status == "same"
    assert (await rows("select reversed_at from settlement"))[0][0] is not None
