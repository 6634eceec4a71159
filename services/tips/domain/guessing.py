"""What wrong receipts cost: a bucket of failures for the whole process, which knows no address.

The numbers. 30 failures are free, and one is forgiven every 2 seconds. Once the bucket is empty every look-up, right
or wrong, waits before it is hashed: half a second, doubled for every 10 failures more, at most 8 seconds. At most 32
look-ups wait; whoever comes then is told to come back (429, Retry-After). So a process under full attack tries 4
receipts a second. Against 10^16 receipts and a million open tips an attacker needs 0.69 x 10^10 tries for an even
chance, some 55 years for one process; against ten thousand tips 5,500 years. Holders are slowed while it lasts, not
locked out, and no address, cookie or fingerprint is kept of anybody.
"""

from dataclasses import dataclass
from datetime import datetime

FREE_FAILURES = 30.0
FORGIVEN_PER_SECOND = 0.5
FIRST_DELAY_SECONDS = 0.5
DOUBLED_EVERY = 10.0
LONGEST_DELAY_SECONDS = 8.0
WAITING_PLACES = 32
_MOST_DEBT = 60.0
"""Failures beyond the free ones that are remembered; two minutes of quiet forgive them."""


@dataclass(slots=True)
class FailureBucket:
    """Counts wrong receipts of everybody together."""

    tokens: float = FREE_FAILURES
    """Failures still free; below zero it is debt."""
    counted_at: datetime | None = None

    def failed(self, now: datetime) -> None:
        """Count one wrong receipt."""
        self._forgive(now)
        self.tokens = max(self.tokens - 1, -_MOST_DEBT)

    def delay(self, now: datetime) -> float:
        """Seconds the next look-up waits before any work is done for it."""
        self._forgive(now)
        if self.tokens >= 1:
            return 0.0
        doublings = (1 - self.tokens) / DOUBLED_EVERY
        delay: float = FIRST_DELAY_SECONDS * 2**doublings
        return min(delay, LONGEST_DELAY_SECONDS)

    def _forgive(self, now: datetime) -> None:
        if self.counted_at is not None:
            seconds = max(0.0, (now - self.counted_at).total_seconds())
            self.tokens = min(FREE_FAILURES, self.tokens + seconds * FORGIVEN_PER_SECOND)
        self.counted_at = now
