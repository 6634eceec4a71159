"""Credit on a real database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.credit.settings import CreditSettings
from services.credit.wiring import open_resources
from services.kit.testing.clock import FixedClock
from tests.integration.credit.service import Credit


@pytest.fixture
async def credit(database_url: str, clock: FixedClock, tmp_path: Path) -> AsyncIterator[Credit]:
    settings = CreditSettings(database_url=database_url, state_directory=tmp_path)
    async with open_resources(settings, clock=clock) as resources:
        yield Credit(resources, clock)
