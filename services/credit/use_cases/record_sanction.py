"""Record a sanction against an institution and the points of the persons its authority holds responsible."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.calendar import business_date
from services.credit.domain.errors import NoPolicyInForceError
from services.credit.domain.ledger import PointsEntry
from services.credit.domain.policy import Policy, PolicyBook
from services.credit.domain.sanction import Sanction, formal_problems
from services.credit.events import sanctioned
from services.credit.storage import findings, points, register, sanctions, scores
from services.credit.storage.sanctions import RecordedSanction
from services.credit.telemetry import points as points_counter
from services.credit.telemetry import sanctions as sanctions_counter
from services.credit.use_cases.guard_reading import must_govern
from services.credit.use_cases.propose_points import make_proposals
from services.credit.use_cases.refresh_ratings import Cause as RatingCause
from services.credit.use_cases.refresh_ratings import RefreshRatings
from services.credit.use_cases.sanction_refusal import Facts, misstated, no_policy, refuse_contradictions, taken
from services.credit.use_cases.score_persons import Scoring, score_persons
from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.outbox import outgoing
from services.kit.principal import Principal


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
        digest = _digest(sanction)
        async with self._database.transaction() as session:
            await must_govern(session, officer, sanction.institution_code)
            repeated = await self._repeated(session, sanction, digest)
            if repeated is not None:
                return repeated
            policy = self._policy(sanction)
            # Locks in one order everywhere: findings, institutions, practitioners.
            held = await findings.hold_standing(session, sanction.finding_ids())
            await scores.lock(session, [sanction.institution_code])
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
            opened_on = sanction.received_on or sanction.decided_on
            scoring = Scoring(sanction, policy, held, opened_on, now, officer.subject)
            entries, events = await score_persons(session, scoring, self._book)
            await make_proposals(session, sanction, policy, held, now=now)
            await RefreshRatings(self._book.ratings)(
                session, [sanction.institution_code], [sanction.decided_on.year], RatingCause(officer.subject, now)
            )
            fact = sanctioned(sanction, policy_version=policy.version, recorded_at=now)
            # The sanction goes on with the trace of a finding it answers, as its points do.
            trace = next((held[one].traceparent for one in sorted(held)), None)
            await outbox.add(session, [outgoing(fact, now=now, traceparent=trace), *events])
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


def _digest(sanction: Sanction) -> bytes:
    """Digest a sanction in canonical form, so that a repeated request is told from a different one."""
    stated = asdict(sanction)
    if sanction.agreement is None:
        # Decisions recorded before there were such effects keep their digest.
        stated = {name: value for name, value in stated.items() if not name.startswith("agreement")}
    canonical = json.dumps(stated, default=str, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
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
        agreement=sanction.agreement,
        agreement_until=sanction.agreement_until,
    )


def _same(repeated: SanctionOutcome | None, sanction: Sanction) -> SanctionOutcome:
    if repeated is None:
        raise LookupError(f"sanction {sanction.sanction_id} is taken and cannot be read")
    return repeated
