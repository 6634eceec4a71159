"""Reverse a settlement (退费): once stated, however often it is asked."""

from services.intake import events, telemetry
from services.intake.storage import settlements
from services.intake.storage.settlements import Key, StoredSettlement
from services.intake.use_cases.read_settlements import settlement_unknown
from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.outbox import outgoing
from services.kit.telemetry import current_traceparent, span


class ReverseSettlement:
    """Takes a settlement back whole."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, key: Key) -> StoredSettlement:
        """Return the settlement as it now stands; raises NotFound (``settlement_unknown``)."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            changed = await settlements.reverse(session, key, now=now)
            stored = await settlements.get(session, key)
            if stored is None:
                raise settlement_unknown()
            if changed:
                attributes = {
                    "settlement.ref": str(stored.settlement_ref),
                    "settlement.id": stored.settlement_id,
                    "institution.code": stored.institution_code,
                }
                # In the settlement's own trace, so that one trace holds all that became of it.
                with span(telemetry.REVERSE_SPAN, parent=stored.traceparent, attributes=attributes):
                    fact = events.settlement_reversed(
                        settlement_ref=stored.settlement_ref,
                        settlement_id=stored.settlement_id,
                        institution_code=stored.institution_code,
                        insured_ref=stored.insured_ref,
                        now=now,
                    )
                    event = outgoing(fact, now=now, traceparent=current_traceparent() or stored.traceparent)
                await outbox.add(session, [event])
        if changed:
            telemetry.REVERSALS.add(1, {"service": "intake"})
        return stored
