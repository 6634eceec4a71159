"""Record a sanction against an institution and the points of the persons its authority holds responsible."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.calendar import business_date
from services.credit.domain.errors import NoPolicyInForceError
from services.credit.domain.ledger import PointsEntry, year_total
from services.credit.domain.policy import Policy, PolicyBook
from services.credit.domain.sanction import ResponsiblePerson, Sanction, formal_problems, violation_points
from services.credit.events import recorded
from services.credit.storage import findings, points, register, sanctions
from services.credit.storage.findings import ConfirmedFinding
from services.credit.storage.sanctions import RecordedSanction
from services.credit.telemetry import SPAN_POINTS_RECORD
from services.credit.telemetry import points as points_counter
from services.credit.telemetry import sanctions as sanctions_counter
from services.credit.use_cases.guard_reading import must_concern_institution
from services.credit.use_cases.restate_measures import restate_measures
from services.credit.use_cases.sanction_refusal import Facts, misstated, no_policy, refuse_contradictions, taken
from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.ids import new_id
from services.kit.outbox import OutgoingEvent, outgoing
from services.kit.principal import Principal
from services.kit.telemetry import current_traceparent, span


@dataclass(frozen=True, slots=True)
class SanctionOutcome:
    """The sanction as it stands, and whether this request made it."""

    sanction: RecordedSanction
    entries: list[PointsEntry]
    """Points recorded with the sanction, without later counter-entries: a repeated request answers as the first."""
    created: bool


class RecordSanction:
    """Records sanctions; points come only from here, so never without a sanction and its confirmed findings."""

    def __init__(self, database: Database, book: PolicyBook, clock: Clock) -> None:
        self._database = database
        self._book = book
        self._clock = clock

    async def __call__(self, sanction: Sanction, officer: Principal) -> SanctionOutcome:
        """Record a sanction that an authority decided and an officer enters.

        Raises Forbidden for an officer bound to another institution or to a person, Malformed for a sanction wrong in
        itself, and Conflict for one that contradicts what stands: the id taken by another, findings not confirmed,
        persons unknown, not covered or already scored for a finding, no policy in force.
        """
        must_concern_institution(officer, sanction.institution_code)
        digest = _digest(sanction)
        async with self._database.transaction() as session:
            repeated = await self._repeated(session, sanction, digest)
            if repeated is not None:
                return repeated
            policy = self._policy(sanction)
            # Locks in one order everywhere: findings, institutions, practitioners.
            held = await findings.hold_standing(session, sanction.finding_ids())
            people = await register.find_practitioners(
                session, {person.practitioner_code for person in sanction.persons}, lock=True
            )
            # Read after the lock, so that the ledger's instants follow the order of its entries.
            now = self._clock.now()
            entry = _recorded(sanction, digest, policy, now, officer.subject)
            if not await sanctions.add(session, entry):
                return _same(await self._repeated(session, sanction, digest), sanction)
            refuse_contradictions(
                sanction,
                policy.points,
                Facts(
                    institution=await register.find_institution(session, sanction.institution_code),
                    findings=held,
                    people=people,
                    scored=await points.scored_findings(session, sanction.finding_ids(), people),
                ),
            )
            entries, events = await self._score(session, sanction, policy, held, now)
            await outbox.add(session, events)
        sanctions_counter.add(1, {"kind": sanction.kind})
        points_counter.add(sum(one.points for one in entries), {"direction": "added"})
        return SanctionOutcome(entry, entries, created=True)

    async def _repeated(self, session: AsyncSession, sanction: Sanction, digest: bytes) -> SanctionOutcome | None:
        found = await sanctions.find(session, sanction.sanction_id)
        if found is None:
            return None
        if found.digest != digest:
            raise taken()
        entries = await points.of_sanction(session, sanction.sanction_id)
        return SanctionOutcome(found, [one for one in entries if one.counters_entry_id is None], created=False)

    def _policy(self, sanction: Sanction) -> Policy:
        try:
            policy = self._book.on(sanction.decided_on)
        except NoPolicyInForceError:
            raise no_policy() from None
        problems = formal_problems(sanction, policy.points, business_date(self._clock.now()))
        if problems:
            raise misstated(problems)
        return policy

    async def _score(
        self,
        session: AsyncSession,
        sanction: Sanction,
        policy: Policy,
        held: dict[UUID, ConfirmedFinding],
        now: datetime,
    ) -> tuple[list[PointsEntry], list[OutgoingEvent]]:
        """Write the points of every person and what follows from them."""
        ledgers = await points.of_practitioners(session, {person.practitioner_code for person in sanction.persons})
        request = current_traceparent()
        entries: list[PointsEntry] = []
        events: list[OutgoingEvent] = []
        for person in sanction.persons:
            code = person.practitioner_code
            ledger = ledgers[code]
            origin = _origin(person, held)
            # The finding's trace is the parent, so that one trace leads from the settlement to its points.
            with span(
                SPAN_POINTS_RECORD,
                parent=origin,
                links=[request] if request and origin else [],
                attributes={"sanction.id": str(sanction.sanction_id)},
            ):
                added = _entries(sanction, person, policy, now)
                await points.add(session, added)
                for entry in added:
                    ledger.append(entry)
                    events.append(outgoing(recorded(entry, year_total(ledger, entry.year)), now=now))
                facts = await restate_measures(session, code, ledger, self._book, now=now)
                events.extend(outgoing(fact, now=now) for fact in facts)
            entries.extend(added)
        return entries, events


def _digest(sanction: Sanction) -> bytes:
    """Digest a sanction in canonical form, so that a repeated request is told from a different one."""
    canonical = json.dumps(asdict(sanction), default=str, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(canonical.encode()).digest()


def _recorded(sanction: Sanction, digest: bytes, policy: Policy, now: datetime, by: str) -> RecordedSanction:
    return RecordedSanction(
        sanction_id=sanction.sanction_id,
        institution_code=sanction.institution_code,
        kind=sanction.kind,
        deciding_authority=sanction.deciding_authority,
        document_number=sanction.document_number,
        decided_on=sanction.decided_on,
        digest=digest,
        policy_version=policy.version,
        recorded_at=now,
        recorded_by=by,
    )


def _same(repeated: SanctionOutcome | None, sanction: Sanction) -> SanctionOutcome:
    if repeated is None:
        raise LookupError(f"sanction {sanction.sanction_id} is taken and cannot be read")
    return repeated


def _origin(person: ResponsiblePerson, held: dict[UUID, ConfirmedFinding]) -> str | None:
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
