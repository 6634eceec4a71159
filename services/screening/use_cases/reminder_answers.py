"""Take what doctors did with reminders, and tell how many were heeded."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID

from services.kit.clock import BUSINESS_ZONE, Clock
from services.kit.db import Database
from services.kit.errors import Malformed
from services.kit.principal import Principal, region_prefix
from services.screening.storage import reminders
from services.screening.storage.reminders import Acceptance, Answer, Disposition, GroupBy, ReminderFilter

LONGEST_PERIOD_DAYS = 400


class Answered(NamedTuple):
    """What the doctor did with one reminder."""

    reminder_id: UUID
    disposition: Disposition
    reason: str | None


class ReminderAnswers:
    """Keeps answers and counts them; an institution answers and sees only its own."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def keep(self, institution_code: str, answers: Sequence[Answered]) -> None:
        """Keep answers of an institution; a later one about the same reminder replaces the earlier."""
        now = self._clock.now()
        rows = [Answer(one.reminder_id, institution_code, one.disposition, one.reason, now) for one in answers]
        async with self._database.transaction() as session:
            await reminders.answer(session, rows)

    async def acceptance(
        self,
        reader: Principal,
        *,
        first: date,
        last: date,
        by: GroupBy,
        institution_code: str | None = None,
        practitioner_code: str | None = None,
        rule_code: str | None = None,
        phase: str | None = None,
        limit: int,
    ) -> Sequence[Acceptance]:
        """Return numbers by group for reminders first given on these business days, both included.

        Raises Malformed for an impossible period, Forbidden where another institution's or region's are asked for.
        """
        if not 0 <= (last - first).days < LONGEST_PERIOD_DAYS:
            raise Malformed(
                "period_invalid",
                zh=f"起止日期颠倒或超过{LONGEST_PERIOD_DAYS}天。",
                en=f"The period is reversed or longer than {LONGEST_PERIOD_DAYS} days.",
            )
        if institution_code is not None:
            reader.must_reach_institution(institution_code)
        wanted = ReminderFilter(
            since=_begin(first),
            until=_begin(last + timedelta(days=1)),
            institution_code=institution_code or reader.institution,
            region=None if reader.region is None else region_prefix(reader.region),
            practitioner_code=practitioner_code,
            rule_code=rule_code,
            phase=phase,
        )
        async with self._database.reading() as session:
            return await reminders.acceptance(session, wanted, by, limit=limit)


def _begin(day: date) -> datetime:
    return datetime.combine(day, time.min, BUSINESS_ZONE)
