"""Record substantiated tips (查实的举报) against the score of their institutions, once per tip."""

from collections.abc import Sequence
from datetime import datetime

from services.contracts.tips import TipSubstantiated
from services.credit.domain.calendar import business_date
from services.credit.domain.policy import PolicyBook
from services.credit.domain.score import ScoreCause, ScoreEntry, tip_delta
from services.credit.storage import scores
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


class RecordTips:
    """Moves scores for tips that proved true."""

    def __init__(self, database: Database, book: PolicyBook, clock: Clock) -> None:
        self._database = database
        self._book = book
        self._clock = clock

    async def __call__(self, events: Sequence[Event[TipSubstantiated]]) -> None:
        """Handle a run of tips in one transaction; raises NoPolicyInForceError."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            claimed = await inbox.claim(session, events)
            locked = await scores.lock(session, {event.data.institution_code for event in claimed})
            counted = await scores.of_causes(
                session, ScoreCause.TIP_SUBSTANTIATED, {event.data.tip_id for event in claimed}
            )
            fresh = {event.data.tip_id: event for event in reversed(claimed) if event.data.tip_id not in counted}
            entries = [self._entry(event, now) for event in reversed(fresh.values())]
            await scores.add(session, entries)
            causes = {entry.institution_code: entry for entry in entries}
            changed = {code: stated for code, stated in locked.items() if code in causes}
            outgoing_events: list[OutgoingEvent] = []
            for fact in await restate_ratings(session, changed, self._book, now=now):
                cause = causes[fact.institution_code]
                with span(
                    SPAN_SCORE_RECORD,
                    parent=cause.traceparent,
                    attributes={"institution.code": fact.institution_code, "tip.id": str(cause.cause_id)},
                ):
                    outgoing_events.append(outgoing(fact, now=now))
            years = {entry.year for entry in entries}
            await RefreshRatings(self._book.ratings)(session, changed, years, Cause(TipSubstantiated.TYPE, now))
            await outbox.add(session, outgoing_events)
        score_entries.add(len(entries), {"cause": ScoreCause.TIP_SUBSTANTIATED.value})

    def _entry(self, event: Event[TipSubstantiated], now: datetime) -> ScoreEntry:
        tip = event.data
        day = business_date(tip.substantiated_at)
        policy = self._book.on(day)
        return ScoreEntry(
            entry_id=new_id(),
            institution_code=tip.institution_code,
            year=day.year,
            delta_e2=tip_delta(policy.score, tip.case_value_fen),
            cause=ScoreCause.TIP_SUBSTANTIATED,
            cause_id=tip.tip_id,
            occurred_at=tip.substantiated_at,
            recorded_at=now,
            policy_version=policy.version,
            amount_fen=tip.case_value_fen,
            traceparent=event.traceparent,
        )
