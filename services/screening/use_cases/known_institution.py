"""Whether an institution is registered, by the copy of the registry."""

from services.kit.db import Database
from services.screening.storage import registry


class KnownInstitution:
    """Looks institutions up."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, code: str) -> bool:
        """Tell whether intake ever stated this institution."""
        async with self._database.reading() as session:
            return bool(await registry.entries_of(session, "institution", [code]))
