"""A clock that stands still until a test moves it."""

from datetime import datetime, timedelta


class FixedClock:
    """Tells one instant, moved only by ``advance`` or by setting ``instant``."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self) -> datetime:
        """Return the instant last set."""
        return self.instant

    def advance(self, step: timedelta) -> None:
        """Move the clock forward by a step."""
        self.instant += step
