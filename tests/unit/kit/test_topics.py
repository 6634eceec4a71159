"""The declared topics: complete for the contracts, and kept below what the inboxes remember."""

from pathlib import Path

import pytest

from services.contracts.catalogue import FACTS
from services.kit.errors import BadRequest
from services.kit.settings import ProcessSettings
from services.kit.topics import Topic, Topics, read_topics

DECLARED = Path(__file__).resolve().parents[3] / "deploy" / "topics.yaml"
SERVICES = ("intake", "screening", "credit", "tips")


def test_every_fact_has_its_topic_and_the_topic_its_dead_letters():
    names = {topic.name for topic in read_topics(DECLARED).topics}
    carried = {fact.TOPIC for fact in FACTS}
    assert names == carried | {f"{topic}.dlq" for topic in carried} | {f"{service}.replay" for service in SERVICES}


def test_kafka_forgets_before_the_inboxes_do():
    remembered = ProcessSettings.model_fields["inbox_retention_days"].default
    kept = [topic.retention_days for topic in read_topics(DECLARED).topics if topic.retention_days is not None]
    assert max(kept) < remembered


def test_two_replicas_must_agree_once_there_are_three():
    topics = read_topics(DECLARED)
    assert topics.configuration(topics.topics[0], 3)["min.insync.replicas"] == "2"
    assert topics.configuration(topics.topics[0], 1)["min.insync.replicas"] == "1"


def test_a_topic_declared_twice_is_refused():
    topic = Topic(name="intake.settlement", partitions=1, cleanup="compact")
    with pytest.raises(ValueError, match="declared twice"):
        Topics(max_message_bytes=1024, topics=(topic, topic))


@pytest.mark.parametrize(
    "text",
    [
        "topics: [",
        "max_message_bytes: 1024\ntopics: [{name: a.b, partitions: 1, cleanup: delete}]",
        "max_message_bytes: 1024\ntopics: [{name: a.b, partitions: 1, cleanup: compact, retention_days: 3}]",
        "max_message_bytes: 1024\ntopics: [{name: a.b, partitions: 0, cleanup: compact}]",
        "max_message_bytes: 1024\ntopics: [{name: a.b, partitions: 1, cleanup: compact, replicas: 3}]",
    ],
)
def test_a_declaration_without_the_form_is_refused(tmp_path, text):
    path = tmp_path / "topics.yaml"
    path.write_text(text)
    with pytest.raises(BadRequest):
        read_topics(path)
