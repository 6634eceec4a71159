"""Distribution of peers without naming any: every bar holds several of them, or it is joined with the next."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

FEWEST = 5
"""Peers that a bar holds at least, and that there must be at all."""

_STEPS_E2 = (50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
_MOST_STEPS = 12
"""Steps before any are joined."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Peers between two scores, times 100; the upper one counts in the last bar only."""

    from_e2: int
    to_e2: int
    peers: int
    own: bool
    """Whether the institution itself lies here; it is not counted."""


def peer_bins(peers_e2: Sequence[int], own_e2: int, most_e2: int) -> tuple[Bin, ...]:
    """Return bars of equal steps, joined until each holds FEWEST peers; none where there are too few at all.

    ``most_e2`` is the highest score there is; it belongs to the last bar.
    """
    if len(peers_e2) < FEWEST:
        return ()
    span = max(*peers_e2, own_e2) - min(*peers_e2, own_e2)
    step = next((one for one in _STEPS_E2 if span < one * _MOST_STEPS), _STEPS_E2[-1])
    places = Counter(min(score, most_e2 - 1) // step for score in peers_e2)
    own = min(own_e2, most_e2 - 1) // step
    highest = max(*places, own)
    joined: list[tuple[int, int, int]] = []
    lower, held = min(*places, own), 0
    for place in range(lower, highest + 1):
        held += places[place]
        if held >= FEWEST:
            joined.append((lower, place + 1, held))
            lower, held = place + 1, 0
    if lower <= highest:
        # What is left above holds too few: it belongs to the last bar.
        begin, _, peers = joined.pop()
        joined.append((begin, highest + 1, peers + held))
    return tuple(
        Bin(begin * step, min(end * step, most_e2), peers, own=begin <= own < end) for begin, end, peers in joined
    )
