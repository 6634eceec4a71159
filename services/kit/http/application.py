"""The one way to make an HTTP application of a service: errors, bounds, records, probes and access all in place."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

from fastapi import APIRouter, FastAPI

from services.kit.auth import routes_without_guard
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.http.body_limit import BodyLimit, own_bounds
from services.kit.http.direct import DirectRoutes, Endpoint, direct_routes
from services.kit.http.interface_document import Values, complete
from services.kit.http.probes import probes
from services.kit.http.problems import install_problems
from services.kit.http.request_record import RequestRecord
from services.kit.settings import ProcessSettings
from services.kit.token_keys import KeySource
from services.kit.token_verifier import TokenVerifier
from services.kit.tokens import development_key_files


class ServiceResources(Protocol):
    """What an application needs of a service's resources; they may also have ``ready_checks``, see `probes`."""

    @property
    def database(self) -> Database:
        """The service's database."""
        ...

    @property
    def clock(self) -> Clock:
        """The clock tokens are compared with."""
        ...


def create_service_app(
    *,
    title: str,
    service: str,
    routers: Sequence[APIRouter],
    resources: Callable[[], AbstractAsyncContextManager[ServiceResources]],
    settings: ProcessSettings,
    trace_requests: bool = True,
    direct: Sequence[Endpoint] = (),
    examples: Values | None = None,
) -> FastAPI:
    """Make the application of one service; its resources live as long as it does, at ``app.state.resources``.

    A route sets a body bound of its own with the framework's ``max_body_size``; all others have that of the settings.
    ``direct`` names endpoints of busy routes that the framework is spared, see `direct_routes`.
    The published interface has the problems of each route, and with ``examples`` an example of everything.
    With ``trace_requests`` off, requests leave neither span nor trace id, and log lines cannot be joined to facts;
    what comes to an open route leaves no line and no measurement either.
    Raises ValueError when a route says neither what it wants nor that it is open.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with resources() as opened:
            app.state.resources = opened
            app.state.verifier = _verifier(settings, opened.clock)
            yield

    app = _Documented(
        examples,
        title=title,
        version="1",
        lifespan=lifespan,
        openapi_url=f"/{service}/openapi.json",
        docs_url=f"/{service}/docs",
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        redirect_slashes=False,
        telemetry={
            "tracing": False,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        },
    )
    for router in (probes(service), *routers):
        app.include_router(router)
    if unguarded := routes_without_guard(app):
        raise ValueError(f"routes with neither require() nor public(): {unguarded}")
    install_problems(app)
    if direct:
        app.add_middleware(DirectRoutes, routes=direct_routes(app, direct))
    app.add_middleware(BodyLimit, most_bytes=settings.max_body_bytes, bounds=own_bounds(app))
    # Added last, so it is outermost: a refused body is recorded too.
    app.add_middleware(RequestRecord, service=service, traced=trace_requests)
    return app


class _Documented(FastAPI):
    """An application whose published interface is made complete once."""

    def __init__(self, examples: Values | None, **options: Any) -> None:
        super().__init__(**options)
        self._examples = examples

    def openapi(self) -> dict[str, Any]:
        """Return the published interface."""
        made = self.openapi_schema is None
        document = super().openapi()
        if made:
            complete(document, self._examples)
        return document


def _verifier(settings: ProcessSettings, clock: Clock) -> TokenVerifier:
    location = settings.jwks or str(development_key_files(settings.state_directory).jwks)
    return TokenVerifier(
        KeySource(location, clock=clock), issuer=settings.jwt_issuer, audience=settings.jwt_audience, clock=clock
    )
