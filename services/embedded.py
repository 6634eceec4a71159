"""Everything in one process on one port: PostgreSQL from the wheel, the direct bus, all services, their relays."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from services.components import COMPONENTS, Component
from services.gateway import Gateway
from services.kit.embedded_postgres import EmbeddedPostgres
from services.kit.migrations import prepare_database, upgrade
from services.kit.runner import make_bus, make_relay, run_together, subscribe
from services.kit.server import bound_port, make_server, serve
from services.kit.settings import ProcessSettings
from services.kit.telemetry import configure
from services.kit.tokens import development_key_files, ensure_key_files

DATABASE = "fundwarden"
"""Name of the database on the embedded server."""


@dataclass(frozen=True)
class EmbeddedSystem:
    """A running installation."""

    base_url: str
    database_url: str
    settings: ProcessSettings


def component_settings(component: Component, settings: ProcessSettings) -> ProcessSettings:
    """Build a service's own settings that agree with the process's on everything they share."""
    return component.settings(**settings.model_dump(include=set(ProcessSettings.model_fields)))


def start_database(settings: ProcessSettings) -> tuple[EmbeddedPostgres | None, str]:
    """Start the embedded PostgreSQL unless another database is named; return it and the address to use.

    Not to be called inside an event loop.
    """
    settings.state_directory.mkdir(parents=True, exist_ok=True)
    if url := settings.database_url.get_secret_value():
        return None, url
    server = EmbeddedPostgres(settings.state_directory / "postgres")
    server.start()
    return server, server.create_database(DATABASE)


async def migrate(url: str, passwords: dict[str, str] | None = None) -> None:
    """Create roles and schemas where missing and bring every service's schema to its newest revision."""
    await prepare_database(url, passwords)
    await upgrade(url)


@asynccontextmanager
async def embedded_system(settings: ProcessSettings, url: str) -> AsyncIterator[EmbeddedSystem]:
    """Run the whole system until the context ends; the database at ``url`` is migrated first."""
    state: Path = settings.state_directory
    settings = settings.model_copy(update={"database_url": SecretStr(url), "bus": "direct", "development": True})
    if not settings.jwks:
        ensure_key_files(development_key_files(state))
    telemetry = configure(settings, "embedded")
    await migrate(url)
    stop = asyncio.Event()
    async with AsyncExitStack() as stack:
        stack.callback(telemetry.shutdown)
        bus = make_bus(settings, client="fundwarden")
        loops = [bus.run]
        for component in COMPONENTS.values():
            own = component_settings(component, settings)
            resources = await stack.enter_async_context(component.open_resources(own))
            database, clock = resources.database, resources.clock
            subscribe(bus, component.subscription(resources), database, own, clock=clock, stop=stop)
            loops.append(make_relay(database, bus, own, clock=clock).run)
            loops.extend(component.loops(resources))
        gateway = Gateway(
            {
                component.name: component.create_app(component_settings(component, settings))
                for component in COMPONENTS.values()
            }
        )
        await stack.enter_async_context(gateway.lifespan())
        server = make_server(gateway, host=settings.host, port=settings.port, lifespan=False)

        async def listen(stop: asyncio.Event) -> None:
            await serve(server, stop)

        running = asyncio.create_task(run_together(stop, listen, *loops))
        try:
            while not server.started and not running.done():  # noqa: ASYNC110 - uvicorn tells only by a flag
                await asyncio.sleep(0.01)
            if running.done():
                await running
            yield EmbeddedSystem(f"http://{settings.host}:{bound_port(server)}", url, settings)
        finally:
            stop.set()
            await running
