"""The worker from message to fact: what arrives as JSON is screened, reversed, and obeyed."""

import asyncio

import msgspec

from services.contracts.credit import PractitionerSuspended
from services.contracts.intake import SettlementAccepted
from services.kit.bus import Message
from services.kit.consumer import Consumer
from services.kit.ids import new_id
from services.screening.worker import subscription

MEN_ONLY = "XG04CXF014A001010101001"


def _message(event):
    fact = event.data
    return Message(fact.TOPIC, event.key, event.id, fact.TYPE, event.time, event.traceparent, msgspec.json.encode(fact))


async def test_messages_of_all_kinds_in_one_batch_have_their_effect_in_order(resources, claims, clock, admin):
    consumer = Consumer(subscription(resources), resources.database, clock=clock, stop=asyncio.Event())
    wrong_sex = claims.accepted(MEN_ONLY)
    suspended = PractitionerSuspended(
        measure_id=new_id(),
        practitioner_code="D110105000009",
        effective_from=claims.now.replace(year=2025),
        effective_until=claims.now.replace(year=2027),
        policy_version="test",
    )
    barred = claims.accepted(practitioner_code="D110105000009")
    messages = [_message(event) for event in (wrong_sex, claims.reversed(wrong_sex), claims.event(suspended), barred)]
    await consumer(messages)
    await consumer(messages)
    rows = await admin.fetch("select verdict, reversed_at is not null from settlement order by settlement_ref")
    assert [tuple(row) for row in rows] == [("refuse", True), ("refuse", False)]
    assert [row[0] for row in await admin.fetch("select status from finding order by id")] == ["withdrawn", "raised"]


async def test_a_claim_that_cannot_be_stored_is_parked_alone(resources, claims, clock, admin):
    consumer = Consumer(subscription(resources), resources.database, clock=clock, stop=asyncio.Event())
    good, bad = claims.accepted(), claims.accepted("003310010140001", "003310010140001")
    lines = tuple(msgspec.structs.replace(line, number=1) for line in bad.data.lines)
    twice_numbered = claims.event(msgspec.structs.replace(bad.data, lines=lines))
    assert isinstance(twice_numbered.data, SettlementAccepted)
    await consumer([_message(twice_numbered), _message(good)])
    assert [row[0] for row in await admin.fetch("select verdict from settlement")] == ["pass"]
    assert [row[0] for row in await admin.fetch("select event_id from dead_letter")] == [twice_numbered.id]
