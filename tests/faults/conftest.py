"""The installation that drills break: its processes apart, so that each can die alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.installation import Installation, installed

ROLES = {
    "api": ("serve", "all"),
    "relay-intake": ("relay", "intake"),
    "work-screening": ("work", "screening"),
    "work-intake": ("work", "intake", "--no-relay"),
    "work-credit": ("work", "credit"),
}


@pytest.fixture
def installation(tmp_path: Path, java_and_maven: None) -> Iterator[Installation]:
    with installed(tmp_path, roles=ROLES) as running:
        yield running
