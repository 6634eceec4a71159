"""Every span name and instrument of intake."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from opentelemetry import trace

from services.kit.telemetry import counter, current_traceparent, histogram, tracer
from services.kit.telemetry.traces import recording

ACCEPT_SPAN = "intake.settlement.accept"
"""One posted settlement, from its draft to the end of its transaction.

Attributes ``settlement.ref``, ``settlement.id``, ``institution.code``, ``settlement.outcome``.
"""
STORE_SPAN = "intake.settlement.store"
"""The transaction that stores a chunk of settlements; attribute ``settlement.count``."""
REVERSE_SPAN = "intake.settlement.reverse"
"""A reversal; attributes as those of an acceptance."""

SETTLEMENTS = counter("intake.settlements", "1", "Settlements posted, by outcome: created, same, conflict, rejected.")
LINES = counter("intake.lines", "1", "Fee lines of the settlements that were created.")
REVERSALS = counter("intake.reversals", "1", "Settlements reversed.")
ACCEPT_DURATION = histogram(
    "intake.settlement.accept.duration", "s", "Time to examine and store one chunk of settlements."
)
REGISTRY_CHANGES = counter("intake.registry.changes", "1", "Registry entries that changed, by kind.")
OUTCOMES = counter("intake.outcomes", "1", "Outcomes of screening that intake has taken note of, by verdict.")


@dataclass(frozen=True, slots=True)
class AcceptSpan:
    """The open span of one settlement; its facts carry its traceparent."""

    span: trace.Span
    traceparent: str | None

    def end(self, outcome: str | None) -> None:
        """Close the span with what became of the settlement; None when its transaction failed."""
        if outcome is None:
            self.span.set_status(trace.StatusCode.ERROR)
        else:
            self.span.set_attribute("settlement.outcome", outcome)
        self.span.end()


def open_accept_span(settlement_ref: UUID, settlement_id: str, institution_code: str) -> AcceptSpan | None:
    """Open the span of one settlement below the current one; None, at no cost, while nothing is exported."""
    if not recording():
        return None
    opened = tracer().start_span(
        ACCEPT_SPAN,
        attributes={
            "settlement.ref": str(settlement_ref),
            "settlement.id": settlement_id,
            "institution.code": institution_code,
        },
    )
    with trace.use_span(opened):
        return AcceptSpan(opened, current_traceparent())


def count_settlements(outcomes: Sequence[str], *, lines: int) -> None:
    """Count a chunk of posted settlements by what became of them, and the lines of those that were created."""
    for outcome, number in Counter(outcomes).items():
        SETTLEMENTS.add(number, {"service": "intake", "outcome": outcome})
    if lines:
        LINES.add(lines, {"service": "intake"})
