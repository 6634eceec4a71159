"""Institutions by code: what is no code is not asked for."""

import pytest

from services.intake.use_cases.known_institutions import KnownInstitutions
from services.intake.use_cases.known_registry import Known


class Registry:
    """Keeps what it was asked for; it knows nobody."""

    def __init__(self) -> None:
        self.asked = []

    async def __call__(self, wanted):
        self.asked += wanted
        return Known({})


@pytest.mark.parametrize("code", ["\x00", "H1101050000\x00", "", "H11010500001\n", "h11010500001", "H" + "１" * 11])
async def test_a_code_of_another_form_is_unknown_without_a_look(clock, code):
    registry = Registry()
    assert await KnownInstitutions(registry, clock)([code]) == {}
    assert registry.asked == []


async def test_a_code_of_the_right_form_is_looked_up(clock):
    registry = Registry()
    await KnownInstitutions(registry, clock)(["H11010500001", "\x00"])
    assert registry.asked == [("institution", "H11010500001")]
