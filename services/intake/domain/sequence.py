"""Gaps in what institutions number one after the other: messages (msgid), and settlements where their ids are serial.

A msgid is the institution's code (12), yyyyMMddHHmmss (14) and a counter (4) that turns over at 9999. Some systems put
chance digits there, or count anew each second: such a day is told to be not serial, and has no gaps.
"""

from collections.abc import Collection, Iterable
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple

MESSAGE_ID_DIGITS = 18
"""After the institution's code: fourteen of the time, four of the counter."""
TURN = 10_000
FEWEST = 10
"""Numbers below which nothing is concluded."""
DENSEST_GAPS = 0.5
"""Share of missing numbers above which they are not taken for a series."""
MOST_GAPS = 1_000
_STAMP = 14

SeriesState = Literal["serial", "not_serial", "too_few"]


class Gap(NamedTuple):
    """Numbers that are missing between two that came."""

    after: str
    before: str
    missing: int


class Series(NamedTuple):
    """What the numbers of a day look like."""

    state: SeriesState
    seen: int
    missing: int
    gaps: tuple[Gap, ...]
    """At most a thousand; ``missing`` is of all."""


def message_day(message_id: str, institution_code: str) -> date | None:
    """Return the day, of the sender's clock, that a msgid names; None where it has not the interface's form."""
    tail = message_id.removeprefix(institution_code)
    if len(tail) != MESSAGE_ID_DIGITS or len(tail) == len(message_id) or not (tail.isascii() and tail.isdigit()):
        return None
    # Every message has one, and to read it as a time of day would take ten times as long.
    if tail[8:10] > "23" or tail[10:12] > "59" or tail[12:_STAMP] > "59":
        return None
    return _day(tail[:8])


@lru_cache(maxsize=64)
def _day(digits: str) -> date | None:
    """Return the day of Shanghai that eight digits name."""
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def message_series(message_ids: Collection[str]) -> Series:
    """Look for gaps in the msgids of one institution and day."""
    numbered: list[tuple[int, str]] = []
    turns = 0
    before: int | None = None
    for message_id in sorted(message_ids):
        number = int(message_id[-4:])
        if before is not None:
            # Clocks and counters of a second do not agree to the message: only a long way back is a new turn.
            if number < before - TURN // 2:
                turns += 1
            elif number > before + TURN // 2:
                turns -= 1
        before = number
        numbered.append((turns * TURN + number, message_id))
    return _series(numbered, skips_zero=True)


def settlement_series(settlement_ids: Iterable[str]) -> Series:
    """Look for gaps in settlement ids that share a beginning and end in a number; others are left out of account."""
    families: dict[tuple[str, int], list[tuple[int, str]]] = {}
    seen = 0
    for settlement_id in settlement_ids:
        seen += 1
        digits = len(settlement_id) - len(settlement_id.rstrip("0123456789"))
        digits = min(digits, 12)
        if digits:
            key = (settlement_id[:-digits], len(settlement_id))
            families.setdefault(key, []).append((int(settlement_id[-digits:]), settlement_id))
    series = [_series(one) for one in families.values()]
    serial = [one for one in series if one.state == "serial"]
    if not serial:
        return Series("too_few" if seen < FEWEST else "not_serial", seen, 0, ())
    gaps = tuple(gap for one in serial for gap in one.gaps)[:MOST_GAPS]
    return Series("serial", sum(one.seen for one in serial), sum(one.missing for one in serial), gaps)


def _series(numbered: Iterable[tuple[int, str]], *, skips_zero: bool = False) -> Series:
    ordered = sorted(dict(numbered).items())
    if len(ordered) < FEWEST:
        return Series("too_few", len(ordered), 0, ())
    gaps = []
    missing = 0
    for (number, after), (following, before) in pairwise(ordered):
        absent = following - number - 1
        if skips_zero:
            # A counter may turn from 9999 to 0001.
            absent -= (following - 1) // TURN - number // TURN
        if absent > 0:
            missing += absent
            gaps.append(Gap(after, before, absent))
    if missing > (len(ordered) + missing) * DENSEST_GAPS:
        return Series("not_serial", len(ordered), 0, ())
    return Series("serial", len(ordered), missing, tuple(gaps[:MOST_GAPS]))
