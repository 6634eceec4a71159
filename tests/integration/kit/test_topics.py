"""The declared topics on a real broker."""

from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from services.kit.errors import TransientError
from services.kit.ids import new_id
from services.kit.topics import Change, Topic, Topics, apply_topics, read_topics

pytestmark = pytest.mark.kafka

DECLARED = Path(__file__).resolve().parents[3] / "deploy" / "topics.yaml"


async def held(bootstrap: str, name: str) -> tuple[int, dict[str, str]]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        (described,) = await admin.describe_topics([name])
        (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
        return len(described["partitions"]), {entry[0]: entry[1] for entry in answer.resources[0][4]}
    finally:
        await admin.close()


async def test_the_declaration_is_created_and_a_second_run_changes_nothing(kafka):
    topics = read_topics(DECLARED)
    await apply_topics(kafka, topics, replication=1)
    assert await apply_topics(kafka, topics, replication=1) == []
    partitions, settings = await held(kafka, "intake.registry")
    assert partitions == 3
    assert settings["cleanup.policy"] == "compact"


async def test_more_partitions_and_another_retention_are_brought_about(kafka):
    name = f"probe.t{new_id().hex}".translate(str.maketrans("0123456789", "ghijklmnop"))

    def declared(partitions: int, days: int) -> Topics:
        topic = Topic(name=name, partitions=partitions, cleanup="delete", retention_days=days)
        return Topics(max_message_bytes=1024, topics=(topic,))

    assert await apply_topics(kafka, declared(2, 3), replication=1) == [Change(name, "created")]
    assert await apply_topics(kafka, declared(4, 5), replication=1) == [
        Change(name, "partitions raised"),
        Change(name, "settings changed"),
    ]
    partitions, settings = await held(kafka, name)
    assert partitions == 4
    assert settings["retention.ms"] == str(5 * 86_400_000)
    # Fewer partitions would move keys: left alone.
    assert await apply_topics(kafka, declared(2, 5), replication=1) == []


async def test_a_broker_that_is_away_is_told_as_passing():
    with pytest.raises(TransientError):
        await apply_topics("127.0.0.1:1", read_topics(DECLARED), replication=1)
