"""A bound on how often something open to everybody is done by one process: a bucket that fills with time."""

import time
from collections.abc import Callable

from services.kit.errors import TooMany


class RateBound:
    """Lets ``per_second`` pass in the long run and ``burst`` at once.

    It counts calls, not callers: addresses are not kept, and a cache in front answers what is asked again and again.
    """

    def __init__(self, per_second: float, burst: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._left = float(burst)
        self._at = clock()

    def take(self) -> None:
        """Pass, or raise TooMany (``too_often``)."""
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left < 1:
            raise TooMany(
                "too_often", zh="查询过于频繁，请稍后再试。", en="Too often; try again shortly.", retry_after=1
            )
        self._left -= 1
