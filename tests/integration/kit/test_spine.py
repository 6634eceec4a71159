"""Outbox, relay, inbox and dead letters on a real PostgreSQL: nothing lost, nothing twice, the partition goes on."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from services.kit.bus import DirectBus, Message
from services.kit.consumer import Consumer
from services.kit.db import Database, driver
from services.kit.dead_letters import discard, list_parked, replay
from services.kit.errors import Conflict, TransientError
from services.kit.ids import new_id
from services.kit.inbox import Event, Subscription, claim
from services.kit.outbox import OutgoingEvent, add, outgoing
from services.kit.relay import Relay
from tests.support.probe import Counted, Probed

Handler = Callable[[Sequence[Event[Any]]], Awaitable[None]]


async def state(database: Database, facts: Sequence[Probed | Counted], now) -> list[OutgoingEvent]:
    events = [outgoing(fact, now=now) for fact in facts]
    async with database.transaction() as session:
        await add(session, events)
    return events


async def rows(database: Database, query: str) -> list[Any]:
    async with database.reading() as session:
        return [tuple(row) for row in await (await driver(session)).fetch(query)]


def recorder(database: Database) -> Handler:
    """An effect that would show when it happened twice."""

    async def record(events: Sequence[Event[Probed]]) -> None:
        async with database.transaction() as session:
            fresh = await claim(session, events)
            await (await driver(session)).executemany(
                "insert into effect (subject, number) values ($1, $2)",
                [(event.data.subject, event.data.number) for event in fresh],
            )

    return record


def wired(database: Database, clock, handlers, stop: asyncio.Event | None = None) -> tuple[DirectBus, Relay, Consumer]:
    bus = DirectBus()
    subscription = Subscription("probe", handlers)
    consumer = Consumer(subscription, database, clock=clock, stop=stop or asyncio.Event())
    bus.subscribe("probe", subscription.topics, consumer, batch=100)
    return bus, Relay(database, bus, clock=clock, batch=10, inbox_days=30), consumer


def delivered(event: OutgoingEvent) -> Message:
    return Message(event.topic, event.key, event.id, event.type, event.time, event.traceparent, event.payload)


async def test_a_fact_stated_in_a_transaction_that_rolls_back_is_never_published(probe, clock) -> None:
    async def fail() -> None:
        async with probe.transaction() as session:
            await add(session, [outgoing(Probed(subject="a", number=1), now=clock.now())])
            raise RuntimeError("undone")

    with pytest.raises(RuntimeError):
        await fail()
    assert await rows(probe, "select 1 from outbox") == []


async def test_the_relay_publishes_in_order_and_empties_the_outbox(probe, clock) -> None:
    _, relay, _ = wired(probe, clock, {Probed: recorder(probe)})
    await state(probe, [Probed(subject="a", number=number) for number in range(25)], clock.now())
    assert await relay.drain() == 25
    assert [row[0] for row in await rows(probe, "select number from effect order by id")] == list(range(25))
    assert await rows(probe, "select 1 from outbox") == []


async def test_a_message_delivered_twice_has_one_effect(probe, clock) -> None:
    _, _, consumer = wired(probe, clock, {Probed: recorder(probe)})
    events = [outgoing(Probed(subject="a", number=number), now=clock.now()) for number in range(3)]
    messages = [delivered(event) for event in events]
    await consumer([*messages, messages[0]])
    await consumer(messages)
    assert await rows(probe, "select number from effect order by id") == [(0,), (1,), (2,)]


async def test_two_processes_with_the_same_message_have_one_effect(probe, clock) -> None:
    _, _, consumer = wired(probe, clock, {Probed: recorder(probe)})
    messages = [delivered(outgoing(Probed(subject="a", number=number), now=clock.now())) for number in range(50)]
    await asyncio.gather(consumer(messages), consumer(list(reversed(messages))), consumer(messages[25:]))
    assert len(await rows(probe, "select number from effect")) == 50


async def test_a_crash_between_publishing_and_deleting_has_one_effect(probe, clock) -> None:
    bus, relay, _ = wired(probe, clock, {Probed: recorder(probe)})
    events = await state(probe, [Probed(subject="a", number=number) for number in range(4)], clock.now())
    await bus.publish([delivered(event) for event in events])  # and then the relay died
    await relay.drain()
    assert len(await rows(probe, "select 1 from effect")) == 4


async def test_a_passing_cause_is_tried_again_until_it_passes(probe, clock) -> None:
    record, failures = recorder(probe), iter([TransientError("busy"), ConnectionResetError(), None])

    async def flaky(events: Sequence[Event[Probed]]) -> None:
        if (failure := next(failures)) is not None:
            raise failure
        await record(events)

    _, relay, _ = wired(probe, clock, {Probed: flaky})
    await state(probe, [Probed(subject="a", number=1)], clock.now())
    await relay.drain()
    assert await rows(probe, "select number from effect") == [(1,)]
    assert await list_parked(probe) == []


async def test_one_message_that_cannot_be_handled_is_parked_and_the_others_go_on(probe, clock) -> None:
    record = recorder(probe)

    async def poisoned(events: Sequence[Event[Probed]]) -> None:
        if any(event.data.number == 3 for event in events):
            raise ValueError("the words of a payload must not travel")
        await record(events)

    _, relay, _ = wired(probe, clock, {Probed: poisoned})
    await state(probe, [Probed(subject="a", number=number) for number in range(6)], clock.now())
    await relay.drain()
    assert await rows(probe, "select number from effect order by id") == [(0,), (1,), (2,), (4,), (5,)]
    [letter] = await list_parked(probe)
    assert (letter.topic, letter.error_class, letter.error_code) == ("probe.thing", "ValueError", "unhandled")


async def test_a_payload_of_another_shape_is_parked(probe, clock) -> None:
    _, relay, _ = wired(probe, clock, {Probed: recorder(probe)})
    fact = Probed(subject="a", number=1)
    async with probe.transaction() as session:
        await add(session, [outgoing(fact, now=clock.now(), payload=b'{"number":"one"}')])
    await relay.drain()
    [letter] = await list_parked(probe)
    assert letter.error_class == "ValidationError"


async def test_types_keep_their_order_within_a_batch(probe, clock) -> None:
    seen: list[str] = []

    def note(name: str) -> Handler:
        async def handle(events: Sequence[Event[Any]]) -> None:
            seen.extend(f"{name}{event.data.number}" for event in events)

        return handle

    _, relay, _ = wired(probe, clock, {Probed: note("p"), Counted: note("c")})
    facts = [Probed(subject="a", number=1), Counted(subject="a", number=2), Probed(subject="a", number=3)]
    await state(probe, facts, clock.now())
    await relay.drain()
    assert seen == ["p1", "c2", "p3"]


async def test_a_replayed_dead_letter_has_its_effect_once(probe, clock) -> None:
    record, broken = recorder(probe), [True]

    async def mended_later(events: Sequence[Event[Probed]]) -> None:
        if broken[0]:
            raise ValueError
        await record(events)

    _, relay, _ = wired(probe, clock, {Probed: mended_later})
    [event] = await state(probe, [Probed(subject="a", number=1)], clock.now())
    await relay.drain()
    broken[0] = False
    await replay(probe, event.id)
    await relay.drain()
    assert await rows(probe, "select number from effect") == [(1,)]
    assert await list_parked(probe) == []
    with pytest.raises(Conflict):
        await replay(probe, event.id)


async def test_a_dead_letter_that_fails_again_is_parked_again(probe, clock) -> None:
    async def broken(_events: Sequence[Event[Probed]]) -> None:
        raise ValueError

    _, relay, _ = wired(probe, clock, {Probed: broken})
    [event] = await state(probe, [Probed(subject="a", number=1)], clock.now())
    await relay.drain()
    await replay(probe, event.id)
    await relay.drain()
    assert [letter.event_id for letter in await list_parked(probe)] == [event.id]


async def test_a_discarded_dead_letter_stays_in_the_table(probe, clock) -> None:
    async def broken(_events: Sequence[Event[Probed]]) -> None:
        raise ValueError

    _, relay, _ = wired(probe, clock, {Probed: broken})
    [event] = await state(probe, [Probed(subject="a", number=1)], clock.now())
    await relay.drain()
    await discard(probe, event.id)
    assert await rows(probe, "select state from dead_letter") == [("discarded",)]


async def test_only_one_relay_of_a_service_is_at_work(probe, clock) -> None:
    stop, seen = asyncio.Event(), []

    class Watching(DirectBus):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

        async def publish(self, messages: Sequence[Message]) -> None:
            seen.append(self.name)

    relays = [Relay(probe, Watching(name), clock=clock, batch=1, inbox_days=30) for name in ("one", "two")]
    tasks = [asyncio.create_task(relay.run(stop)) for relay in relays]
    await asyncio.sleep(0.2)
    await state(probe, [Probed(subject="a", number=number) for number in range(20)], clock.now())
    async with asyncio.timeout(20):
        while await rows(probe, "select 1 from outbox"):
            await asyncio.sleep(0.02)
    stop.set()
    await asyncio.gather(*tasks)
    assert len(seen) == 20
    assert len(set(seen)) == 1


async def test_the_inbox_forgets_only_what_can_no_longer_come(probe, clock) -> None:
    record = recorder(probe)
    _, relay, consumer = wired(probe, clock, {Probed: record})
    event = outgoing(Probed(subject="a", number=1), now=clock.now(), event_id=new_id())
    await consumer([delivered(event)])
    await relay._prune()
    await consumer([delivered(event)])
    assert len(await rows(probe, "select 1 from effect")) == 1


async def test_a_service_cannot_read_another_services_schema(database_url) -> None:
    intake = Database(database_url, "intake", pool_size=1)
    try:
        with pytest.raises(Exception, match="permission denied"):
            await rows(intake, "select 1 from tips.outbox")
    finally:
        await intake.close()
