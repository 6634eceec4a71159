"""Read signals and indicators; an institution sees its own."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from services.kit.db import Database
from services.kit.principal import Principal
from services.screening.storage import signals
from services.screening.storage.signals import StoredSignal


class ReadSignals:
    """Answers questions about what stands out over months."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, reader: Principal, *, institution: str | None, kind: str | None, before: UUID | None, limit: int
    ) -> list[StoredSignal]:
        """Return signals, newest first; raises Forbidden when another institution's are asked for."""
        if institution is not None:
            reader.must_be_institution(institution)
        async with self._database.reading() as session:
            return await signals.page(
                session, institution=institution or reader.institution, kind=kind, before=before, limit=limit
            )

    async def indicators(self, reader: Principal, institution: str, month: date) -> dict[str, Mapping[str, Any]]:
        """Return an institution's indicators among its peers; raises Forbidden for another's."""
        reader.must_be_institution(institution)
        async with self._database.reading() as session:
            return await signals.standings_of(session, institution, month)
