"""The HTTP application of the intake service."""

from fastapi import FastAPI

from services.intake.api import (
    activity,
    departments,
    imports,
    institutions,
    insured_persons,
    practitioners,
    quarantine,
    reconciliations,
    reversals,
    settlement_batches,
    settlement_lists,
    settlements,
    stock,
    visits,
)
from services.intake.api.fsi import routes as fsi
from services.intake.settings import IntakeSettings
from services.intake.wiring import build_interface_credentials, open_resources
from services.kit.clock import Clock
from services.kit.http import create_service_app
from services.kit.interface_access.routes import credential_routes


def create_app(settings: IntakeSettings, *, clock: Clock | None = None) -> FastAPI:
    """Make the application; its resources open when it starts."""
    return create_service_app(
        title="Fundwarden intake 数据接入",
        service="intake",
        routers=[
            settlements.router,
            settlement_batches.router,
            reversals.router,
            institutions.router,
            practitioners.router,
            departments.router,
            insured_persons.router,
            stock.router,
            settlement_lists.router,
            imports.router,
            fsi.router,
            visits.router,
            quarantine.router,
            reconciliations.router,
            activity.router,
            credential_routes("/intake/v1", build_interface_credentials),
        ],
        resources=lambda: open_resources(settings, clock=clock),
        settings=settings,
        direct=[settlements.post_settlement, fsi.post_message],
    )
