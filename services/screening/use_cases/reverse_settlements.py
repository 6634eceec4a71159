"""Reverse settlements: findings lose their ground, lines and codes are given back, once each."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.intake import SettlementAccepted, SettlementReversed
from services.kit import inbox, outbox
from services.kit.clock import Clock
from services.kit.db import Database, driver
from services.kit.inbox import Event
from services.kit.outbox import OutgoingEvent, outgoing
from services.kit.telemetry import current_traceparent, span
from services.screening import telemetry
from services.screening.domain.affected import affected
from services.screening.domain.history import needs
from services.screening.domain.plan import Plan
from services.screening.domain.review import RaisedFinding, Status, withdraw
from services.screening.events import withdrawn
from services.screening.storage import claims, findings, history, settlements, traceability
from services.screening.storage.findings import Life
from services.screening.storage.settlements import Reversal
from services.screening.storage.traceability import Sold
from services.screening.use_cases.current_plan import CurrentPlan
from services.screening.use_cases.look_again import Changes, look_again

_BY = "system"


class ReverseSettlements:
    """Takes back what followed from settlements that were reversed.

    A reversal may come before its settlement: its row then keeps the settlement from being screened at all.
    """

    def __init__(self, database: Database, clock: Clock, current_plan: CurrentPlan) -> None:
        self._database = database
        self._clock = clock
        self._current_plan = current_plan

    async def __call__(self, events: Sequence[Event[SettlementReversed]]) -> None:
        """Handle a run of reversals in one transaction."""
        now = self._clock.now()
        fallen: list[RaisedFinding] = []
        changes = Changes()
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
                plan = await self._current_plan(session)
                gone = await claims.of_settlements(connection, list(screened))
                resting = await _resting_on(connection, plan, gone)
                await history.forget(connection, [(event.data.insured_ref, ref) for ref, event in screened.items()])
                await traceability.give_back(connection, _sold(gone), now)
                await findings.save_reviews(session, fallen)
                await findings.add_life(
                    session, [(one.id, Life(Status.WITHDRAWN, now, _BY, None, None)) for one in fallen]
                )
                causes = {ref: event.traceparent for ref, event in screened.items()}
                await outbox.add(session, [_statement(one, causes[one.settlement_ref], now) for one in fallen])
                changes = await look_again(session, plan, resting, now=now, cause=claimed[0].traceparent)
        changes.count()
        telemetry.withdrawals.add(len(fallen))


async def _resting_on(connection: asyncpg.Connection, plan: Plan, gone: Sequence[SettlementAccepted]) -> set[UUID]:
    """Return other settlements whose findings may rest on these."""
    asked = needs(plan, gone)
    sales = await traceability.read(connection, asked.traceability_codes)
    past = await history.read(connection, asked, sales=sales)
    moved = {ref for claim in gone for ref in affected(plan, claim, past)}
    return moved - {claim.settlement_ref for claim in gone}


def _sold(gone: Sequence[SettlementAccepted]) -> list[Sold]:
    return [
        Sold(code, claim.settlement_ref, line.number)
        for claim in gone
        for line in claim.lines
        for code in line.traceability_codes
    ]


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
