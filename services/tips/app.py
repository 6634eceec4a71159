"""The HTTP application of tips."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.kit.clock import Clock
from services.kit.http import create_service_app
from services.tips.api import (
    attachments,
    desk_checks,
    desk_entry,
    desk_identity,
    desk_pages,
    desk_publications,
    desk_reclaims,
    desk_rewards,
    entries,
    filing,
    handling,
    identity,
    matters,
    pages,
    payouts,
    public,
    publications,
    reclaims,
    reporter_files,
    reporter_steps,
    rewards,
    supervisor_checks,
    supervisors,
    typical_cases,
)
from services.tips.api.desk_session import SignInNeeded, to_sign_in
from services.tips.api.padding import FilledUp
from services.tips.settings import TipsSettings
from services.tips.wiring import Resources, open_resources

_PUBLIC = (
    public.router,
    reporter_steps.router,
    reporter_files.router,
    filing.router,
    publications.router,
    pages.router,
    filing.pages,
    publications.pages,
)
_HANDLING = (
    handling.router,
    matters.router,
    entries.router,
    attachments.router,
    identity.router,
    rewards.router,
    payouts.router,
    reclaims.router,
    reclaims.office,
    typical_cases.router,
    supervisors.router,
    supervisor_checks.router,
    desk_pages.router,
    desk_entry.router,
    desk_rewards.router,
    desk_reclaims.router,
    desk_publications.router,
    desk_checks.router,
    desk_identity.router,
)


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
    app = create_service_app(
        title="举报受理 / Tips",
        service="tips",
        routers=routers,
        resources=resources,
        settings=settings,
        trace_requests=False,
    )
    app.add_exception_handler(SignInNeeded, to_sign_in)
    # Added last, so it is outermost: what is refused before a route is found is filled up too.
    app.add_middleware(FilledUp)
    return app
