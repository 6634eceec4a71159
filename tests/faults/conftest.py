"""A distributed installation to be broken: real PostgreSQL of its own, real Kafka of its own, real processes."""

import asyncio
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from deploy.kafka.broker import Broker, missing_tools
from services.distributed import Distributed
from services.embedded import migrate
from services.kit.clock import SystemClock
from services.kit.embedded_postgres import EmbeddedPostgres, scratch_directory
from services.kit.tokens import development_key_files, ensure_key_files, issue_token
from services.kit.topics import apply_topics, read_topics

TOPICS = Path(__file__).resolve().parents[2] / "deploy" / "topics.yaml"


class Installation:
    """Everything a drill can break."""

    def __init__(self, state: Path, postgres: EmbeddedPostgres, broker: Broker, system: Distributed, url: str) -> None:
        self.state = state
        self.postgres = postgres
        self.broker = broker
        self.system = system
        self.url = url

    def header(self, role: str, **claims: str) -> dict[str, str]:
        token = issue_token(
            ensure_key_files(development_key_files(self.state)),
            issuer="fundwarden",
            audience="fundwarden",
            subject=f"drill-{role}",
            roles=[role],
            now=SystemClock().now(),
            lifetime=timedelta(hours=1),
            **claims,
        )
        return {"Authorization": f"Bearer {token}"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def installation(tmp_path: Path, in_ci: bool) -> Iterator[Installation]:
    if missing := missing_tools():
        reason = f"DRILLS DO NOT RUN: {' and '.join(missing)} not found"
        if in_ci:
            pytest.fail(reason)
        pytest.skip(reason)
    with EmbeddedPostgres(scratch_directory()) as postgres, Broker(tmp_path / "kafka") as broker:
        url = postgres.create_database("drill")
        asyncio.run(migrate(url))
        ensure_key_files(development_key_files(tmp_path))
        asyncio.run(apply_topics(broker.bootstrap, read_topics(TOPICS), replication=1))
        roles = {
            "api": ("serve", "all"),
            "relay-intake": ("relay", "intake"),
            "work-screening": ("work", "screening"),
            "work-intake": ("work", "intake", "--no-relay"),
            "work-credit": ("work", "credit"),
        }
        system = Distributed(
            state=tmp_path,
            database_url=url,
            kafka=broker.bootstrap,
            port=free_port(),
            roles=roles,
            environment={"FUNDWARDEN_LOG_LEVEL": "warning"},
        )
        with system:
            yield Installation(tmp_path, postgres, broker, system, url)
