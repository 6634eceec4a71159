"""What routes take from the application."""

from typing import Annotated

from fastapi import Depends, Request

from services.kit.http import Language, language
from services.screening.wiring import Resources


async def _resources(request: Request) -> Resources:
    resources: Resources = request.app.state.resources
    return resources


async def _language(request: Request) -> Language:
    return language(request)


Opened = Annotated[Resources, Depends(_resources)]
"""The service's resources."""

Spoken = Annotated[Language, Depends(_language)]
"""The language of the answer."""
