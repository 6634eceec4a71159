"""Kafka's topics as declared: read from a file, created where missing, brought up to date where they differ."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaConnectionError, KafkaError, TopicAlreadyExistsError
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from services.kit.errors import BadRequest, TransientError

_SAFE_REPLICAS = 3
"""From this many replicas on a record must stand on two brokers before it counts as published."""

_KNOWN_WITHIN_SECONDS = 10.0

_DAY_MILLISECONDS = 86_400_000


class Topic(BaseModel):
    """One topic as declared."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z_]+(\.[a-z_]+)+$")
    partitions: int = Field(ge=1, le=1000)
    cleanup: Literal["delete", "compact"]
    retention_days: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _retention_fits(self) -> "Topic":
        if (self.cleanup == "delete") != (self.retention_days is not None):
            raise ValueError("retention_days belongs to a topic with cleanup `delete`, and only to that")
        return self


class Topics(BaseModel):
    """The whole declaration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_message_bytes: int = Field(ge=1024)
    topics: tuple[Topic, ...]

    @model_validator(mode="after")
    def _names_are_unique(self) -> "Topics":
        names = [topic.name for topic in self.topics]
        if doubles := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"declared twice: {', '.join(doubles)}")
        return self

    def prefixed(self, prefix: str) -> "Topics":
        """The same topics with a prefix before each name."""
        named = tuple(topic.model_copy(update={"name": prefix + topic.name}) for topic in self.topics)
        return self.model_copy(update={"topics": named})

    def configuration(self, topic: Topic, replication: int) -> dict[str, str]:
        """Settings that Kafka shall hold for ``topic`` with ``replication`` replicas."""
        settings = {
            "cleanup.policy": topic.cleanup,
            "max.message.bytes": str(self.max_message_bytes),
            "min.insync.replicas": "2" if replication >= _SAFE_REPLICAS else "1",
        }
        if topic.retention_days is not None:
            settings["retention.ms"] = str(topic.retention_days * _DAY_MILLISECONDS)
        return settings


@dataclass(frozen=True, slots=True)
class Change:
    """What was done to one topic."""

    topic: str
    action: Literal["created", "partitions raised", "settings changed"]


def read_topics(path: Path) -> Topics:
    """Read a declaration; raises BadRequest when the file is missing or does not have the form."""
    try:
        return TypeAdapter(Topics).validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise BadRequest(
            "topics_unreadable", zh=f"主题清单无法读取：{path}", en=f"The list of topics cannot be read: {path}"
        ) from error


async def delete_topics(bootstrap: str, topics: Topics) -> None:
    """Delete the declared topics with all they hold: for drills and demonstrations, never for an installation."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=20_000)
    await admin.start()
    try:
        present = set(await admin.list_topics())
        await admin.delete_topics([topic.name for topic in topics.topics if topic.name in present])
    finally:
        await admin.close()


async def apply_topics(bootstrap: str, topics: Topics, *, replication: int) -> list[Change]:
    """Bring the brokers to the declaration; nothing is ever deleted, so a second run changes nothing.

    Raises TransientError when no broker can be reached, KafkaError when the brokers refuse.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=20_000)
    try:
        await admin.start()
    except KafkaConnectionError as error:
        await admin.close()
        raise TransientError("kafka_unavailable") from error
    try:
        present = set(await admin.list_topics())
        changes = await _create(admin, topics, replication, present)
        known = [topic for topic in topics.topics if topic.name in present]
        changes += await _raise_partitions(admin, known)
        changes += await _change_settings(admin, topics, known, replication)
    finally:
        await admin.close()
    return changes


async def _create(admin: AIOKafkaAdminClient, topics: Topics, replication: int, present: set[str]) -> list[Change]:
    missing = [topic for topic in topics.topics if topic.name not in present]
    if not missing:
        return []
    answer = await admin.create_topics(
        [
            NewTopic(
                topic.name,
                topic.partitions,
                replication,
                topic_configs=topics.configuration(topic, replication),
            )
            for topic in missing
        ]
    )
    lost_race = {name for name, code, _ in answer.topic_errors if code == TopicAlreadyExistsError.errno}
    for name, code, message in answer.topic_errors:
        if name not in lost_race:
            _refuse(name, code, message)
    await _wait_until_known(admin, {topic.name for topic in missing})
    return [Change(topic.name, "created") for topic in missing if topic.name not in lost_race]


async def _wait_until_known(admin: AIOKafkaAdminClient, names: set[str]) -> None:
    """Brokers learn of a new topic a moment after it was made; whoever asks next shall find it."""
    deadline = time.monotonic() + _KNOWN_WITHIN_SECONDS
    while not names <= set(await admin.list_topics()):
        if time.monotonic() > deadline:
            return
        await asyncio.sleep(0.05)


async def _raise_partitions(admin: AIOKafkaAdminClient, topics: list[Topic]) -> list[Change]:
    if not topics:
        return []
    described = await admin.describe_topics([topic.name for topic in topics])
    held = {entry["topic"]: len(entry["partitions"]) for entry in described}
    short = [topic for topic in topics if held.get(topic.name, topic.partitions) < topic.partitions]
    if not short:
        return []
    answer = await admin.create_partitions({topic.name: NewPartitions(topic.partitions) for topic in short})
    for name, code, message in answer.topic_errors:
        _refuse(name, code, message)
    return [Change(topic.name, "partitions raised") for topic in short]


async def _change_settings(
    admin: AIOKafkaAdminClient, topics: Topics, known: list[Topic], replication: int
) -> list[Change]:
    wanted = {topic.name: topics.configuration(topic, replication) for topic in known}
    differing: dict[str, dict[str, str]] = {}
    if wanted:
        questions = [ConfigResource(ConfigResourceType.TOPIC, name) for name in wanted]
        for answer in await admin.describe_configs(questions):
            for _, _, _, name, entries in answer.resources:
                held = {entry[0]: entry[1] for entry in entries}
                if any(held.get(key) != value for key, value in wanted[name].items()):
                    differing[name] = wanted[name]
    if not differing:
        return []
    for answer in await admin.alter_configs(
        [ConfigResource(ConfigResourceType.TOPIC, name, settings) for name, settings in differing.items()]
    ):
        for code, message, _, name in answer.resources:
            _refuse(name, code, message)
    return [Change(name, "settings changed") for name in differing]


def _refuse(topic: str, code: int, message: str | None) -> None:
    if code != 0:
        raise KafkaError(f"{topic}: error {code}: {message or ''}")
