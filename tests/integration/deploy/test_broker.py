"""The broker that tests start: it keeps its data and port through a kill, and ends nobody but itself."""

import os
import subprocess
import time

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from deploy.kafka.broker import Broker, BrokerError, missing_tools
from services.kit.topics import Topic, Topics, apply_topics

pytestmark = pytest.mark.kafka

TOPICS = Topics(
    max_message_bytes=1024, topics=(Topic(name="probe.kept", partitions=1, cleanup="delete", retention_days=1),)
)


@pytest.fixture
def broker(in_ci, tmp_path):
    if missing := missing_tools():
        reason = f"BROKER TESTS DO NOT RUN: {' and '.join(missing)} not found"
        if in_ci:
            pytest.fail(reason)
        pytest.skip(reason)
    with Broker(tmp_path / "kafka", heap_mb=256) as running:
        yield running


async def publish(broker: Broker, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap, enable_idempotence=True, acks="all")
    await producer.start()
    await producer.send_and_wait("probe.kept", value, key=b"k")
    await producer.stop()


async def kept(broker: Broker) -> list[bytes]:
    consumer = AIOKafkaConsumer(bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest")
    partition = TopicPartition("probe.kept", 0)
    consumer.assign([partition])
    await consumer.start()
    end = (await consumer.end_offsets([partition]))[partition]
    values = [(await consumer.getone()).value for _ in range(end)]
    await consumer.stop()
    return values


async def test_a_killed_broker_comes_back_on_its_port_with_what_was_confirmed(broker):
    await apply_topics(broker.bootstrap, TOPICS, replication=1)
    await publish(broker, b"before")
    address, first = broker.bootstrap, broker.pid()
    broker.restart(clean=False)
    assert broker.bootstrap == address
    assert broker.pid() != first
    await publish(broker, b"after")
    assert await kept(broker) == [b"before", b"after"]
    with pytest.raises(BrokerError, match="runs already"):
        Broker(broker.directory).start()


def test_a_stale_pid_file_ends_no_stranger(tmp_path):
    stranger = subprocess.Popen(["sleep", "30"])
    try:
        (tmp_path / "broker.pid").write_text(str(stranger.pid))
        broker = Broker(tmp_path)
        assert broker.pid() is None
        broker.kill()
        time.sleep(0.1)
        assert stranger.poll() is None
        os.kill(stranger.pid, 0)
    finally:
        stranger.kill()
        stranger.wait()
