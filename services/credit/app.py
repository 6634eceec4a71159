"""The HTTP application of the credit service."""

from fastapi import FastAPI

from services.credit.api import (
    draws,
    eligibility,
    institutions,
    insured,
    practitioners,
    procedure,
    rating_inputs,
    ratings,
    sanctions,
)
from services.credit.settings import CreditSettings
from services.credit.wiring import open_resources
from services.kit.clock import Clock
from services.kit.http import create_service_app


def create_app(settings: CreditSettings, *, clock: Clock | None = None) -> FastAPI:
    """Make the application; its resources open when it starts."""
    return create_service_app(
        title="Fundwarden credit 信用与记分",
        service="credit",
        routers=[
            practitioners.router,
            eligibility.router,
            institutions.router,
            sanctions.router,
            procedure.router,
            draws.router,
            insured.router,
            ratings.router,
            rating_inputs.router,
        ],
        resources=lambda: open_resources(settings, clock=clock),
        settings=settings,
    )
