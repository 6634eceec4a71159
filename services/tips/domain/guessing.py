"""What wrong receipts cost: one budget of failures for the whole installation, which knows no address.

The numbers. 30 failures are free, and one is forgiven every 2 seconds, whoever made them and in whichever process.
Once none are left, look-ups take turns: four a second for all processes together, right or wrong, each after a wait
of at most 8 seconds; whoever would wait longer is told to come back (429, Retry-After), before any work is done.
So the whole installation under full attack tries 4 receipts a second, 1.3 x 10^8 a year. Against 10^16 receipts and
a million tips an attacker needs 0.69 x 10^10 tries for an even chance, some 55 years; against ten thousand tips 5,500
years. No address, cookie or fingerprint is kept of anybody, so holders share the turns with the attacker: a flood
makes look-ups slow or refused while it lasts, and never lets anybody guess faster.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

FREE_FAILURES = 30.0
FORGIVEN_PER_SECOND = 0.5
TURNS_PER_SECOND = 4
LONGEST_WAIT_SECONDS = 8.0
MOST_DEBT = 60.0
"""Failures beyond the free ones that are remembered; two minutes of quiet forgive them."""

_TURN = timedelta(seconds=1 / TURNS_PER_SECOND)


@dataclass(frozen=True, slots=True)
class GuessingBudget:
    """How many wrong receipts are still free, and when the next turn is once none are."""

    tokens: float
    """Failures still free; below one it is debt."""
    counted_at: datetime
    next_turn_at: datetime

    @classmethod
    def full(cls, now: datetime) -> "GuessingBudget":
        """Return the budget of a quiet time."""
        return cls(FREE_FAILURES, now, now)

    def after(self, failures: int, now: datetime) -> "GuessingBudget":
        """Forgive what time has forgiven, and count failures; a clock that steps back forgives nothing."""
        seconds = max(0.0, (now - self.counted_at).total_seconds())
        tokens = min(FREE_FAILURES, self.tokens + seconds * FORGIVEN_PER_SECOND)
        return replace(self, tokens=max(tokens - failures, -MOST_DEBT), counted_at=max(now, self.counted_at))

    @property
    def spent(self) -> bool:
        """Whether look-ups must take turns."""
        return self.tokens < 1

    def turn(self, now: datetime) -> tuple["GuessingBudget", float | None]:
        """Give the next turn: seconds to wait for it, or None where the wait would be too long."""
        at = max(now, self.next_turn_at)
        wait = (at - now).total_seconds()
        if wait > LONGEST_WAIT_SECONDS:
            return self, None
        return replace(self, next_turn_at=at + _TURN), wait
