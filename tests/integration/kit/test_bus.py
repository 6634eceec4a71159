"""One set of promises, two buses: what holds for Kafka holds for the embedded bus."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from services.kit.bus import Bus, DirectBus, Message, Stopping
from services.kit.ids import new_id
from services.kit.kafka_bus import KafkaBus

NOW = datetime(2026, 3, 10, 2, 0, 0, 123456, tzinfo=UTC)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def message(topic: str, number: int, key: str = "k", traceparent: str | None = None) -> Message:
    return Message(topic, key, new_id(), "probe.thing.probed.v1", NOW, traceparent, b'{"number":%d}' % number)


async def eventually(condition: Callable[[], bool], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def delivering(bus: Bus) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    task = asyncio.create_task(bus.run(stop))
    try:
        yield stop
    finally:
        stop.set()
        await asyncio.wait_for(task, 30)
        await bus.close()


class BusPromises:
    """Tests that every bus must pass."""

    async def test_hands_each_message_to_every_group_in_order_per_key(self, new_bus, topic) -> None:
        bus = new_bus()
        seen: dict[str, list[bytes]] = {"one": [], "two": []}

        def collect(name: str):
            async def handle(batch: Sequence[Message]) -> None:
                seen[name].extend(one.payload for one in batch if one.key == "k")

            return handle

        bus.subscribe(f"one-{topic}", [topic], collect("one"), batch=10)
        bus.subscribe(f"two-{topic}", [topic], collect("two"), batch=3)
        async with delivering(bus):
            sent = [message(topic, number, key="k" if number % 2 else "other") for number in range(40)]
            await bus.publish(sent)
            expected = [one.payload for one in sent if one.key == "k"]
            await eventually(lambda: len(seen["one"]) >= 20 and len(seen["two"]) >= 20)
        assert seen == {"one": expected, "two": expected}

    async def test_carries_the_whole_envelope(self, new_bus, topic) -> None:
        bus = new_bus()
        seen: list[Message] = []

        async def handle(batch: Sequence[Message]) -> None:
            seen.extend(batch)

        bus.subscribe(topic, [topic], handle, batch=10)
        async with delivering(bus):
            sent = [message(topic, 1, key="甲", traceparent=TRACE), message(topic, 2, key="甲")]
            await bus.publish(sent)
            await eventually(lambda: len(seen) == 2)
        assert seen == sent

    async def test_delivers_again_what_was_left_undone_when_the_process_stopped(self, new_bus, topic) -> None:
        first, second = new_bus(), new_bus()
        sent = [message(topic, number) for number in range(5)]
        begun = asyncio.Event()

        async def interrupted(_batch: Sequence[Message]) -> None:
            begun.set()
            raise Stopping

        first.subscribe(topic, [topic], interrupted, batch=10)
        async with delivering(first):
            try:
                await first.publish(sent)
            except Stopping:
                published = False
            else:
                published = True
            await asyncio.wait_for(begun.wait(), 30)
        seen: list[Message] = []

        async def handle(batch: Sequence[Message]) -> None:
            seen.extend(batch)

        second.subscribe(topic, [topic], handle, batch=10)
        async with delivering(second):
            if not published:
                # The direct bus told the publisher that nothing was taken: the outbox keeps it and sends again.
                await second.publish(sent)
            await eventually(lambda: len(seen) >= 5)
        assert seen == sent

    async def test_never_hands_over_more_than_a_batch(self, new_bus, topic) -> None:
        bus = new_bus()
        sizes: list[int] = []

        async def handle(batch: Sequence[Message]) -> None:
            sizes.append(len(batch))

        bus.subscribe(topic, [topic], handle, batch=7)
        async with delivering(bus):
            await bus.publish([message(topic, number) for number in range(50)])
            await eventually(lambda: sum(sizes) >= 50)
        assert max(sizes) <= 7
        assert sum(sizes) == 50


class TestDirectBus(BusPromises):
    @pytest.fixture
    def topic(self) -> str:
        return "probe.thing"

    @pytest.fixture
    def new_bus(self) -> Callable[[], Bus]:
        return DirectBus

    async def test_publish_returns_only_when_every_subscriber_has_committed(self, new_bus, topic) -> None:
        bus = new_bus()
        done: list[str] = []

        async def slow(_batch: Sequence[Message]) -> None:
            await asyncio.sleep(0.02)
            done.append("slow")

        bus.subscribe("slow", [topic], slow, batch=10)
        await bus.publish([message(topic, 1)])
        assert done == ["slow"]


@pytest.mark.kafka
class TestKafkaBus(BusPromises):
    @pytest.fixture
    async def topic(self, kafka: str) -> str:
        name = f"probe.{new_id().hex}"
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
        await admin.start()
        await admin.create_topics([NewTopic(name, num_partitions=3, replication_factor=1)])
        await admin.close()
        return name

    @pytest.fixture
    def new_bus(self, kafka: str) -> Callable[[], Bus]:
        return lambda: KafkaBus(kafka, client="test")
