"""Keep a copy of the registry with its history, so that a check can ask what held on a day of service.

Of insured persons see `keep_persons`: their death changes what was concluded.
"""

from collections.abc import Sequence

import msgspec

from services.contracts.intake import DepartmentChanged, InstitutionChanged, PractitionerChanged
from services.kit import inbox
from services.kit.db import Database
from services.kit.inbox import Event
from services.screening.storage import registry
from services.screening.storage.registry import Kind, Stated

RegistryFact = InstitutionChanged | PractitionerChanged | DepartmentChanged

_KINDS: dict[type, Kind] = {
    InstitutionChanged: "institution",
    PractitionerChanged: "practitioner",
    DepartmentChanged: "department",
}
_encode = msgspec.json.Encoder().encode


class KeepRegistry:
    """Keeps the newest fact of each object; late news does not replace newer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, events: Sequence[Event[RegistryFact]]) -> None:
        """Keep what a run of facts states."""
        async with self._database.transaction() as session:
            stated = [
                Stated(_KINDS[type(event.data)], event.data.key, event.time, _encode(event.data).decode())
                for event in await inbox.claim(session, events)
            ]
            await registry.keep(session, stated)
