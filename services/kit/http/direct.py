"""Busy routes without the framework's routing and solving of parameters, which cost more than what they then do.

A direct route is an ordinary one too: declared, documented and guarded as all others. Its endpoint takes nothing but
the request and the principal, and returns a whole answer.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from fastapi import FastAPI, Request
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from services.kit.auth import Guard, guard_of
from services.kit.errors import ServiceError
from services.kit.http.problems import problem, service_problem
from services.kit.principal import Principal

Endpoint = Callable[[Request, Principal], Awaitable[Response]]


class _Direct(NamedTuple):
    route: Any
    guard: Guard
    endpoint: Endpoint


class DirectRoutes:
    """Middleware that answers direct routes; everything else goes the ordinary way."""

    def __init__(self, app: ASGIApp, *, routes: dict[tuple[str, str], _Direct]) -> None:
        self._app = app
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a direct route, or hand the request on."""
        direct = self._routes.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if direct is None:
            await self._app(scope, receive, send)
            return
        scope["route"] = direct.route
        request = Request(scope, receive)
        try:
            response = await direct.endpoint(request, await direct.guard(request))
        except ServiceError as error:
            response = service_problem(request, error)
        except HTTPException as error:
            response = problem(request, error.status_code, headers=error.headers)
        await response(scope, receive, send)


def direct_routes(app: FastAPI, endpoints: Sequence[Endpoint]) -> dict[tuple[str, str], _Direct]:
    """Return the declared routes of endpoints by method and path.

    Raises ValueError for an endpoint that has no route, no guard, or a parameter in its path.
    """
    found: dict[tuple[str, str], _Direct] = {}
    wanted = set(endpoints)
    for route in iter_route_contexts(app.routes):
        endpoint = getattr(route, "endpoint", None)
        if endpoint not in wanted:
            continue
        guard = guard_of(route.dependant)
        path = route.path_format or ""
        if guard is None or "{" in path:
            raise ValueError(f"cannot be a direct route: {path}")
        for method in route.methods or ():
            found[method, path] = _Direct(route, guard, endpoint)
        wanted.discard(endpoint)
    if wanted:
        raise ValueError(f"direct routes that are not declared: {sorted(one.__name__ for one in wanted)}")
    return found
