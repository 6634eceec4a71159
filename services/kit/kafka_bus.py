"""The bus over Apache Kafka: idempotent producer with ``acks=all``, consumers that commit offsets after the effect."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from services.kit.bus import Handle, Message, Stopping
from services.kit.errors import TransientError
from services.kit.instruments import CONSUMER_LAG

_log = structlog.get_logger(__name__)

POLL_MILLISECONDS = 200
"""Longest wait for the next batch; also how soon a consumer notices that it shall stop."""

RECONNECT_SECONDS = 1.0
"""Pause before a consumer that lost the brokers joins again."""


@dataclass(frozen=True)
class _Group:
    name: str
    topics: tuple[str, ...]
    handle: Handle
    batch: int


def encode_headers(message: Message) -> list[tuple[str, bytes]]:
    """CloudEvents 1.0 attributes in binary mode, and the W3C trace context."""
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", str(message.id).encode()),
        ("ce_type", message.type.encode()),
        ("ce_source", b"/" + message.topic.partition(".")[0].encode()),
        ("ce_time", message.time.astimezone(UTC).isoformat().encode()),
        ("content-type", b"application/json"),
    ]
    if message.traceparent:
        headers.append(("traceparent", message.traceparent.encode()))
    return headers


def decode_record(record: "ConsumerRecord[bytes, bytes]", *, prefix: str = "") -> Message:
    """Read a record back; raises KeyError or ValueError when the envelope is not ours."""
    headers = dict(record.headers)
    traceparent = headers.get("traceparent")
    return Message(
        topic=record.topic.removeprefix(prefix),
        key=(record.key or b"").decode(),
        id=UUID(headers["ce_id"].decode()),
        type=headers["ce_type"].decode(),
        time=datetime.fromisoformat(headers["ce_time"].decode()),
        traceparent=traceparent.decode() if traceparent else None,
        payload=record.value or b"",
    )


class KafkaBus:
    """Facts between processes. One producer per process, one consumer per registered group."""

    def __init__(self, bootstrap: str, *, client: str, prefix: str = "") -> None:
        self._bootstrap = bootstrap
        self._prefix = prefix
        self._client = client
        self._groups: list[_Group] = []
        self._producer: AIOKafkaProducer | None = None

    def subscribe(self, group: str, topics: Sequence[str], handle: Handle, *, batch: int) -> None:
        """Register a consumer group."""
        self._groups.append(_Group(group, tuple(topics), handle, batch))

    async def publish(self, messages: Sequence[Message]) -> None:
        """Send in order and wait until every in-sync replica has all of them; raises TransientError otherwise."""
        try:
            producer = await self._started_producer()
            pending = [
                await producer.send(
                    self._prefix + message.topic,
                    message.payload,
                    key=message.key.encode(),
                    headers=encode_headers(message),
                )
                for message in messages
            ]
            await asyncio.gather(*pending)
        except BaseException as error:
            # An idempotent producer that failed once may refuse for ever; the next publish starts a new one.
            await self.close()
            if isinstance(error, KafkaError):
                raise TransientError("kafka_unavailable") from error
            raise

    async def run(self, stop: asyncio.Event) -> None:
        """Consume for every registered group until stopped."""
        async with asyncio.TaskGroup() as tasks:
            for group in self._groups:
                tasks.create_task(self._consume(group, stop), name=f"consume-{group.name}")
            tasks.create_task(stop.wait())

    async def close(self) -> None:
        """Stop the producer."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with contextlib.suppress(KafkaError, TimeoutError):
                await asyncio.wait_for(producer.stop(), timeout=10)

    async def _started_producer(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                client_id=self._client,
                enable_idempotence=True,
                acks="all",
                linger_ms=2,
                max_batch_size=512 * 1024,
                max_request_size=8 * 1024 * 1024,
                request_timeout_ms=20_000,
            )
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            self._producer = producer
        return self._producer

    async def _consume(self, group: _Group, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self._consume_connected(group, stop)
            except Stopping:
                return
            except (KafkaError, OSError) as error:
                _log.warning("kafka_unavailable", group=group.name, error=type(error).__name__)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), RECONNECT_SECONDS)

    async def _consume_connected(self, group: _Group, stop: asyncio.Event) -> None:
        consumer = AIOKafkaConsumer(
            *(self._prefix + topic for topic in group.topics),
            bootstrap_servers=self._bootstrap,
            client_id=self._client,
            group_id=f"{self._prefix}fundwarden.{group.name}",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_poll_interval_ms=600_000,
            session_timeout_ms=15_000,
            heartbeat_interval_ms=3_000,
            max_partition_fetch_bytes=8 * 1024 * 1024,
            fetch_max_wait_ms=POLL_MILLISECONDS,
        )
        await consumer.start()
        try:
            while not stop.is_set():
                records = await consumer.getmany(timeout_ms=POLL_MILLISECONDS, max_records=group.batch)
                batch = [record for partition in records.values() for record in partition]
                if not batch:
                    continue
                await group.handle(
                    [message for record in batch if (message := _readable(record, self._prefix)) is not None]
                )
                try:
                    await consumer.commit()
                except (CommitFailedError, IllegalStateError):
                    # The group rebalanced meanwhile: another member gets these again, and its inbox knows them.
                    _log.info("offsets_not_committed", group=group.name)
                await _record_lag(consumer, group, list(records))
        finally:
            await consumer.stop()


def _readable(record: "ConsumerRecord[bytes, bytes]", prefix: str) -> Message | None:
    try:
        return decode_record(record, prefix=prefix)
    except (KeyError, ValueError):
        # Not one of our envelopes, so there is no event id to park it under; it stays in Kafka's log.
        _log.error("foreign_record", topic=record.topic, partition=record.partition, offset=record.offset)
        return None


async def _record_lag(consumer: AIOKafkaConsumer, group: _Group, partitions: list[TopicPartition]) -> None:
    for partition in partitions:
        highwater = consumer.highwater(partition)
        if highwater is None or partition not in consumer.assignment():
            continue
        lag = max(0, highwater - await consumer.position(partition))
        CONSUMER_LAG.set(lag, {"service": group.name, "topic": partition.topic, "partition": partition.partition})
