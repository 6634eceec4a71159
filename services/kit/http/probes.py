"""Probes and the metrics page: open to everybody on the internal network, and left out of traces and measurements."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog
from fastapi import APIRouter, Depends, Request, Response

from services.kit.auth import public
from services.kit.db import Database
from services.kit.errors import Unavailable
from services.kit.metrics_page import render

_log = structlog.get_logger("services.kit.http")

_WELL: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {"example": {"status": "ok"}}}}}

_PAGE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {}, "application/openmetrics-text": {}}, "description": "按 Accept / By Accept"}
}

ReadyCheck = Callable[[], Awaitable[None]]
"""Returns when all is well and raises otherwise."""


def probes(service: str) -> APIRouter:
    """Return the routes ``/<service>/health/live``, ``/<service>/health/ready`` and ``/<service>/metrics``."""
    router = APIRouter(prefix=f"/{service}", tags=["operations"], dependencies=[Depends(public())])

    @router.get("/health/live", summary="进程存活 / The process is alive", responses=_WELL)
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/health/ready", summary="可以接收请求 / The service can do its work", responses=_WELL)
    async def ready(request: Request) -> dict[str, str]:
        resources = request.app.state.resources
        await _all_well(resources.database, getattr(resources, "ready_checks", ()))
        return {"status": "ok"}

    @router.get("/metrics", summary="Prometheus / OpenMetrics", response_class=Response, responses=_PAGE)
    async def metrics(request: Request) -> Response:
        content, media_type = render(request.headers.get("accept", ""), service=service)
        return Response(content, headers={"Content-Type": media_type})

    return router


async def _all_well(database: Database, checks: Sequence[ReadyCheck]) -> None:
    for check in (database.ping, database.require_current_schema, *checks):
        try:
            await check()
        except Exception as error:
            # What is wrong is for the log; the open network learns only that it is.
            _log.warning("not_ready", check=getattr(check, "__name__", "check"), error=type(error).__name__)
            raise Unavailable("not_ready", zh="服务尚未就绪。", en="The service is not ready.") from error
