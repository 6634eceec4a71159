"""A distributed installation for tests: a PostgreSQL and a Kafka of its own, and real processes that can be broken."""

import asyncio
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from deploy.kafka.broker import Broker
from services.distributed import ROLES, Distributed
from services.embedded import migrate
from services.kit.clock import SystemClock
from services.kit.embedded_postgres import EmbeddedPostgres, scratch_directory
from services.kit.tokens import development_key_files, ensure_key_files, issue_token
from services.kit.topics import apply_topics, read_topics

TOPICS = Path(__file__).resolve().parents[2] / "deploy" / "topics.yaml"


class Installation:
    """Everything a test can ask or break."""

    def __init__(self, state: Path, postgres: EmbeddedPostgres, broker: Broker, system: Distributed, url: str) -> None:
        self.state = state
        self.postgres = postgres
        self.broker = broker
        self.system = system
        self.url = url

    def header(self, role: str, *, subject: str | None = None, **claims: str) -> dict[str, str]:
        """Bearer header of somebody with a role."""
        token = issue_token(
            ensure_key_files(development_key_files(self.state)),
            issuer="fundwarden",
            audience="fundwarden",
            subject=subject or f"test-{role}",
            roles=[role],
            now=SystemClock().now(),
            lifetime=timedelta(hours=1),
            **claims,  # type: ignore[arg-type]
        )
        return {"Authorization": f"Bearer {token}"}


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def installed(
    state: Path, *, roles: Mapping[str, Sequence[str]] = ROLES, environment: Mapping[str, str] | None = None
) -> Iterator[Installation]:
    """Start PostgreSQL, Kafka and the processes; end them all afterwards. Not to be called inside an event loop."""
    postgres = EmbeddedPostgres(scratch_directory())
    try:
        with postgres, Broker(state / "kafka") as broker:
            url = postgres.create_database("installation")
            asyncio.run(migrate(url))
            ensure_key_files(development_key_files(state))
            asyncio.run(apply_topics(broker.bootstrap, read_topics(TOPICS), replication=1))
            system = Distributed(
                state=state,
                database_url=url,
                kafka=broker.bootstrap,
                port=free_port(),
                roles=roles,
                environment={"FUNDWARDEN_LOG_LEVEL": "warning", **(environment or {})},
            )
            with system:
                yield Installation(state, postgres, broker, system, url)
    finally:
        postgres.remove()
