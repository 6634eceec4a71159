"""Quotas: no caller takes more than its share, however many settlements it sends and however fast."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from services.kit.errors import TooMany

MOST_CALLERS = 4_096
"""Callers that are remembered; the one unheard of for longest goes first, and comes back with a full bucket."""


class Quotas:
    """A bucket of tokens for each caller of this process, one token an entry; a rate of 0 means no quota.

    A bucket may go into debt, by as much as one chunk of a batch holds: what is in hand is taken, then its caller
    waits.
    """

    def __init__(self, *, per_second: float, burst: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = float(burst)
        self._monotonic = monotonic
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, caller: str) -> float:
        """Return the seconds until the caller may send again; 0 when it may now."""
        if not self._per_second:
            return 0.0
        tokens = self._tokens(caller, self._monotonic())
        # A hair's breadth: tokens that have grown back by arithmetic must not fall short by its rounding.
        return 0.0 if tokens >= 1 - 1e-6 else (1 - tokens) / self._per_second

    def spend(self, caller: str, settlements: int) -> None:
        """Take a token for each settlement."""
        if not self._per_second:
            return
        now = self._monotonic()
        self._buckets[caller] = (self._tokens(caller, now) - settlements, now)
        self._buckets.move_to_end(caller)
        if len(self._buckets) > MOST_CALLERS:
            self._buckets.popitem(last=False)

    def require(self, caller: str, settlements: int = 1) -> None:
        """Take tokens; raises TooMany (``quota``) with the time to wait when the bucket is empty."""
        if (seconds := self.wait(caller)) > 0:
            raise too_many(seconds)
        self.spend(caller, settlements)

    def _tokens(self, caller: str, now: float) -> float:
        tokens, since = self._buckets.get(caller, (self._burst, now))
        return min(self._burst, tokens + (now - since) * self._per_second)


def too_many(seconds: float) -> TooMany:
    """Return the error for a caller that must wait."""
    return TooMany(
        "quota",
        zh="超出本机构的提交配额，请稍后重试。",
        en="The quota of your institution is used up; try again later.",
        retry_after=max(1, math.ceil(seconds)),
    )


class Slots:
    """How many batches are in hand at once, in all and of one caller."""

    def __init__(self, *, most: int, most_of_one: int) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._held: dict[str, int] = {}

    def take(self, caller: str) -> None:
        """Take a slot; raises TooMany (``batches``) when there is none."""
        held = self._held.get(caller, 0)
        if held >= self._most_of_one or sum(self._held.values()) >= self._most:
            raise TooMany(
                "batches",
                zh="同时提交的批次过多，请稍后重试。",
                en="Too many batches are being sent at once; try again later.",
                retry_after=5,
            )
        self._held[caller] = held + 1

    def give_back(self, caller: str) -> None:
        """Give a slot back."""
        self._held[caller] -= 1
        if not self._held[caller]:
            del self._held[caller]
