"""Read what was taken, and what became of it since."""

from uuid import UUID

from services.intake.storage import settlements
from services.intake.storage.settlements import Key, StoredSettlement
from services.kit.db import Database
from services.kit.errors import NotFound


def settlement_unknown() -> NotFound:
    """Return the error for a settlement that was never taken."""
    return NotFound(
        "settlement_unknown",
        zh="没有该结算。",
        en="There is no such settlement.",
    )


class ReadSettlements:
    """Reads settlements with their outcome, never their lines."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def one(self, key: Key) -> StoredSettlement:
        """Return one settlement; raises NotFound (``settlement_unknown``)."""
        async with self._database.reading() as session:
            stored = await settlements.get(session, key)
        if stored is None:
            raise settlement_unknown()
        return stored

    async def of_institution(self, institution_code: str, *, after: str | None, limit: int) -> list[StoredSettlement]:
        """Return settlements of an institution in the order of its ids, after an id."""
        async with self._database.reading() as session:
            return await settlements.page_of_institution(session, institution_code, after=after, limit=limit)

    async def of_all(self, *, after: UUID | None, limit: int) -> list[StoredSettlement]:
        """Return settlements in the order in which they were accepted, after a ref."""
        async with self._database.reading() as session:
            return await settlements.page_of_all(session, after=after, limit=limit)
