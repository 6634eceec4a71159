"""Read the ledger of an insured person; no answer leaves before the reading itself stands in the log."""

from datetime import datetime

from services.credit.domain.insured import InsuredEntry, Pause, pause_at
from services.credit.storage import insured
from services.credit.storage.insured import Access
from services.credit.use_cases import insured_refusal
from services.credit.use_cases.guard_draws import is_agency
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.principal import Principal


class ReadInsured:
    """Answers questions about one insured person at a time; there is no list of persons."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def pause(
        self, insured_ref: str, reader: Principal, *, purpose: str, at: datetime | None, known_at: datetime | None
    ) -> tuple[datetime, Pause]:
        """Return the instant asked about and the pause then; raises Forbidden, after noting the attempt."""
        instant = at or self._clock.now()
        entries = await self._read(insured_ref, reader, "settlement-pause", purpose, known_at)
        return instant, pause_at(entries, instant)

    async def ledger(self, insured_ref: str, reader: Principal, *, purpose: str) -> list[InsuredEntry]:
        """Return every entry, counter-entries included; raises Forbidden, after noting the attempt."""
        return await self._read(insured_ref, reader, "ledger", purpose, None)

    async def accesses(self, auditor: Principal, *, after: int, limit: int) -> list[tuple[int, Access]]:
        """Return who read what and why; raises Forbidden for a token bound to somebody."""
        if not is_agency(auditor):
            raise insured_refusal.bound()
        async with self._database.reading() as session:
            return await insured.accesses(session, after=after, limit=limit)

    async def _read(
        self, insured_ref: str, reader: Principal, matter: str, purpose: str, known_at: datetime | None
    ) -> list[InsuredEntry]:
        granted = is_agency(reader)
        async with self._database.transaction() as session:
            noted = Access(self._clock.now(), reader.subject, insured_ref, matter, purpose, granted)
            await insured.note_access(session, noted)
            entries = await insured.of_person(session, insured_ref, known_at=known_at) if granted else []
        if not granted:
            raise insured_refusal.bound()
        return entries
