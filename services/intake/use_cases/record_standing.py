"""Record measures of credit against practitioners, and their end."""

from collections.abc import Sequence

from services.contracts.credit import PractitionerReinstated, PractitionerSuspended, PractitionerTerminated
from services.intake.domain.registry import Measure
from services.intake.storage import practitioners
from services.kit.db import Database
from services.kit.inbox import Event, claim


class RecordStanding:
    """Keeps measures as credit states them; the standing at an instant follows from them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def suspended(self, stated: Sequence[Event[PractitionerSuspended]]) -> None:
        """Take note of suspensions."""
        async with self._database.transaction() as session:
            fresh = [event.data for event in await claim(session, stated)]
            measures = {
                fact.measure_id: Measure(
                    fact.measure_id, fact.practitioner_code, "suspended", fact.effective_from, fact.effective_until
                )
                for fact in fresh
            }
            await practitioners.add_measures(session, list(measures.values()))

    async def terminated(self, stated: Sequence[Event[PractitionerTerminated]]) -> None:
        """Take note of terminations."""
        async with self._database.transaction() as session:
            fresh = [event.data for event in await claim(session, stated)]
            measures = {
                fact.measure_id: Measure(
                    fact.measure_id,
                    fact.practitioner_code,
                    "terminated",
                    fact.effective_from,
                    fact.no_registration_until,
                )
                for fact in fresh
            }
            await practitioners.add_measures(session, list(measures.values()))

    async def reinstated(self, stated: Sequence[Event[PractitionerReinstated]]) -> None:
        """Take note of the end of measures; they come after their measure, for both have one key."""
        async with self._database.transaction() as session:
            fresh = [event.data for event in await claim(session, stated)]
            await practitioners.end_measures(session, {fact.measure_id: fact.effective_from for fact in fresh})
