"""Jobs over a whole region: what they do, and how far one has come."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

MOST_FAILURES = 5
"""Tries of one chunk after which a job gives up."""


class JobKind(StrEnum):
    """What a job does with every institution."""

    PREVIEW = "preview"
    """预评."""
    BACKTEST = "backtest"
    """规则回测."""


class JobState(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobPhase(StrEnum):
    """What a running job is at."""

    PEERS = "peers"
    """Reads the numbers that peers are compared by."""
    INSTITUTIONS = "institutions"
    """Rates."""


OPEN_STATES = frozenset({JobState.WAITING, JobState.RUNNING})


@dataclass(frozen=True, slots=True)
class RegionJob:
    """A job and how far it has come."""

    job_id: UUID
    kind: JobKind
    year: int
    region: str
    policy_version: str | None
    """Version that is tried; None for a preview."""
    asked_by: str
    asked_at: datetime
    state: JobState
    phase: JobPhase
    total: int
    """Institutions of the region when it was asked for."""
    compared: int
    done: int
    after: str
    """Last institution of the phase that is dealt with; the next chunk begins behind it."""
    failures: int
    error: str | None
    touched_at: datetime

    @property
    def open(self) -> bool:
        """Whether it has chunks to come."""
        return self.state in OPEN_STATES
