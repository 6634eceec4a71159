"""Reverse settlements: findings lose their ground, lines and codes are given back, once each."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.contracts.intake import SettlementReversed
from services.kit import inbox, outbox
from services.kit.clock import Clock
from services.kit.db import Database, driver
from services.kit.inbox import Event
from services.kit.outbox import OutgoingEvent, outgoing
from services.kit.telemetry import current_traceparent, span
from services.screening import telemetry
from services.screening.domain.review import RaisedFinding, Status, withdraw
from services.screening.events import withdrawn
from services.screening.storage import findings, history, settlements, traceability
from services.screening.storage.findings import Life
from services.screening.storage.settlements import Reversal

_BY = "system"


class ReverseSettlements:
    """Takes back what followed from settlements that were reversed.

    A reversal may come before its settlement: its row then keeps the settlement from being screened at all.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, events: Sequence[Event[SettlementReversed]]) -> None:
        """Handle a run of reversals in one transaction."""
        now = self._clock.now()
        fallen: list[RaisedFinding] = []
        async with self._database.transaction() as session:
            claimed = await inbox.claim(session, events)
            if not claimed:
                return
            marked = await settlements.reverse(session, [_reversal(event) for event in claimed])
            screened = {event.data.settlement_ref: event for event in claimed if marked.get(event.data.settlement_ref)}
            if screened:
                for finding in await findings.lock_of_settlements(session, list(screened)):
                    review = withdraw(finding.review, now)
                    if review is not finding.review:
                        fallen.append(replace(finding, review=review))
                connection = await driver(session)
                await history.forget(connection, [(event.data.insured_ref, ref) for ref, event in screened.items()])
                await traceability.give_back(connection, list(screened), now)
                await findings.save_reviews(session, fallen)
                await findings.add_life(
                    session, [(one.id, Life(Status.WITHDRAWN, now, _BY, None, None)) for one in fallen]
                )
                causes = {ref: event.traceparent for ref, event in screened.items()}
                await outbox.add(session, [_statement(one, causes[one.settlement_ref], now) for one in fallen])
        telemetry.withdrawals.add(len(fallen))


def _reversal(event: Event[SettlementReversed]) -> Reversal:
    fact = event.data
    return Reversal(
        fact.settlement_ref,
        fact.settlement_id,
        fact.institution_code,
        fact.insured_ref,
        event.traceparent,
        fact.reversed_at,
    )


def _statement(finding: RaisedFinding, cause: str | None, now: datetime) -> OutgoingEvent:
    """State that a finding is withdrawn, in the trace of its settlement; the reversal's trace is linked."""
    with span(
        telemetry.SPAN_REVERSAL,
        parent=finding.traceparent,
        links=[cause] if cause else [],
        attributes={"settlement.ref": str(finding.settlement_ref), "finding.id": str(finding.id)},
    ):
        return outgoing(withdrawn(finding, now), now=now, traceparent=current_traceparent())
