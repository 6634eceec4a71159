"""Every span name and instrument of intake."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from opentelemetry import trace

from services.kit.telemetry import counter, current_traceparent, gauge, histogram, tracer
from services.kit.telemetry.measures import frequent_counter
from services.kit.telemetry.traces import recording

ACCEPT_SPAN = "intake.settlement.accept"
"""One posted settlement, from its draft to the end of its transaction.

Attributes ``settlement.ref``, ``settlement.id``, ``institution.code``, ``settlement.outcome``.
"""
STORE_SPAN = "intake.settlement.store"
"""The transaction that stores a chunk of settlements; attribute ``settlement.count``."""
STOCK_SPAN = "intake.stock.store"
"""The transaction that stores a chunk of stock movements; attribute ``movement.count``."""
LIST_SPAN = "intake.settlement_list.store"
"""The transaction that stores a chunk of settlement lists; attribute ``list.count``."""
REVERSE_SPAN = "intake.settlement.reverse"
"""A reversal; attributes as those of an acceptance."""

FSI_SPAN = "intake.fsi.transaction"
"""One message of the national interface; attributes ``fsi.infno``, ``institution.code``."""
ASSEMBLE_SPAN = "intake.visit.assemble"
"""The making of a settlement from the parts of a visit, in the trace of the settlement's own message."""

IMPORT_SPAN = "intake.import.run"
"""One run of an import, in the trace of the request that sent the file; attribute ``import.kind``."""

SETTLEMENTS = counter("intake.settlements", "1", "Settlements posted, by outcome: created, same, conflict, rejected.")
LINES = counter("intake.lines", "1", "Fee lines of the settlements that were created.")
REVERSALS = counter("intake.reversals", "1", "Settlements reversed.")
ACCEPT_DURATION = histogram(
    "intake.settlement.accept.duration", "s", "Time to examine and store one chunk of settlements."
)
MOVEMENTS = counter(
    "intake.stock.movements", "1", "Stock movements posted, by outcome: created, same, conflict, rejected."
)
LISTS = counter(
    "intake.settlement_lists", "1", "Settlement lists posted, by outcome: created, same, conflict, rejected."
)
GROUPED = histogram(
    "intake.settlements.grouped",
    "1",
    "Settlements that came one by one and shared a transaction.",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
)
FSI_GROUPED = histogram(
    "intake.fsi.grouped",
    "1",
    "Messages of the national interface about visits that shared a transaction.",
    buckets=(1, 2, 4, 8, 16, 32, 64),
)
REGISTRY_CHANGES = counter("intake.registry.changes", "1", "Registry entries that changed, by kind.")
OUTCOMES = counter("intake.outcomes", "1", "Outcomes of screening that intake has taken note of, by verdict.")

IMPORTS = counter("intake.imports", "1", "Imports that came to an end, by kind and outcome: done, failed, cancelled.")

FSI_MESSAGES = frequent_counter(
    "intake.fsi.messages", "1", "Messages of the national interface, by infno and infcode class."
)
QUARANTINE = counter("intake.quarantine", "1", "Refusals for the quarantine, by outcome: kept, again, full.")
QUARANTINED = gauge("intake.quarantine.open", "1", "Entries that wait in the quarantine.")
QUARANTINED_BYTES = gauge("intake.quarantine.open.size", "By", "Bytes of the bodies that wait in the quarantine.")
UNRECONCILED = gauge("intake.reconciliations.open", "1", "Days of institutions with differences that are still open.")
MISSING_NUMBERS = gauge("intake.sequence.missing", "1", "Numbers of messages that are missing, of the day before.")
SILENT = gauge("intake.institutions.silent", "1", "Institutions that usually send at this time and do not.")
STATEMENTS = counter("intake.statements", "1", "Statements of institutions, by outcome: matched, open, explained.")
VISITS = counter("intake.visits", "1", "Visits whose waiting came to an end, by outcome: complete, expired.")


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


def count_movements(outcomes: Sequence[str]) -> None:
    """Count a chunk of posted stock movements by what became of them."""
    for outcome, number in Counter(outcomes).items():
        MOVEMENTS.add(number, {"service": "intake", "outcome": outcome})


def count_lists(outcomes: Sequence[str]) -> None:
    """Count a chunk of posted settlement lists by what became of them."""
    for outcome, number in Counter(outcomes).items():
        LISTS.add(number, {"service": "intake", "outcome": outcome})


def count_settlements(outcomes: Sequence[str], *, lines: int) -> None:
    """Count a chunk of posted settlements by what became of them, and the lines of those that were created."""
    for outcome, number in Counter(outcomes).items():
        SETTLEMENTS.add(number, {"service": "intake", "outcome": outcome})
    if lines:
        LINES.add(lines, {"service": "intake"})


def count_quarantined(*, kept: int, again: int, full: int) -> None:
    """Count refusals: kept, kept already, or not kept because the institution's share is full."""
    for outcome, number in (("kept", kept), ("again", again), ("full", full)):
        if number:
            QUARANTINE.add(number, {"service": "intake", "outcome": outcome})


def count_message(infno: str, *, refused: bool) -> None:
    """Count one message of the national interface; a number that is none of ours must be given as ``unknown``."""
    infcode = "refused" if refused else "success"
    FSI_MESSAGES.add(1, (("service", "intake"), ("infno", infno), ("infcode", infcode)), exemplar=recording())
