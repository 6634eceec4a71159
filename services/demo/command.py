"""`fundwarden demo`: the main job on a fresh database, in one process or over Kafka, and a report of it."""

import asyncio
import functools
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from services.demo.day import SEED, SETTLEMENTS
from services.demo.report import show, write
from services.demo.run import run_demo
from services.distributed import Distributed
from services.embedded import embedded_system, migrate
from services.kit.clock import SystemClock
from services.kit.embedded_postgres import EmbeddedPostgres
from services.kit.ids import new_id
from services.kit.runner import stop_on_signals
from services.kit.settings import ProcessSettings
from services.kit.tokens import SigningKey, development_key_files, ensure_key_files, issue_token
from services.kit.topics import Topics, apply_topics, delete_topics, read_topics

DATABASE = "fundwarden_demo"
"""Database of the demonstration on the embedded server; made anew each time."""

System = Callable[[], AbstractAsyncContextManager[str]]
"""Starts an installation and yields its address."""


def demonstrate(
    settlements: Annotated[int, typer.Option(help="Settlements of the day.")] = SETTLEMENTS,
    bus: Annotated[str, typer.Option(help="`direct`: one process; `kafka`: separate processes.")] = "direct",
    keep: Annotated[bool, typer.Option("--keep", help="Leave it running afterwards.")] = False,
    port: Annotated[int, typer.Option(help="Port to listen on; 0: a free one.")] = 0,
    seed: Annotated[int, typer.Option(help="Another seed is another county and another day.")] = SEED,
    topics: Annotated[Path, typer.Option(help="Declaration of the Kafka topics.")] = Path("deploy/topics.yaml"),
) -> None:
    """演示 Show the main job end to end: a county's day with planted violations, through every service."""
    if bus not in ("direct", "kafka"):
        raise typer.BadParameter("direct or kafka", param_hint="--bus")
    console = Console()
    settings = ProcessSettings(log_level="warning", development=True)
    settings = settings.model_copy(update={"port": port or _free_port(settings.host)})
    settings.state_directory.mkdir(parents=True, exist_ok=True)
    with EmbeddedPostgres(settings.state_directory / "postgres") as server:
        url = server.recreate_database(DATABASE)
        if bus == "kafka":
            system = functools.partial(_distributed, settings, url, read_topics(topics))
        else:
            system = functools.partial(_embedded, settings, url)
        play = _play(settings, url, console, system, bus=bus, settlements=settlements, seed=seed, keep=keep)
        passed = asyncio.run(play)
    raise typer.Exit(0 if passed else 1)


async def _play(
    settings: ProcessSettings,
    url: str,
    console: Console,
    system: System,
    *,
    bus: str,
    settlements: int,
    seed: int,
    keep: bool,
) -> bool:
    key = ensure_key_files(development_key_files(settings.state_directory))
    with stop_on_signals() as stop:
        async with system() as base_url:
            report = await run_demo(
                base_url=base_url,
                database_url=url,
                tokens=functools.partial(_token, settings, key),
                bus=bus,
                settlements=settlements,
                seed=seed,
                console=console,
            )
            show(report, console)
            console.print(f"→ {write(report, settings.state_directory)}")
            if keep:
                console.print(f"[green]仍在运行 still running[/green] {base_url} (Ctrl+C)")
                await stop.wait()
    return report.passed


@asynccontextmanager
async def _embedded(settings: ProcessSettings, url: str) -> AsyncIterator[str]:
    async with embedded_system(settings, url) as system:
        yield system.base_url


@asynccontextmanager
async def _distributed(settings: ProcessSettings, url: str, declared: Topics) -> AsyncIterator[str]:
    """Start separate processes over Kafka, on topics of their own that go away afterwards."""
    prefix = f"demo-{new_id().hex[-8:]}."
    topics = declared.prefixed(prefix)
    await migrate(url)
    await apply_topics(settings.kafka, topics, replication=1)
    processes = Distributed(
        state=settings.state_directory,
        database_url=url,
        kafka=settings.kafka,
        port=settings.port,
        environment={"FUNDWARDEN_KAFKA_PREFIX": prefix, "FUNDWARDEN_LOG_LEVEL": "warning"},
    )
    try:
        with processes:
            yield processes.base_url
    finally:
        await delete_topics(settings.kafka, topics)


def _token(settings: ProcessSettings, key: SigningKey, **claims: object) -> str:
    """Sign a token that holds for the demonstration."""
    return issue_token(
        key,
        issuer=settings.jwt_issuer,
        audience=settings.jwt_audience,
        now=SystemClock().now(),
        lifetime=timedelta(hours=2),
        **claims,  # type: ignore[arg-type]
    )


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
