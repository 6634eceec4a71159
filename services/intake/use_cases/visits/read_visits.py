"""Read visits and what they wait for; never what stands in their parts."""

from collections.abc import Collection
from uuid import UUID

from services.intake.storage import visits
from services.intake.storage.visits import StoredVisit
from services.kit.db import Database


class ReadVisits:
    """Reads visits."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(
        self, *, institution_code: str | None, states: Collection[str], after: UUID | None, limit: int
    ) -> list[StoredVisit]:
        """Return visits in the order in which they were opened."""
        async with self._database.reading() as session:
            return await visits.page(
                session, institution_code=institution_code, states=states, after=after, limit=limit
            )
