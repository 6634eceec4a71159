"""Keep the quarantine small: close what was taken since by the ordinary way, delete bodies whose time is over."""

from datetime import timedelta

from services.intake import telemetry
from services.intake.storage import quarantine
from services.kit.clock import Clock
from services.kit.db import Database

MOST_AT_ONCE = 500


class SweepQuarantine:
    """One turn of the sweep; several processes may sweep at once."""

    def __init__(self, database: Database, clock: Clock, *, kept_for: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._kept_for = kept_for

    async def __call__(self) -> int:
        """Sweep; return how many entries it changed."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            changed = await quarantine.supersede(session, now=now)
        while True:
            async with self._database.transaction() as session:
                expired = await quarantine.expire(session, now=now, before=now - self._kept_for, limit=MOST_AT_ONCE)
            changed += expired
            if expired < MOST_AT_ONCE:
                break
        async with self._database.reading() as session:
            waiting = await quarantine.total_waiting(session)
        telemetry.QUARANTINED.set(waiting.entries, {"service": "intake"})
        telemetry.QUARANTINED_BYTES.set(waiting.size, {"service": "intake"})
        return changed
