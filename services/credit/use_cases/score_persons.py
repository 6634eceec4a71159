"""Score the persons of a sanction: their points, the measures that follow, and the handling each is owed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.ledger import PointsEntry, year_total
from services.credit.domain.matter import MatterKind
from services.credit.domain.policy import Policy, PolicyBook
from services.credit.domain.sanction import ResponsiblePerson, Sanction, violation_points
from services.credit.events import recorded
from services.credit.storage import points
from services.credit.storage.findings import ConfirmedFinding
from services.credit.telemetry import SPAN_POINTS_RECORD
from services.credit.use_cases.open_matters import Opening, open_matter
from services.credit.use_cases.restate_measures import restate_measures
from services.credit.use_cases.tie_to_agreement import tie_to_agreement
from services.kit.ids import new_id
from services.kit.outbox import OutgoingEvent, outgoing
from services.kit.telemetry import current_traceparent, span


@dataclass(frozen=True, slots=True)
class Scoring:
    """What one scoring rests on."""

    sanction: Sanction
    """With exactly the persons to be scored."""
    policy: Policy
    """In force on the day of the sanction's decision."""
    held: Mapping[UUID, ConfirmedFinding]
    """Its findings, kept from falling until the commit."""
    opened_on: date
    """Day from which the handling's terms run."""
    now: datetime
    by: str
    """Subject of the officer's token."""


async def score_persons(
    session: AsyncSession, scoring: Scoring, book: PolicyBook
) -> tuple[list[PointsEntry], list[OutgoingEvent]]:
    """Write the points of every person, ties to an agreement's end, and what follows.

    The caller holds the persons and has refused what is wrong.
    """
    sanction, now = scoring.sanction, scoring.now
    ledgers = await points.of_practitioners(session, {person.practitioner_code for person in sanction.persons})
    request = current_traceparent()
    entries: list[PointsEntry] = []
    events: list[OutgoingEvent] = []
    for person in sanction.persons:
        code = person.practitioner_code
        ledger = ledgers[code]
        origin = _origin(person, scoring.held)
        # The finding's trace is the parent, so that one trace leads from the settlement to its points.
        with span(
            SPAN_POINTS_RECORD,
            parent=origin,
            links=[request] if request and origin else [],
            attributes={"sanction.id": str(sanction.sanction_id)},
        ):
            added = _entries(sanction, person, scoring.policy, now)
            await points.add(session, added)
            for entry in added:
                ledger.append(entry)
                events.append(outgoing(recorded(entry, year_total(ledger, entry.year)), now=now))
            await tie_to_agreement(session, sanction, code, scoring.policy, now=now)
            facts = await restate_measures(session, code, ledger, book, now=now)
            events.extend(outgoing(fact, now=now) for fact in facts)
            opening = Opening(
                kind=MatterKind.HANDLING,
                practitioner_code=code,
                institution_code=sanction.institution_code,
                sanction_id=sanction.sanction_id,
                on=scoring.opened_on,
            )
            await open_matter(session, opening, scoring.policy, now=now, by=scoring.by)
        entries.extend(added)
    return entries, events


def _origin(person: ResponsiblePerson, held: Mapping[UUID, ConfirmedFinding]) -> str | None:
    """Return the trace of the first finding that has one."""
    traces = (held[finding].traceparent for violation in person.violations for finding in violation.finding_ids)
    return next((trace for trace in traces if trace), None)


def _entries(sanction: Sanction, person: ResponsiblePerson, policy: Policy, now: datetime) -> Sequence[PointsEntry]:
    """Make one entry per violation: different violations add up, the findings of one count once."""
    entries = []
    trace = current_traceparent()
    for number, violation in enumerate(person.violations, start=1):
        scored = violation_points(policy.points, violation)
        entries.append(
            PointsEntry(
                entry_id=new_id(),
                practitioner_code=person.practitioner_code,
                sanction_id=sanction.sanction_id,
                violation_number=number,
                institution_code=sanction.institution_code,
                decided_on=sanction.decided_on,
                recorded_at=now,
                points=scored.points,
                band=scored.band,
                band_cause=violation.band_cause,
                degree=violation.degree,
                modifier=violation.modifier.value,
                finding_ids=violation.finding_ids,
                policy_version=policy.version,
                traceparent=trace,
            )
        )
    return entries
