"""Count screened settlements by institution and month: the volume that violations are seen relative to."""

from collections import Counter
from collections.abc import Sequence

from services.contracts.screening import SettlementScreened
from services.credit.domain.calendar import business_date
from services.credit.storage import rating_evidence
from services.kit import inbox
from services.kit.db import Database
from services.kit.inbox import Event


class CountSettlements:
    """Adds a run of settlements in one statement for all institutions and months it holds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, events: Sequence[Event[SettlementScreened]]) -> None:
        """Handle a run of screenings in one transaction."""
        async with self._database.transaction() as session:
            claimed = await inbox.claim(session, events)
            counts = Counter(
                (event.data.institution_code, business_date(event.data.screened_at).replace(day=1)) for event in claimed
            )
            await rating_evidence.count_settlements(
                session, [(code, month, number) for (code, month), number in counts.items()]
            )
