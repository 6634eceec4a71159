"""Take a tip up against an institution."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from uuid import UUID

from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.telemetry import current_traceparent, span
from services.tips import events, telemetry
from services.tips.domain.due import DeadlineKind
from services.tips.domain.tip import Tip, accept
from services.tips.storage import deadlines
from services.tips.use_cases.errors import as_conflict
from services.tips.use_cases.handling import locked_matter, log_step, store_matter


class AcceptTip:
    """Accepts a tip with all that follow it, and tells the others which institution it is about."""

    def __init__(self, database: Database, clock: Clock, is_working_day: Callable[[date], bool]) -> None:
        self._database = database
        self._clock = clock
        self._is_working_day = is_working_day

    async def __call__(self, tip_id: UUID, institution_code: str, *, by: str) -> Tip:
        """Return the accepted tip; raises NotFound, and Conflict where it was accepted otherwise or is past it."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            tip, followers = await locked_matter(session, tip_id)
            with as_conflict():
                accepted = accept(
                    tip,
                    institution_code,
                    by=by,
                    now=now,
                    is_working_day=self._is_working_day,
                )
            if accepted is tip:
                return tip
            # The reporter's own request leaves no trace; the tip's trace begins with its acceptance.
            with span(telemetry.SPAN_ACCEPT):
                accepted = replace(accepted, traceparent=current_traceparent())
                await store_matter(session, accepted, followers)
                if accepted.due_on is not None and accepted.due_on != tip.due_on:
                    await deadlines.set_deadline(session, tip_id, DeadlineKind.VERIFY, accepted.due_on)
                details = {"institution_code": institution_code, "due_on": str(accepted.due_on)}
                await log_step(session, accepted, "accepted", by=by, now=now, details=details)
                await outbox.add(session, [outbox.outgoing(events.accepted(accepted), now=now)])
        return accepted
