"""The roles a process can have: serve an API, work on what arrives, relay what goes out."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from starlette.types import ASGIApp

from services.components import COMPONENTS
from services.embedded import component_settings
from services.gateway import Gateway
from services.kit.errors import BadRequest
from services.kit.http import ServiceResources, create_service_app
from services.kit.runner import Loop, make_bus, make_relay, run_together, stop_on_signals, subscribe
from services.kit.server import make_server, serve
from services.kit.settings import ProcessSettings
from services.kit.telemetry import configure


def require_database(settings: ProcessSettings) -> None:
    """Raise BadRequest unless a database is named: a distributed process starts none."""
    if not settings.database_url.get_secret_value():
        raise BadRequest(
            "database_missing", zh="未设置 FUNDWARDEN_DATABASE_URL。", en="FUNDWARDEN_DATABASE_URL is not set."
        )


async def serve_services(names: Sequence[str], settings: ProcessSettings) -> None:
    """Serve the HTTP APIs of one or more services on one port until a signal comes."""
    require_database(settings)
    telemetry = configure(settings, names[0] if len(names) == 1 else "api")
    gateway = Gateway(
        {name: COMPONENTS[name].create_app(component_settings(COMPONENTS[name], settings)) for name in names}
    )
    try:
        with stop_on_signals() as stop:
            async with gateway.lifespan():
                await serve(make_server(gateway, host=settings.host, port=settings.port, lifespan=False), stop)
    finally:
        telemetry.shutdown()


async def work(name: str, settings: ProcessSettings, *, consume: bool = True, relay: bool = True) -> None:
    """Consume what a service listens to, relay what it states, or both, until a signal comes.

    Raises BadRequest when the bus is not Kafka: between processes there is no other.
    """
    require_database(settings)
    if settings.bus != "kafka":
        raise BadRequest(
            "bus_not_shared",
            zh="进程之间只能使用 Kafka：请设置 FUNDWARDEN_BUS=kafka。",
            en="Between processes there is only Kafka: set FUNDWARDEN_BUS=kafka.",
        )
    component = COMPONENTS[name]
    own = component_settings(component, settings)
    telemetry = configure(own, name)
    try:
        with stop_on_signals() as stop:
            async with component.open_resources(own) as resources:
                database, clock = resources.database, resources.clock
                await database.require_current_schema()
                bus = make_bus(own, client=f"fundwarden-{name}")
                loops: list[Loop] = []
                if consume:
                    subscribe(bus, component.subscription(resources), database, own, clock=clock, stop=stop)
                    loops.append(bus.run)
                    loops.extend(component.loops(resources))
                if relay:
                    loops.append(make_relay(database, bus, own, clock=clock).run)
                if own.metrics_port:
                    loops.append(_probes(name, own, resources))
                await run_together(stop, *loops)
                await bus.close()
    finally:
        telemetry.shutdown()


def _probes(name: str, settings: ProcessSettings, resources: ServiceResources) -> Loop:
    """Serve health and metrics of a process that has no API."""

    @asynccontextmanager
    async def shared() -> AsyncIterator[ServiceResources]:
        yield resources

    app: ASGIApp = create_service_app(
        title=f"fundwarden {name}", service=name, routers=(), resources=shared, settings=settings
    )

    async def run(stop: asyncio.Event) -> None:
        await serve(make_server(app, host=settings.host, port=settings.metrics_port), stop)

    return run
