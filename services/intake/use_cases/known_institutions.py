"""Institutions as the registry held them a moment ago, for what concerns the present and no day of service."""

from collections.abc import Collection

from services.intake.domain.codes import is_institution
from services.intake.domain.registry import Institution
from services.intake.use_cases.known_registry import KnownRegistry
from services.kit.clock import Clock, business_date


class KnownInstitutions:
    """Finds institutions by code."""

    def __init__(self, known: KnownRegistry, clock: Clock) -> None:
        self._known = known
        self._clock = clock

    async def __call__(self, codes: Collection[str]) -> dict[str, Institution]:
        """Return those of the institutions that are registered, as they read today or nearest to it."""
        # What has another form is not registered, and may hold what the database cannot even be asked for.
        codes = [code for code in codes if is_institution(code)]
        today = business_date(self._clock.now())
        known = await self._known([("institution", code) for code in codes])
        return {code: held.nearest(today) for code in codes if (held := known.institution(code))}

    async def hold(self, code: str) -> bool:
        """Tell whether an institution is registered, which every message of the national interface asks."""
        return is_institution(code) and bool((await self._known([("institution", code)])).institution(code))
