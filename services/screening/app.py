"""The HTTP application of the screening service."""

from fastapi import FastAPI

from services.kit.clock import Clock
from services.kit.http import create_service_app
from services.kit.interface_access.routes import credential_routes
from services.screening.api import (
    backtests,
    explanations,
    expressions,
    findings,
    prechecks,
    reminders,
    rule_rails,
    rulebook_life,
    rulebooks,
    settlements,
    signals,
    statistics,
)
from services.screening.api.fsi import routes as fsi
from services.screening.settings import ScreeningSettings
from services.screening.wiring import build_interface_credentials, open_resources


def create_app(settings: ScreeningSettings, *, clock: Clock | None = None) -> FastAPI:
    """Make the application; its resources open when it starts."""
    return create_service_app(
        title="Fundwarden screening 智能审核",
        service="screening",
        routers=[
            findings.router,
            explanations.router,
            settlements.router,
            signals.router,
            statistics.router,
            rulebooks.router,
            rulebook_life.router,
            rule_rails.router,
            backtests.router,
            prechecks.router,
            reminders.router,
            fsi.router,
            credential_routes("/screening/v1", build_interface_credentials),
            expressions.router,
        ],
        resources=lambda: open_resources(settings, clock=clock),
        settings=settings,
    )
