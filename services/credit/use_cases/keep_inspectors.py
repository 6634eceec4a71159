"""Keep the directory of inspectors."""

from collections.abc import Sequence
from datetime import date

from services.credit.storage import inspectors
from services.credit.storage.inspectors import InspectorEntry, Recusal
from services.credit.use_cases.guard_draws import must_be_agency
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.principal import Principal


class KeepInspectors:
    """States inspectors and lists them; what was stated before stays on record."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def state(
        self,
        code: str,
        officer: Principal,
        *,
        active: bool,
        certified_until: date,
        skills: Sequence[str],
        recusals: Sequence[Recusal],
    ) -> InspectorEntry:
        """Add a statement about an inspector; raises Forbidden for a token bound to somebody."""
        must_be_agency(officer)
        entry = InspectorEntry(
            inspector_code=code,
            active=active,
            certified_until=certified_until,
            skills=tuple(sorted(set(skills))),
            recusals=tuple(recusals),
            stated_at=self._clock.now(),
            stated_by=officer.subject,
        )
        async with self._database.transaction() as session:
            await inspectors.add(session, entry)
        return entry

    async def page(self, reader: Principal, *, after: str, limit: int) -> list[InspectorEntry]:
        """Return the directory by code; raises Forbidden."""
        must_be_agency(reader)
        async with self._database.reading() as session:
            return await inspectors.page(session, after=after, limit=limit)
