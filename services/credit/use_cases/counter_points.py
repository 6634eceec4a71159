"""Counter entries of one person's ledger: the points, the repairs on them, the measures, the handling that is void."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.calendar import business_date
from services.credit.domain.ledger import PointsEntry, standing_entries, with_repairs, year_total
from services.credit.domain.matter import CLOSED, StepKind, advance
from services.credit.domain.policy import PolicyBook
from services.credit.events import recorded
from services.credit.storage import matters, points
from services.credit.storage.matters import Step
from services.credit.telemetry import SPAN_POINTS_COUNTER
from services.credit.telemetry import points as points_counter
from services.credit.use_cases.restate_measures import restate_measures
from services.credit.use_cases.tie_to_agreement import untie_groundless
from services.kit.ids import new_id
from services.kit.outbox import OutgoingEvent, outgoing
from services.kit.telemetry import span
from services.kit.workdays import is_working_day

SYSTEM = "credit"
"""Who records the steps that follow by themselves."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What an entry fell by."""

    cause_id: UUID
    kind: str
    """As in ``PointsEntry.cause_kind``."""
    traceparent: str | None


async def counter_points(
    session: AsyncSession,
    ledger: list[PointsEntry],
    fallen: Sequence[PointsEntry],
    cause_of: Callable[[PointsEntry], Cause],
    book: PolicyBook,
    *,
    now: datetime,
) -> list[OutgoingEvent]:
    """Take back entries that stand, each once, and all that rests on them; the caller holds the person.

    ``ledger`` is the person's whole ledger and gets the counter-entries appended. Returns the events to publish.
    """
    falling = with_repairs(ledger, fallen)
    if not falling:
        return []
    code = falling[0].practitioner_code
    counters = [_counter(entry, cause_of(entry), now) for entry in falling]
    last = counters[-1]
    events: list[OutgoingEvent] = []
    with span(SPAN_POINTS_COUNTER, parent=last.traceparent, attributes={"cause.id": str(last.cause_id)}):
        await points.add(session, counters)
        for counter in counters:
            ledger.append(counter)
            events.append(outgoing(recorded(counter, year_total(ledger, counter.year)), now=now))
            points_counter.add(abs(counter.points), {"direction": "taken_back" if counter.points < 0 else "given_back"})
        await untie_groundless(session, code, ledger, counters, now=now)
        facts = await restate_measures(session, code, ledger, book, now=now)
        events.extend(outgoing(fact, now=now) for fact in facts)
    await _lapse(session, code, ledger, counters, book, now)
    return events


def _counter(entry: PointsEntry, cause: Cause, now: datetime) -> PointsEntry:
    return replace(
        entry,
        entry_id=new_id(),
        points=-entry.points,
        recorded_at=now,
        counters_entry_id=entry.entry_id,
        cause_id=cause.cause_id,
        cause_kind=cause.kind,
        traceparent=cause.traceparent,
    )


async def _lapse(
    session: AsyncSession,
    code: str,
    ledger: Sequence[PointsEntry],
    counters: Sequence[PointsEntry],
    book: PolicyBook,
    now: datetime,
) -> None:
    """Close the handling of sanctions under which the person has no points any more."""
    left = {entry.sanction_id for entry in standing_entries(ledger)}
    last = counters[-1]
    cause = Cause(_required(last.cause_id), str(last.cause_kind), last.traceparent)
    for sanction_id in sorted({counter.sanction_id for counter in counters} - left):
        await lapse(session, code, sanction_id, cause, book, now=now)


def _required(cause_id: UUID | None) -> UUID:
    if cause_id is None:
        raise ValueError("a counter-entry names its cause")
    return cause_id


async def lapse(
    session: AsyncSession, code: str, sanction_id: UUID, cause: Cause, book: PolicyBook, *, now: datetime
) -> None:
    """Close the handling of a person under a sanction that has nothing against the person any more."""
    handling = await matters.handling(session, sanction_id, code)
    if handling is None or handling.state.phase in CLOSED:
        return
    on = max(business_date(now), handling.state.last_on)
    terms = book.version(handling.policy_version).points.procedure
    state = advance(handling.state, StepKind.LAPSED, on, terms, is_working_day)
    number = len((await matters.steps(session, [handling.matter_id]))[handling.matter_id]) + 1
    step = Step(
        matter_id=handling.matter_id,
        number=number,
        kind=StepKind.LAPSED,
        on=on,
        due_on=None,
        document_number=None,
        details={"cause_kind": cause.kind, "cause_id": str(cause.cause_id)},
        recorded_at=now,
        recorded_by=SYSTEM,
    )
    await matters.advance(session, handling.matter_id, state, step)
