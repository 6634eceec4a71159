"""Record from when until when a practitioner's services are not paid for, as credit states it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from services.contracts.credit import PractitionerReinstated, PractitionerSuspended, PractitionerTerminated
from services.kit import inbox
from services.kit.db import Database
from services.kit.inbox import Event
from services.screening.storage import ineligibilities
from services.screening.storage.ineligibilities import Imposed, Lifted

_OPEN = datetime(9999, 1, 1, tzinfo=UTC)
"""End of what does not end by itself."""


class RecordIneligibility:
    """Keeps suspensions, terminations and their early ends, in whatever order they arrive."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def suspended(self, events: Sequence[Event[PractitionerSuspended]]) -> None:
        """Record suspensions (暂停)."""
        async with self._database.transaction() as session:
            facts = [event.data for event in await inbox.claim(session, events)]
            await ineligibilities.impose(
                session,
                [
                    Imposed(one.measure_id, one.practitioner_code, one.effective_from, one.effective_until)
                    for one in facts
                ],
            )

    async def terminated(self, events: Sequence[Event[PractitionerTerminated]]) -> None:
        """Record terminations (终止).

        They bar payment until the person has registered again, which credit states as a reinstatement: the ban's end
        alone brings nobody back (医保办发〔2024〕34号 Art. 39).
        """
        async with self._database.transaction() as session:
            facts = [event.data for event in await inbox.claim(session, events)]
            await ineligibilities.impose(
                session,
                [Imposed(one.measure_id, one.practitioner_code, one.effective_from, _OPEN) for one in facts],
            )

    async def reinstated(self, events: Sequence[Event[PractitionerReinstated]]) -> None:
        """Record that measures end before their time."""
        async with self._database.transaction() as session:
            facts = [event.data for event in await inbox.claim(session, events)]
            await ineligibilities.lift(
                session, [Lifted(one.measure_id, one.practitioner_code, one.effective_from) for one in facts]
            )
