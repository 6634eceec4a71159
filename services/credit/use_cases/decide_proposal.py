"""Decide a proposal for points: a person accepts it with the violations found, or declines it with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.calendar import business_date
from services.credit.domain.ledger import PointsEntry
from services.credit.domain.policy import Policy, PolicyBook
from services.credit.domain.sanction import ResponsiblePerson, Sanction, Violation, formal_problems
from services.credit.storage import findings, points, proposals, register, sanctions, scores
from services.credit.storage.proposals import Proposal
from services.credit.telemetry import points as points_counter
from services.credit.use_cases.guard_reading import must_govern
from services.credit.use_cases.procedure_refusal import conflicting, missing
from services.credit.use_cases.refresh_ratings import Cause as RatingCause
from services.credit.use_cases.refresh_ratings import RefreshRatings
from services.credit.use_cases.sanction_refusal import Facts, misstated, refuse_contradictions
from services.credit.use_cases.score_persons import Scoring, score_persons
from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.principal import Principal


@dataclass(frozen=True, slots=True)
class ProposalDecision:
    """What a person decided."""

    violations: tuple[Violation, ...]
    """Violations of the person; none declines the proposal."""
    reason: str | None
    """Why it is declined."""


class DecideProposal:
    """Turns a proposal into points, or into nothing; only a person can."""

    def __init__(self, database: Database, book: PolicyBook, clock: Clock) -> None:
        self._database = database
        self._book = book
        self._clock = clock

    async def __call__(
        self, proposal_id: UUID, decision: ProposalDecision, officer: Principal
    ) -> tuple[Proposal, list[PointsEntry]]:
        """Decide and return the proposal with the points it brought.

        Raises NotFound, Forbidden, Malformed for violations wrong in themselves, and Conflict for a proposal decided
        before, findings that fell or were scored meanwhile, and an annulled sanction.
        """
        async with self._database.transaction() as session:
            proposal = await proposals.find(session, proposal_id)
            if proposal is None:
                raise missing("proposal_unknown")
            await must_govern(session, officer, proposal.institution_code)
            # Locks in one order everywhere: findings, sanctions, institutions, practitioners, proposals.
            held = await findings.hold_standing(session, proposal.finding_ids)
            await sanctions.hold(session, proposal.sanction_id)
            await scores.lock(session, [proposal.institution_code])
            people = await register.find_practitioners(session, [proposal.practitioner_code], lock=True)
            proposal = await proposals.find(session, proposal_id, lock=True)
            if proposal is None or proposal.decision is not None:
                raise conflicting("proposal_decided")
            if await sanctions.annulment(session, proposal.sanction_id) is not None:
                raise conflicting("sanction_annulled")
            now = self._clock.now()
            entries: list[PointsEntry] = []
            if decision.violations:
                sanction, policy = await self._sanction(session, proposal, decision.violations, now)
                facts = Facts(
                    institution=await register.find_institution(session, sanction.institution_code),
                    findings=held,
                    people=people,
                    scored=await points.scored_findings(session, sanction.finding_ids(), people),
                )
                refuse_contradictions(sanction, policy.points, facts)
                scoring = Scoring(sanction, policy, held, business_date(now), now, officer.subject)
                entries, events = await score_persons(session, scoring, self._book)
                await RefreshRatings(self._book.ratings)(
                    session, [sanction.institution_code], [sanction.decided_on.year], RatingCause(officer.subject, now)
                )
                await outbox.add(session, events)
            verdict = "accepted" if decision.violations else "declined"
            await proposals.decide(session, proposal_id, verdict, reason=decision.reason, now=now, by=officer.subject)
            decided = await proposals.find(session, proposal_id)
        if entries:
            points_counter.add(sum(one.points for one in entries), {"direction": "added"})
        return decided or proposal, entries

    async def _sanction(
        self, session: AsyncSession, proposal: Proposal, violations: Sequence[Violation], now: datetime
    ) -> tuple[Sanction, Policy]:
        """Put the person under the sanction that was recorded, with its day and its policy."""
        recorded = await sanctions.find(session, proposal.sanction_id)
        if recorded is None:
            raise missing("sanction_unknown")
        if {finding for violation in violations for finding in violation.finding_ids} - set(proposal.finding_ids):
            raise conflicting("finding_not_proposed")
        policy = self._book.version(recorded.policy_version)
        sanction = Sanction(
            sanction_id=recorded.sanction_id,
            institution_code=recorded.institution_code,
            kind=recorded.kind,
            deciding_authority=recorded.deciding_authority,
            document_number=recorded.document_number,
            decided_on=recorded.decided_on,
            agreement=recorded.agreement,
            agreement_until=recorded.agreement_until,
            persons=(ResponsiblePerson(proposal.practitioner_code, tuple(violations)),),
        )
        problems = formal_problems(sanction, policy.points, business_date(now))
        if problems:
            raise misstated(problems)
        return sanction, policy
