"""Follow the registry, so that reporters can pick an institution and tips know their region."""

from collections.abc import Sequence

from services.contracts.intake import InstitutionChanged
from services.kit import inbox
from services.kit.db import Database
from services.kit.inbox import Event
from services.tips.storage import institutions
from services.tips.storage.institutions import Institution


class FollowInstitutions:
    """Keeps the newest entry of every institution."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, events: Sequence[Event[InstitutionChanged]]) -> None:
        """Store the entries of events not seen before."""
        async with self._database.transaction() as session:
            fresh = await inbox.claim(session, events)
            for event in sorted(fresh, key=lambda event: (event.data.institution_code, event.time)):
                data = event.data
                entry = Institution(
                    code=data.institution_code,
                    kind=data.kind,
                    level=data.level,
                    region=data.region,
                    name=data.name,
                    active=data.active,
                    changed_at=event.time,
                )
                await institutions.store_institution(session, entry)


class FindInstitutions:
    """Searches institutions for a reporter; what was searched for is kept nowhere."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, fragment: str, region: str | None) -> tuple[list[Institution], bool]:
        """Return up to twenty institutions, and whether there are more."""
        async with self._database.reading() as session:
            found = await institutions.search(session, fragment, region)
        return found[: institutions.MOST_FOUND], len(found) > institutions.MOST_FOUND
