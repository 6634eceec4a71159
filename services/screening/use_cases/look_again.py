"""Look at settlements again after their ground moved: what no longer holds is withdrawn, what holds now is raised."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit import outbox
from services.kit.clock import business_date
from services.kit.db import driver
from services.kit.ids import new_id
from services.kit.outbox import OutgoingEvent, outgoing
from services.kit.telemetry import current_traceparent, span
from services.screening import events, telemetry
from services.screening.domain.check import Placement
from services.screening.domain.claim import ClaimLine
from services.screening.domain.engine import screen, verdict
from services.screening.domain.finding import Finding
from services.screening.domain.history import History, needs
from services.screening.domain.plan import Plan
from services.screening.domain.rails import Rails, hold_back
from services.screening.domain.review import RaisedFinding, Status, withdraw
from services.screening.domain.second_look import compare, objected_before
from services.screening.storage import (
    claims,
    findings,
    held_findings,
    history,
    new_findings,
    rule_rails,
    settlements,
    traceability,
)
from services.screening.storage.claims import KeptClaim
from services.screening.storage.findings import Life
from services.screening.storage.held_findings import HeldRow
from services.screening.storage.new_findings import NewFinding
from services.screening.storage.settlements import NewOutcome

_BY = "system"

_CONCLUDING = frozenset({Status.RAISED, Status.CONFIRMED})
"""States of findings from which something follows."""


@dataclass(slots=True)
class Changes:
    """What second looks changed; count it once the transaction stands."""

    raised: list[NewFinding] = field(default_factory=list)
    fallen: list[RaisedFinding] = field(default_factory=list)
    outcomes: list[NewOutcome] = field(default_factory=list)
    events: list[OutgoingEvent] = field(default_factory=list)
    failed_rules: list[str] = field(default_factory=list)
    held: list[HeldRow] = field(default_factory=list)

    def count(self) -> None:
        """Tell the instruments."""
        telemetry.count_findings(Counter((new.finding.rule_code, new.finding.severity) for new in self.raised))
        telemetry.count_check_failures(self.failed_rules)
        telemetry.count_held(Counter((row.finding.rule_code, row.purpose) for row in self.held))
        if self.outcomes:
            telemetry.withdrawals.add(len(self.fallen))
            telemetry.second_looks.add(len(self.outcomes))


async def look_again(
    session: AsyncSession,
    plan: Plan,
    settlement_refs: Collection[UUID],
    *,
    now: datetime,
    cause: str | None = None,
    rails: Rails | None = None,
    remembered_since: datetime | None = None,
) -> Changes:
    """Screen standing settlements anew against what is known now, in the caller's transaction.

    Call it when everything the caller learnt is stored. ``cause`` is the trace of the event that moved the ground.
    ``rails`` are read here unless the caller has them. Of claims settled before ``remembered_since`` the history may be
    forgotten: rules that look back are not judged again, and what they found stays as it is.
    """
    changes = Changes()
    if not settlement_refs:
        return changes
    connection = await driver(session)
    kept = await claims.lock_standing(connection, settlement_refs)
    if not kept:
        return changes
    asked = needs(plan, [one.claim for one in kept])
    sales = await traceability.read(connection, asked.traceability_codes)
    past = await history.read(connection, asked, sales=sales)
    known: dict[UUID, list[RaisedFinding]] = {one.claim.settlement_ref: [] for one in kept}
    for finding in await findings.lock_of_settlements(session, list(known)):
        known[finding.settlement_ref].append(finding)
    if rails is None:
        rails = await rule_rails.rails(connection, business_date(now))
    for one in kept:
        forgotten = remembered_since is not None and one.claim.settled_at < remembered_since
        _look(one, known[one.claim.settlement_ref], plan, past, now, cause, changes, rails, forgotten=forgotten)
    await held_findings.hold(connection, changes.held)
    await findings.save_reviews(session, changes.fallen)
    await findings.add_life(session, [(one.id, Life(Status.WITHDRAWN, now, _BY, None, None)) for one in changes.fallen])
    await new_findings.copy(connection, changes.raised)
    await settlements.save_outcomes(connection, changes.outcomes)
    await outbox.add(session, changes.events)
    return changes


def _look(
    kept: KeptClaim,
    known: list[RaisedFinding],
    plan: Plan,
    past: History,
    now: datetime,
    cause: str | None,
    changes: Changes,
    rails: Rails,
    *,
    forgotten: bool,
) -> None:
    claim = kept.claim
    untouched: list[RaisedFinding] = []
    admit = None
    if forgotten:
        untouched = [one for one in known if one.rule_code in plan.looking_back and one.review.status in _CONCLUDING]
        known = [one for one in known if one.rule_code not in plan.looking_back]

        def admit(placement: Placement, _lines: Sequence[ClaimLine]) -> bool:
            return placement.rule.code not in plan.looking_back

    screening = screen(plan, claim, past, admit=admit)
    changes.failed_rules.extend(failure.rule_code for failure in screening.failures)
    # What was sent already is not held, nor is its correction, even if its rule is paused by now.
    standing: list[Finding] = objected_before(known, screening.findings)
    going, held = hold_back(rails, plan, claim, screening.findings, standing)
    look = compare(known, going)
    if not screening.failures:
        changes.held += [HeldRow(why, plan.version, claim.settlement_id, one, now) for one, why in held]
    if screening.failures or not (look.fallen or look.fresh):
        # A check that failed says nothing: what it found before must not fall because of that.
        return
    with span(
        telemetry.SPAN_SECOND_LOOK,
        parent=kept.traceparent,
        links=[cause] if cause else [],
        attributes={"settlement.ref": str(claim.settlement_ref)},
    ):
        traceparent = current_traceparent()
        fallen = [replace(one, review=withdraw(one.review, now)) for one in look.fallen]
        raised = [NewFinding(new_id(), claim.settlement_id, one, plan.version, now, traceparent) for one in look.fresh]
        outcome = verdict((*going, *untouched))
        at_issue = sum(finding.amount_at_issue_fen for finding in going)
        at_issue += sum(one.review.amount_at_issue_fen for one in untouched)
        fact = events.screened(
            claim,
            verdict=outcome,
            rulebook_version=plan.version,
            finding_ids=(*(one.id for one in (*untouched, *look.standing)), *(new.id for new in raised)),
            amount_at_issue_fen=at_issue,
            at=now,
        )
        facts = [
            *(events.withdrawn(one, now) for one in fallen),
            *(events.raised(claim, new.finding, new.id, rulebook_version=plan.version, at=now) for new in raised),
            fact,
        ]
        changes.events += [outgoing(one, now=now, traceparent=traceparent) for one in facts]
    changes.fallen += fallen
    changes.raised += raised
    changes.outcomes.append(NewOutcome(claim.settlement_ref, outcome, plan.version, at_issue, now))
