"""The quarantine's use cases, built together: they share a database, a clock and the seal of the bodies."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from services.intake.use_cases.quarantine.correct import CorrectQuarantined
from services.intake.use_cases.quarantine.keep import Bounds, KeepInQuarantine
from services.intake.use_cases.quarantine.read import ReadQuarantine
from services.intake.use_cases.quarantine.release import ReleaseFromQuarantine, Replay
from services.intake.use_cases.quarantine.release_waiting import ReleaseWaiting
from services.intake.use_cases.quarantine.sweep import SweepQuarantine
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.sealing import Sealer


@dataclass(frozen=True)
class QuarantineDesk:
    """What can be done with the quarantine."""

    keep: KeepInQuarantine
    read: ReadQuarantine
    correct: CorrectQuarantined
    release: ReleaseFromQuarantine
    database: Database
    sweep: SweepQuarantine

    @classmethod
    def of(
        cls, database: Database, clock: Clock, sealer: Sealer, *, bounds: Bounds | None, kept_for: timedelta
    ) -> Self:
        """Build the use cases; without bounds nothing new is kept."""
        return cls(
            keep=KeepInQuarantine(database, clock, sealer, bounds=bounds),
            read=ReadQuarantine(database, clock, sealer),
            correct=CorrectQuarantined(database, clock, sealer),
            release=ReleaseFromQuarantine(database, clock, sealer),
            database=database,
            sweep=SweepQuarantine(database, clock, kept_for=kept_for),
        )

    def release_waiting(self, replay: Replay) -> ReleaseWaiting:
        """Build the use case that releases reversals whose settlement has come."""
        return ReleaseWaiting(self.database, self.release, replay)
