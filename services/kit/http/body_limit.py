"""A bound on request bodies: refused at once by Content-Length, or counted while they stream, never gathered."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kit.http.problems import problem


class OwnBound(NamedTuple):
    """A route that set ``max_body_size`` itself."""

    path: re.Pattern[str]
    methods: frozenset[str]
    most_bytes: int
    literal: str | None
    """The path itself where it has no parameter."""


def own_bounds(app: FastAPI) -> list[OwnBound]:
    """Return the routes that set a bound of their own, as ``max_body_size`` of the route or its router."""
    bounds = []
    for route in iter_route_contexts(app.routes):
        most_bytes = getattr(route, "max_body_size", None)
        if most_bytes is not None:
            path = route.path_format or ""
            literal = path if path and "{" not in path else None
            bounds.append(OwnBound(route.path_regex, frozenset(route.methods or ()), most_bytes, literal))
    return bounds


class BodyLimit:
    """Middleware that lets no body pass that exceeds the bound of its route, or the bound of all."""

    def __init__(self, app: ASGIApp, *, most_bytes: int, bounds: Sequence[OwnBound]) -> None:
        self._app = app
        self._most_bytes = most_bytes
        self._bounds = [bound for bound in bounds if bound.literal is None]
        self._literal = {(method, bound.literal): bound.most_bytes for bound in bounds for method in bound.methods}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 413 to a body that is too large, or hand the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most_bytes = self._bound(scope)
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        if declared.isdigit():
            if int(declared) > most_bytes:
                await problem(HTTPConnection(scope), 413)(scope, receive, send)
                return
            # The server itself lets no more through than was declared.
            await self._app(scope, receive, send)
            return
        await self._app(scope, _counted(receive, most_bytes), send)

    def _bound(self, scope: Scope) -> int:
        literal = self._literal.get((scope["method"], scope["path"]))
        if literal is not None:
            return literal
        for bound in self._bounds:
            if scope["method"] in bound.methods and bound.path.match(scope["path"]):
                return bound.most_bytes
        return self._most_bytes


def _counted(receive: Receive, most_bytes: int) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most_bytes:
            # An HTTPException is the one error that the framework hands on from the reading of a body.
            raise HTTPException(413)
        return message

    return counted
