"""An application made the way services make theirs, with a database that only says whether it is well."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from services.kit.http import create_service_app
from services.kit.settings import ProcessSettings
from services.kit.testing.clock import FixedClock
from services.kit.testing.tokens import TokenMint


@dataclass
class WellOrNot:
    ill: Exception | None = None

    async def ping(self) -> None:
        if self.ill:
            raise self.ill

    async def require_current_schema(self) -> None:
        pass


@dataclass
class Resources:
    clock: FixedClock
    database: Any = field(default_factory=WellOrNot)
    ready_checks: tuple[Any, ...] = ()


@pytest.fixture
def mint(clock: FixedClock) -> TokenMint:
    return TokenMint(clock)


@pytest.fixture
def resources(clock: FixedClock) -> Resources:
    return Resources(clock)


@pytest.fixture
def make_app(mint: TokenMint, resources: Resources, tmp_path: Path) -> Callable[..., FastAPI]:
    def make(*routers: APIRouter, trace_requests: bool = True, **settings: Any) -> FastAPI:
        @asynccontextmanager
        async def opened() -> AsyncIterator[Resources]:
            yield resources

        settings.setdefault("jwks", str(mint.write_jwks(tmp_path)))
        return create_service_app(
            title="Probe",
            service="probe",
            routers=routers,
            resources=opened,
            settings=ProcessSettings(**settings),
            trace_requests=trace_requests,
        )

    return make


@pytest.fixture
def serve(make_app: Callable[..., FastAPI]) -> Callable[..., Any]:
    @asynccontextmanager
    async def serving(*routers: APIRouter, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
        app = make_app(*routers, **options)
        async with app.router.lifespan_context(app):
            # An exception that leaves the application fails the test here.
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
            async with httpx.AsyncClient(transport=transport, base_url="http://probe.test") as client:
                yield client

    return serving
