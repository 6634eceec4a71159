"""Institutions as the registry held them a moment ago: every settlement needs its own, and they seldom change."""

import time
from collections.abc import Callable, Collection

from services.intake.domain.registry import Institution
from services.intake.storage import institutions
from services.kit.db import Database

REMEMBERED_SECONDS = 2.0
"""An entry is asked of the database again after this; one that is missing is asked for every time."""


class KnownInstitutions:
    """Finds institutions by code; one per process, for it remembers them."""

    def __init__(self, database: Database, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._monotonic = monotonic
        self._remembered: dict[str, tuple[float, Institution]] = {}

    async def __call__(self, codes: Collection[str]) -> dict[str, Institution]:
        """Return those of the institutions that are registered."""
        now = self._monotonic()
        found: dict[str, Institution] = {}
        for code in codes:
            remembered = self._remembered.get(code)
            if remembered is not None and now < remembered[0]:
                found[code] = remembered[1]
        missing = [code for code in codes if code not in found]
        if missing:
            async with self._database.reading() as session:
                read = await institutions.find(session, missing)
            for code, institution in read.items():
                self._remembered[code] = (now + REMEMBERED_SECONDS, institution)
            found |= read
        return found
