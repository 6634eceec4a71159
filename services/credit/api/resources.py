"""What routes take from the application."""

from typing import Annotated

from fastapi import Depends, Request

from services.credit.wiring import Resources
from services.kit.http import Language, language


# Both are coroutines although they wait for nothing: a plain function would be sent to a thread for every request.
async def _resources(request: Request) -> Resources:
    resources: Resources = request.app.state.resources
    return resources


async def _language(request: Request) -> Language:
    return language(request)


Opened = Annotated[Resources, Depends(_resources)]
"""The service's resources."""

Spoken = Annotated[Language, Depends(_language)]
"""The language of the answer."""
