"""The four services as the commands start them: settings, HTTP application, resources and subscription of each."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from services.credit import app as credit_app
from services.credit import wiring as credit_wiring
from services.credit import worker as credit_worker
from services.credit.settings import CreditSettings
from services.intake import app as intake_app
from services.intake import wiring as intake_wiring
from services.intake import worker as intake_worker
from services.intake.settings import IntakeSettings
from services.kit.http import ServiceResources
from services.kit.inbox import Subscription
from services.kit.runner import Loop
from services.kit.settings import ProcessSettings
from services.screening import app as screening_app
from services.screening import wiring as screening_wiring
from services.screening import worker as screening_worker
from services.screening.settings import ScreeningSettings
from services.tips import app as tips_app
from services.tips import wiring as tips_wiring
from services.tips import worker as tips_worker
from services.tips.settings import TipsSettings


def _none(_resources: Any) -> Sequence[Loop]:
    return ()


@dataclass(frozen=True)
class Component:
    """One service; the callables take its own settings class."""

    name: str
    settings: type[ProcessSettings]
    create_app: Callable[[Any], FastAPI]
    open_resources: Callable[[Any], AbstractAsyncContextManager[ServiceResources]]
    subscription: Callable[[Any], Subscription]
    loops: Callable[[Any], Sequence[Loop]] = _none
    """What the worker runs beside the consumer, from the service's resources."""


COMPONENTS: dict[str, Component] = {
    component.name: component
    for component in (
        Component(
            "intake",
            IntakeSettings,
            intake_app.create_app,
            intake_wiring.open_resources,
            intake_worker.subscription,
            intake_worker.loops,
        ),
        Component(
            "screening",
            ScreeningSettings,
            screening_app.create_app,
            screening_wiring.open_resources,
            screening_worker.subscription,
            screening_worker.loops,
        ),
        Component(
            "credit",
            CreditSettings,
            credit_app.create_app,
            credit_wiring.open_resources,
            credit_worker.subscription,
            credit_worker.loops,
        ),
        Component(
            "tips",
            TipsSettings,
            tips_app.create_app,
            tips_wiring.open_resources,
            tips_worker.subscription,
            tips_worker.loops,
        ),
    )
}
