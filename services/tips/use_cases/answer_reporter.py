"""Tell a reporter of the decision, and answer an objection to it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from uuid import UUID

from services.kit import outbox
from services.kit.clock import Clock, business_date
from services.kit.db import Database
from services.kit.errors import Conflict
from services.kit.telemetry import current_traceparent, span
from services.tips import events, telemetry
from services.tips.domain.dispute import Verdict, settle
from services.tips.domain.due import DeadlineKind
from services.tips.domain.tip import Status, Tip, reopen, tell, verify_by
from services.tips.storage import deadlines, disputes, tips
from services.tips.use_cases.errors import as_conflict
from services.tips.use_cases.handling import locked_matter, locked_tip, log_step, store_matter


class SettleDispute:
    """Answers an objection with somebody who took no part in the decision."""

    def __init__(self, database: Database, clock: Clock, is_working_day: Callable[[date], bool]) -> None:
        self._database = database
        self._clock = clock
        self._is_working_day = is_working_day

    async def __call__(self, tip_id: UUID, verdict: Verdict, *, by: str) -> Tip:
        """Uphold the outcome or verify anew; raises NotFound, and Conflict where there is nothing to answer."""
        now = self._clock.now()
        today = business_date(now)
        async with self._database.transaction() as session:
            tip, followers = await locked_matter(session, tip_id)
            raised = await disputes.list_disputes(session, tip_id)
            if not raised:
                raise Conflict("no_dispute", zh="举报人没有提出异议。", en="The reporter has not objected.")
            with as_conflict():
                settled = settle(raised[-1], tip, verdict, by=by, now=now)
            if settled is raised[-1]:
                return tip
            await disputes.store_dispute(session, settled)
            await deadlines.meet(session, [tip_id], DeadlineKind.DISPUTE, today)
            details = {"verdict": verdict.value}
            if verdict is Verdict.UPHELD:
                await log_step(session, tip, "dispute_settled", by=by, now=now, details=details)
                return tip
            with as_conflict():
                # Who objected may have followed another tip; verified anew it stands for itself.
                again = replace(
                    reopen(tip, due_on=verify_by(today, self._is_working_day)),
                    merged_into=None,
                )
            await deadlines.meet(session, [tip_id, *(each.id for each in followers)], DeadlineKind.TELL, today)
            if again.due_on is not None:
                await deadlines.set_deadline(session, tip_id, DeadlineKind.VERIFY, again.due_on)
            with span(telemetry.SPAN_ACCEPT, parent=tip.traceparent):
                if again.status is Status.ACCEPTED:
                    again = replace(again, traceparent=tip.traceparent or current_traceparent())
                await store_matter(session, again, followers)
                await log_step(session, tip, "dispute_settled", by=by, now=now, details=details)
                if again.status is Status.ACCEPTED:
                    # Screening ended its attention at the closing.
                    fact = events.accepted(replace(again, accepted_at=now))
                    await outbox.add(session, [outbox.outgoing(fact, now=now)])
        return again


class TellReporter:
    """Notes that a named reporter was told of the decision."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, tip_id: UUID, *, by: str) -> Tip:
        """Return the tip; raises NotFound, and Conflict where nothing is decided."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            tip = await locked_tip(session, tip_id)
            with as_conflict():
                told = tell(tip, today=business_date(now))
            if told is not tip:
                await tips.update_tip(session, told)
                await deadlines.meet(session, [tip_id], DeadlineKind.TELL, business_date(now))
                await log_step(session, tip, "reporter_told", by=by, now=now)
        return told
