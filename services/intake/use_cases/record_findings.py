"""Record where findings of screening stand, so that whoever sent a settlement can be told."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from services.contracts import Fact
from services.contracts.screening import (
    FindingConfirmed,
    FindingDismissed,
    FindingOverturned,
    FindingRaised,
    FindingWithdrawn,
)
from services.intake.storage import findings
from services.intake.storage.findings import FindingState
from services.kit.db import Database
from services.kit.inbox import Event, claim

F = TypeVar("F", bound=Fact)


class RecordFindings:
    """Keeps the newest state of each finding; one method a fact."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def raised(self, stated: Sequence[Event[FindingRaised]]) -> None:
        """Take note of findings."""
        await self._save(
            stated,
            lambda one: FindingState(
                one.finding_id, one.settlement_ref, "raised", one.amount_at_issue_fen, one.raised_at
            ),
        )

    async def confirmed(self, stated: Sequence[Event[FindingConfirmed]]) -> None:
        """Take note of findings that a reviewer upheld."""
        await self._save(
            stated,
            lambda one: FindingState(one.finding_id, one.settlement_ref, "confirmed", one.amount_fen, one.confirmed_at),
        )

    async def dismissed(self, stated: Sequence[Event[FindingDismissed]]) -> None:
        """Take note of findings that a reviewer did not uphold."""
        await self._save(
            stated,
            lambda one: FindingState(one.finding_id, one.settlement_ref, "dismissed", None, one.dismissed_at),
        )

    async def withdrawn(self, stated: Sequence[Event[FindingWithdrawn]]) -> None:
        """Take note of findings whose ground is gone."""
        await self._save(
            stated,
            lambda one: FindingState(one.finding_id, one.settlement_ref, "withdrawn", None, one.withdrawn_at),
        )

    async def overturned(self, stated: Sequence[Event[FindingOverturned]]) -> None:
        """Take note of findings that were set aside."""
        await self._save(
            stated,
            lambda one: FindingState(
                one.finding_id, one.settlement_ref, "overturned", one.amount_fen, one.overturned_at
            ),
        )

    async def _save(self, stated: Sequence[Event[F]], read: Callable[[F], FindingState]) -> None:
        async with self._database.transaction() as session:
            newest: dict[object, FindingState] = {}
            for event in await claim(session, stated):
                state = read(event.data)
                known = newest.get(state.finding_id)
                if known is None or known.changed_at <= state.changed_at:
                    newest[state.finding_id] = state
            await findings.save(session, list(newest.values()))
