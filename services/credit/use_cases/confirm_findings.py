"""Take over confirmed findings: each is kept for a later sanction and moves its institution's score once."""

from collections.abc import Sequence
from datetime import datetime

from services.contracts.screening import FindingConfirmed
from services.credit.domain.calendar import business_date
from services.credit.domain.policy import PolicyBook, Severity
from services.credit.domain.score import ScoreCause, ScoreEntry, finding_delta
from services.credit.storage import findings, scores
from services.credit.storage.findings import ConfirmedFinding
from services.credit.telemetry import SPAN_SCORE_RECORD, score_entries
from services.credit.use_cases.refresh_ratings import Cause, RefreshRatings
from services.credit.use_cases.restate_ratings import restate_ratings
from services.kit import inbox, outbox
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.ids import new_id
from services.kit.inbox import Event
from services.kit.outbox import OutgoingEvent, outgoing
from services.kit.telemetry import span


class ConfirmFindings:
    """Draws the consequences of confirmations; one that comes after its own end has none."""

    def __init__(self, database: Database, book: PolicyBook, clock: Clock) -> None:
        self._database = database
        self._book = book
        self._clock = clock

    async def __call__(self, events: Sequence[Event[FindingConfirmed]]) -> None:
        """Handle a run of confirmations in one transaction; raises NoPolicyInForceError."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            claimed = await inbox.claim(session, events)
            confirmed = await findings.add_confirmed(session, [_confirmed(event) for event in claimed])
            if not confirmed:
                return
            locked = await scores.lock(session, {finding.institution_code for finding in confirmed})
            await scores.add(session, [self._entry(finding, now) for finding in confirmed])
            cause = {finding.institution_code: finding for finding in confirmed}
            outgoing_events: list[OutgoingEvent] = []
            for fact in await restate_ratings(session, locked, self._book, now=now):
                finding = cause[fact.institution_code]
                with span(
                    SPAN_SCORE_RECORD,
                    parent=finding.traceparent,
                    attributes={"institution.code": fact.institution_code, "finding.id": str(finding.finding_id)},
                ):
                    outgoing_events.append(outgoing(fact, now=now))
            await RefreshRatings(self._book.ratings)(
                session,
                locked,
                {business_date(finding.confirmed_at).year for finding in confirmed},
                Cause(FindingConfirmed.TYPE, now),
            )
            await outbox.add(session, outgoing_events)
        score_entries.add(len(confirmed), {"cause": ScoreCause.FINDING_CONFIRMED.value})

    def _entry(self, finding: ConfirmedFinding, now: datetime) -> ScoreEntry:
        day = business_date(finding.confirmed_at)
        policy = self._book.on(day)
        severity = Severity(finding.severity)
        return ScoreEntry(
            entry_id=new_id(),
            institution_code=finding.institution_code,
            year=day.year,
            delta_e2=finding_delta(policy.score, severity, finding.amount_fen),
            cause=ScoreCause.FINDING_CONFIRMED,
            cause_id=finding.finding_id,
            occurred_at=finding.confirmed_at,
            recorded_at=now,
            policy_version=policy.version,
            amount_fen=finding.amount_fen,
            rule_code=finding.rule_code,
            severity=severity,
            traceparent=finding.traceparent,
        )


def _confirmed(event: Event[FindingConfirmed]) -> ConfirmedFinding:
    data = event.data
    return ConfirmedFinding(
        finding_id=data.finding_id,
        institution_code=data.institution_code,
        practitioner_codes=data.practitioner_codes,
        rule_code=data.rule_code,
        severity=data.severity,
        amount_fen=data.amount_fen,
        confirmed_at=data.confirmed_at,
        traceparent=event.traceparent,
        settlement_ref=data.settlement_ref,
    )
