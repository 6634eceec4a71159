"""Keep the directory of inspectors."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.region import inside
from services.credit.storage import inspectors, register
from services.credit.storage.inspectors import InspectorEntry, Recusal
from services.credit.use_cases.guard_draws import must_be_agency
from services.credit.use_cases.guard_reading import must_govern
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
        """Add a statement about an inspector; raises Forbidden for a token bound to somebody.

        A registrar bound to a region states recusals of its institutions only; those of others stay as they are.
        """
        must_be_agency(officer)
        async with self._database.transaction() as session:
            await inspectors.lock(session, code)
            kept: list[Recusal] = []
            if officer.region is not None:
                for recusal in recusals:
                    await must_govern(session, officer, recusal.institution_code)
                known = await inspectors.find(session, code)
                if known is not None:
                    own = await _own(session, officer, [known])
                    kept = [one for one in known.recusals if one.institution_code not in own]
            entry = InspectorEntry(
                inspector_code=code,
                active=active,
                certified_until=certified_until,
                skills=tuple(sorted(set(skills))),
                recusals=(*recusals, *kept),
                stated_at=self._clock.now(),
                stated_by=officer.subject,
            )
            await inspectors.add(session, entry)
        return replace(entry, recusals=tuple(recusals))

    async def page(self, reader: Principal, *, after: str, limit: int) -> list[InspectorEntry]:
        """Return the directory by code, to a reader bound to a region with its own recusals only; raises Forbidden."""
        must_be_agency(reader)
        async with self._database.reading() as session:
            found = await inspectors.page(session, after=after, limit=limit)
            if reader.region is None:
                return found
            own = await _own(session, reader, found)
        return [
            replace(entry, recusals=tuple(one for one in entry.recusals if one.institution_code in own))
            for entry in found
        ]


async def _own(session: AsyncSession, reader: Principal, found: Sequence[InspectorEntry]) -> set[str]:
    """Return which institutions of recusals lie in the reader's region."""
    named = {one.institution_code for entry in found for one in entry.recusals}
    known = await register.find_institutions(session, named)
    return {code for code, one in known.items() if inside(one.region, reader.region or "")}
