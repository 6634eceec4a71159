"""One port for several services: requests go to the application named by the first part of their path."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI
from starlette.responses import JSONResponse, RedirectResponse
from starlette.types import Receive, Scope, Send


class Gateway:
    """ASGI application that hands each request on, unchanged, by ``/<service>/…``."""

    def __init__(self, applications: Mapping[str, FastAPI], *, home: str = "/tips/") -> None:
        self._applications = dict(applications)
        self._home = home

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Run the lifespans of all applications."""
        async with AsyncExitStack() as stack:
            for application in self._applications.values():
                await stack.enter_async_context(application.router.lifespan_context(application))
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on; what no service answers to is a 404 of the same form as theirs."""
        path: str = scope["path"]
        application = self._applications.get(path.split("/", 2)[1])
        if application is not None:
            await application(scope, receive, send)
        elif path == "/" and "tips" in self._applications:
            await RedirectResponse(self._home)(scope, receive, send)
        else:
            problem = {
                "type": "urn:fundwarden:problem:not_found",
                "title": "没有这个地址",
                "status": 404,
                "code": "not_found",
                "detail": "Not found.",
            }
            await JSONResponse(problem, 404, media_type="application/problem+json")(scope, receive, send)
