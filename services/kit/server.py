"""An HTTP server inside our own event loop: uvicorn without its signal handlers, stopped by the process's one event."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

GRACE_SECONDS = 15
"""Time that requests under way get to finish when the process stops."""


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to ``runner.stop_on_signals``."""
        yield


def make_server(app: ASGIApp, *, host: str, port: int, lifespan: bool = True) -> uvicorn.Server:
    """Build a server; its own access log stays off, the application writes one line per request."""
    return _Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            lifespan="on" if lifespan else "off",
            access_log=False,
            log_config=None,
            server_header=False,
            date_header=True,
            # Nobody asks where a request came from, and a gateway's word for it is taken nowhere.
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            timeout_keep_alive=75,
            backlog=2048,
            ws="none",
        )
    )


async def serve(server: uvicorn.Server, stop: asyncio.Event) -> None:
    """Serve until stopped, then finish the requests under way; a server that cannot start stops the process."""

    async def watch() -> None:
        await stop.wait()
        server.should_exit = True

    watcher = asyncio.create_task(watch())
    try:
        await server.serve()
    finally:
        watcher.cancel()
        stop.set()
    if not server.started:
        raise OSError("the HTTP server could not start")


def bound_port(server: uvicorn.Server) -> int:
    """Port a started server listens on, also where 0 was asked for."""
    [listening, *_] = server.servers
    port: int = listening.sockets[0].getsockname()[1]
    return port
