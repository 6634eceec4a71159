"""The HTTP application of tips."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.kit.clock import Clock
from services.kit.http import create_service_app
from services.tips.api import handling, pages, public, rewards
from services.tips.settings import TipsSettings
from services.tips.wiring import Resources, open_resources

_PUBLIC = (public.router, pages.router)
_HANDLING = (handling.router, rewards.router)


def create_app(settings: TipsSettings, *, clock: Clock | None = None) -> FastAPI:
    """Make the application; which routes it has depends on whom the process serves.

    Requests are not traced, as most of them come from reporters; handling opens its own spans.
    """

    @asynccontextmanager
    async def resources() -> AsyncIterator[Resources]:
        async with open_resources(settings, clock=clock) as opened:
            # A missing key must stop the start, not the first reporter.
            _ = opened.keys
            yield opened

    routers = {"all": (*_PUBLIC, *_HANDLING), "public": _PUBLIC, "handling": _HANDLING}[settings.tips_serves]
    return create_service_app(
        title="举报受理 / Tips",
        service="tips",
        routers=routers,
        resources=resources,
        settings=settings,
        trace_requests=False,
    )
