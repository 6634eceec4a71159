"""The HTTP application of the intake service."""

from fastapi import FastAPI

from services.intake.api import institutions, practitioners, settlements
from services.intake.settings import IntakeSettings
from services.intake.wiring import open_resources
from services.kit.clock import Clock
from services.kit.http import create_service_app


def create_app(settings: IntakeSettings, *, clock: Clock | None = None) -> FastAPI:
    """Make the application; its resources open when it starts."""
    return create_service_app(
        title="Fundwarden intake 数据接入",
        service="intake",
        routers=[settlements.router, institutions.router, practitioners.router],
        resources=lambda: open_resources(settings, clock=clock),
        settings=settings,
    )
