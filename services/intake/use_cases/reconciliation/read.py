"""Read reconciliations: how days stand, every version of the statements, and what differs."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.intake.domain.jurisdiction import region_prefix
from services.intake.domain.quarantine import Viewer
from services.intake.domain.reconciliation import Amounts
from services.intake.storage import reconciliation
from services.intake.storage.reconciliation import StoredDifference, StoredReconciliation, StoredStatement
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import NotFound
from services.kit.ids import new_id

MOST_SHOWN = 1_000
"""Differences of one answer; the numbers beside them are of all."""


class Detail(NamedTuple):
    """A reconciliation with what belongs to it."""

    stored: StoredReconciliation
    statements: Sequence[StoredStatement]
    differences: Sequence[StoredDifference]
    counts: dict[tuple[str, str], int]
    """Number of differences by kind and state."""


class ReadReconciliations:
    """Reads for one viewer, whose own institution or region it must be."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def page(
        self,
        viewer: Viewer,
        *,
        institution_code: str | None,
        states: Collection[str],
        first_day: date | None,
        last_day: date | None,
        after: UUID | None,
        limit: int,
    ) -> list[StoredReconciliation]:
        """Return reconciliations in the order in which they were first stated."""
        of_region = viewer.region if viewer.institution is None else None
        async with self._database.reading() as session:
            return await reconciliation.page(
                session,
                institution_code=viewer.institution or institution_code,
                region_prefix=None if of_region is None else region_prefix(of_region),
                states=states,
                first_day=first_day,
                last_day=last_day,
                after=after,
                limit=limit,
            )

    async def one(
        self, reconciliation_id: UUID, viewer: Viewer, *, states: Collection[str] = ("open", "explained", "solved")
    ) -> Detail:
        """Return one with its differences of these states; raises NotFound."""
        async with self._database.reading() as session:
            stored = await reconciliation.find(session, reconciliation_id)
            if stored is None or not viewer.may_see(institution_code=stored.institution_code, region=stored.region):
                raise NotFound("reconciliation_unknown", zh="对账记录不存在。", en="There is no such reconciliation.")
            return Detail(
                stored,
                await reconciliation.statements(session, reconciliation_id),
                await reconciliation.differences(session, reconciliation_id, states=states, limit=MOST_SHOWN),
                await reconciliation.counts(session, reconciliation_id),
            )

    async def keep_file(self, institution_code: str, settlements: dict[str, Amounts]) -> str:
        """Keep details that a 3202 will refer to; return their number (``file_qury_no``)."""
        number = new_id().hex[:30]
        async with self._database.transaction() as session:
            await reconciliation.keep_file(
                session,
                number,
                institution_code,
                [[one, *amounts] for one, amounts in settlements.items()],
                now=self._clock.now(),
            )
        return number

    async def file(self, institution_code: str, number: str) -> dict[str, Amounts] | None:
        """Return details that were uploaded under a number; None where there are none."""
        async with self._database.reading() as session:
            found = await reconciliation.read_file(session, number, institution_code)
        return None if found is None else {row[0]: Amounts(*row[1:]) for row in found}
