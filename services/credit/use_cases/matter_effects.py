"""What a granted request and an upheld objection bring about; the caller holds the person and the matter."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.calendar import business_date
from services.credit.domain.ledger import PointsEntry, standing_entries, year_total
from services.credit.domain.matter import MatterKind
from services.credit.domain.measure import Measure, MeasureKind
from services.credit.domain.policy import PolicyBook
from services.credit.domain.procedure_policy import RepairMeasure
from services.credit.domain.repair import in_repair_year, repairable_points, shortened_end
from services.credit.domain.term_change import TermChange, TermChangeKind
from services.credit.events import recorded
from services.credit.storage import measures, points, terms
from services.credit.storage.matters import Matter
from services.credit.telemetry import SPAN_POINTS_COUNTER
from services.credit.telemetry import points as points_counter
from services.credit.use_cases.counter_points import Cause, counter_points
from services.credit.use_cases.procedure_refusal import conflicting
from services.credit.use_cases.restate_measures import restate_measures
from services.credit.use_cases.tie_to_agreement import untie
from services.kit.ids import new_id
from services.kit.outbox import OutgoingEvent, outgoing
from services.kit.telemetry import span

Effect = tuple[list[OutgoingEvent], dict[str, Any]]
"""Events to publish, and what the step keeps of the outcome."""


async def uphold(
    session: AsyncSession,
    matter: Matter,
    ledger: list[PointsEntry],
    violations: Sequence[int],
    book: PolicyBook,
    *,
    now: datetime,
) -> list[OutgoingEvent]:
    """Take back what an upheld objection was about, points or a tie; raises Conflict when nothing of it stands."""
    fallen = [
        entry
        for entry in standing_entries(ledger)
        if entry.sanction_id == matter.sanction_id
        and entry.repairs_entry_id is None
        and (not violations or entry.violation_number in violations)
    ]
    cause = Cause(matter.matter_id, "objection_upheld", matter.traceparent)
    if fallen:
        return await counter_points(session, ledger, fallen, lambda _: cause, book, now=now)
    code = matter.practitioner_code
    if violations or not await untie(
        session, code, matter.sanction_id, cause_id=cause.cause_id, cause_kind=cause.kind, now=now
    ):
        raise conflicting("nothing_to_overturn")
    # Held responsible without a violation of one's own: the tie to the agreement is what the objection was about.
    return [outgoing(fact, now=now) for fact in await restate_measures(session, code, ledger, book, now=now)]


async def grant(
    session: AsyncSession, matter: Matter, ledger: list[PointsEntry], book: PolicyBook, *, now: datetime
) -> Effect:
    """Carry out a granted request; raises Conflict when what it is about no longer stands or a cap is reached."""
    if matter.state.kind is MatterKind.RECOVERY:
        return await _recover(session, matter, ledger, book, now)
    repair = book.version(matter.policy_version).points.repair
    measure = repair.measures[matter.repair_measure or ""]
    if matter.entry_id is not None:
        return await _repair_points(session, matter, ledger, measure, book, now)
    target = await _target(session, matter, scored=True)
    changes = (await terms.of_practitioners(session, [matter.practitioner_code]))[matter.practitioner_code]
    end, days = shortened_end(repair, measure, target, changes, now)
    if days == 0:
        raise conflicting("repair_cap_reached")
    change = _change(matter, TermChangeKind.SHORTENED, end, days, now)
    return await _apply(session, matter, ledger, change, book, now)


async def _recover(
    session: AsyncSession, matter: Matter, ledger: list[PointsEntry], book: PolicyBook, now: datetime
) -> Effect:
    """A suspension ends by itself; a termination ends by a new registration, when every ban is over."""
    target = await _target(session, matter)
    if target.kind is MeasureKind.SUSPENSION:
        return [], {"eligible_from": target.effective_until.isoformat()}
    stated = (await measures.standing(session, [matter.practitioner_code]))[matter.practitioner_code]
    bans = [
        one.measure.effective_until
        for one in stated
        if one.measure.kind is MeasureKind.TERMINATION and one.measure.registered_again_at is None
    ]
    if not bans:
        raise conflicting("measure_not_deciding")
    change = _change(matter, TermChangeKind.REGISTERED, max(now, *bans), 0, now)
    return await _apply(session, matter, ledger, change, book, now)


async def _repair_points(
    session: AsyncSession,
    matter: Matter,
    ledger: list[PointsEntry],
    measure: RepairMeasure,
    book: PolicyBook,
    now: datetime,
) -> Effect:
    entry = next((one for one in standing_entries(ledger) if one.entry_id == matter.entry_id), None)
    if entry is None:
        raise conflicting("entry_unknown")
    if not in_repair_year(entry, business_date(now)):
        raise conflicting("repair_year_over")
    taken = repairable_points(book.version(matter.policy_version).points.repair, measure, entry, ledger)
    if taken == 0:
        raise conflicting("repair_cap_reached")
    repair = replace(
        entry,
        entry_id=new_id(),
        recorded_at=now,
        points=-taken,
        band_cause=measure.code,
        policy_version=matter.policy_version,
        cause_id=matter.matter_id,
        cause_kind="repair",
        repairs_entry_id=entry.entry_id,
        traceparent=matter.traceparent,
    )
    with span(SPAN_POINTS_COUNTER, parent=matter.traceparent, attributes={"cause.id": str(matter.matter_id)}):
        await points.add(session, [repair])
        ledger.append(repair)
        events = [outgoing(recorded(repair, year_total(ledger, repair.year)), now=now)]
        facts = await restate_measures(session, matter.practitioner_code, ledger, book, now=now)
        events += [outgoing(fact, now=now) for fact in facts]
    points_counter.add(taken, {"direction": "repaired"})
    return events, {"points": taken}


async def _target(session: AsyncSession, matter: Matter, *, scored: bool = False) -> Measure:
    stated = (await measures.standing(session, [matter.practitioner_code]))[matter.practitioner_code]
    own = [one.measure for one in stated if one.measure.sanction_id == matter.sanction_id]
    # Points and the agreement's end may each bring one; the term of the latter is not shortened by repair.
    target = next((one for one in own if one.points), None if scored or not own else own[0])
    if target is None:
        raise conflicting("measure_unknown")
    return target


def _change(matter: Matter, kind: TermChangeKind, at: datetime, days: int, now: datetime) -> TermChange:
    return TermChange(
        change_id=new_id(),
        practitioner_code=matter.practitioner_code,
        kind=kind,
        sanction_id=matter.sanction_id,
        at=at,
        days=days,
        recorded_at=now,
        matter_id=matter.matter_id,
        policy_version=matter.policy_version,
    )


async def _apply(
    session: AsyncSession,
    matter: Matter,
    ledger: list[PointsEntry],
    change: TermChange,
    book: PolicyBook,
    now: datetime,
) -> Effect:
    await terms.add(session, change)
    with span(SPAN_POINTS_COUNTER, parent=matter.traceparent, attributes={"cause.id": str(matter.matter_id)}):
        facts = await restate_measures(session, matter.practitioner_code, ledger, book, now=now)
        events = [outgoing(fact, now=now) for fact in facts]
    return events, {"change": change.kind.value, "at": change.at.isoformat(), "days": change.days}
