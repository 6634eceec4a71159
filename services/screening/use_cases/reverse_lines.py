"""Reverse parts of settlements: lines count with what is left, findings fall when all their lines are gone."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from services.contracts.intake import SettlementPartlyReversed
from services.kit import inbox, outbox
from services.kit.clock import Clock
from services.kit.db import Database, driver
from services.kit.inbox import Event
from services.kit.outbox import outgoing
from services.kit.telemetry import current_traceparent, span
from services.screening import telemetry
from services.screening.domain.review import Status, withdraw
from services.screening.events import withdrawn
from services.screening.storage import findings, returned_lines
from services.screening.storage.findings import Life
from services.screening.storage.returned_lines import ReturnedLine

_BY = "system"


class ReverseLines:
    """Takes back what followed from lines that were returned wholly.

    A finding that rests on a line of which something is left goes on to stand: how much of it is still at issue is for
    a person to say.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, events: Sequence[Event[SettlementPartlyReversed]]) -> None:
        """Handle a run of partial reversals in one transaction."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            claimed = await inbox.claim(session, events)
            if not claimed:
                return
            # The newest word on each line counts; facts of one settlement come in order.
            newest: dict[tuple[UUID, int], ReturnedLine] = {}
            gone: dict[UUID, set[int]] = {}
            for event in claimed:
                gone[event.data.settlement_ref] = set(event.data.returned_lines)
                for line in event.data.lines:
                    returned = ReturnedLine(
                        event.data.insured_ref,
                        event.data.settlement_ref,
                        line.number,
                        line.remaining_quantity_e4,
                        line.remaining_amount_fen,
                    )
                    newest[returned.settlement_ref, returned.line_number] = returned
            connection = await driver(session)
            await returned_lines.take_back(connection, list(newest.values()), now)
            fallen = []
            for finding in await findings.lock_of_settlements(session, list(gone)):
                if set(finding.line_numbers) <= gone[finding.settlement_ref]:
                    review = withdraw(finding.review, now)
                    if review is not finding.review:
                        fallen.append(replace(finding, review=review))
            await findings.save_reviews(session, fallen)
            await findings.add_life(session, [(one.id, Life(Status.WITHDRAWN, now, _BY, None, None)) for one in fallen])
            causes = {event.data.settlement_ref: event.traceparent for event in claimed}
            statements = []
            for one in fallen:
                cause = causes[one.settlement_ref]
                with span(
                    telemetry.SPAN_REVERSAL,
                    parent=one.traceparent,
                    links=[cause] if cause else [],
                    attributes={"settlement.ref": str(one.settlement_ref), "finding.id": str(one.id)},
                ):
                    statements.append(outgoing(withdrawn(one, now), now=now, traceparent=current_traceparent()))
            await outbox.add(session, statements)
        telemetry.withdrawals.add(len(fallen))
