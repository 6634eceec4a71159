"""Watch over completeness: gaps in what institutions number, and institutions that fell silent."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from services.intake import telemetry
from services.intake.domain.quarantine import Viewer
from services.intake.domain.reconciliation import bounds
from services.intake.domain.sequence import Series, message_series, settlement_series
from services.intake.domain.silence import days_before, fewest_days, window
from services.intake.storage import activity
from services.intake.storage.activity import Silent
from services.kit.clock import Clock, business_date
from services.kit.db import Database
from services.kit.workdays import is_working_day


class Gaps(NamedTuple):
    """Gaps of one institution and day."""

    messages: Series
    settlements: Series


class WatchActivity:
    """Reads what was noted, for people and for the metrics."""

    def __init__(self, database: Database, clock: Clock, *, silence_hours: int, kept_days: int) -> None:
        self._database = database
        self._clock = clock
        self._hours = silence_hours
        self._kept = timedelta(days=kept_days)
        self._counted_day: date | None = None

    async def gaps(self, institution_code: str, day: date) -> Gaps:
        """Return what is missing between the first and the last number of a day."""
        begin, end = bounds(day, day)
        async with self._database.reading() as session:
            messages = await activity.message_ids(session, institution_code, day)
            settlements = await activity.settlement_ids(session, institution_code, begin, end)
        return Gaps(message_series(messages), settlement_series(settlements))

    async def silent(self, viewer: Viewer, *, at: datetime | None = None) -> list[Silent]:
        """Return who usually sends at this time of a working day and sent nothing for the configured hours."""
        hours = self._window(at or self._clock.now())
        if hours is None:
            return []
        begin, end = hours
        compared = [
            (begin - timedelta(days=apart), end - timedelta(days=apart))
            for apart in ((begin.date() - day).days for day in days_before(begin.date(), is_working_day))
        ]
        async with self._database.reading() as session:
            found = await activity.silent(session, recent=hours, compared=compared, fewest=fewest_days())
        return [one for one in found if viewer.may_see(institution_code=one.institution_code, region=one.region)]

    async def measure(self) -> None:
        """Set the metrics, and drop what is too old."""
        now = self._clock.now()
        everybody = Viewer(None, None)
        telemetry.SILENT.set(len(await self.silent(everybody)), {"service": "intake"})
        yesterday = business_date(now) - timedelta(days=1)
        if self._counted_day == yesterday:
            return
        missing = 0
        async with self._database.reading() as session:
            for institution_code in await activity.institutions_with_messages(session, yesterday):
                ids = await activity.message_ids(session, institution_code, yesterday)
                missing += message_series(ids).missing
        telemetry.MISSING_NUMBERS.set(missing, {"service": "intake"})
        async with self._database.transaction() as session:
            await activity.forget(session, before=now - self._kept, messages_before=business_date(now - self._kept))
        self._counted_day = yesterday

    def _window(self, now: datetime) -> tuple[datetime, datetime] | None:
        return window(now, self._hours) if is_working_day(business_date(now)) else None
