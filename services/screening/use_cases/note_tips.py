"""Note which institutions an accepted tip draws attention to, and when that ends."""

from collections.abc import Sequence

from services.contracts.tips import TipAccepted, TipClosed
from services.kit import inbox
from services.kit.db import Database
from services.kit.inbox import Event
from services.screening.storage import tips


class NoteTips:
    """Marks institutions as under attention, so that their findings can be listed first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, events: Sequence[Event[TipAccepted]]) -> None:
        """Handle a run of accepted tips in one transaction."""
        async with self._database.transaction() as session:
            for event in await inbox.claim(session, events):
                await tips.note(session, event.data.tip_id, event.data.institution_code, event.data.accepted_at)

    async def closed(self, events: Sequence[Event[TipClosed]]) -> None:
        """Handle a run of closed tips in one transaction, in whatever order they came with their acceptance."""
        async with self._database.transaction() as session:
            for event in await inbox.claim(session, events):
                await tips.end(session, event.data.tip_id, event.data.closed_at)
