"""The HTTP application of the credit service."""

from fastapi import FastAPI

from services.credit.api import (
    changes,
    draws,
    eligibility,
    institutions,
    insured,
    overrides,
    pages,
    practitioners,
    procedure,
    public_list,
    rating_inputs,
    ratings,
    region_jobs,
    sanctions,
    webhooks,
)
from services.credit.api.examples import EXAMPLES
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
            changes.router,
            webhooks.router,
            public_list.router,
            overrides.router,
            region_jobs.router,
            pages.router,
        ],
        resources=lambda: open_resources(settings, clock=clock),
        settings=settings,
        direct=[eligibility.get_eligibility],
        examples=EXAMPLES,
    )
