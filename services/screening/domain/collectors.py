"""Card collectors (串换、集中刷卡): several persons who buy in one pharmacy after the other, each time within minutes.

One person in several pharmacies is another pattern. A couple who shop together stays below the number of persons, and
neighbours who meet in one pharmacy, or on different days, below the number of pharmacies.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from services.screening.domain.business_day import date_of
from services.screening.domain.pattern import ROWS, Pattern
from services.screening.domain.signal_limits import SignalLimits

_SECONDS_A_MINUTE = 60
MOST_TOGETHER = 60
"""Purchases within the minutes beyond which a pharmacy is a crowd, and being there together says nothing."""


class Purchase(NamedTuple):
    """One purchase in a pharmacy."""

    at: float
    """Seconds since the epoch."""
    institution_code: str
    row: str


def collectors(purchases: Mapping[tuple[str, int], Sequence[Purchase]], limits: SignalLimits) -> Iterable[Pattern]:
    """Return groups of persons who bought together; ``purchases`` are by person and day."""
    days: dict[int, dict[str, Sequence[Purchase]]] = defaultdict(dict)
    for (person, day), bought in purchases.items():
        # Whoever was in fewer pharmacies cannot belong to a group: nearly everybody.
        if len({one.institution_code for one in bought}) >= limits.collectors_pharmacies:
            days[day][person] = bought
    for day, of_day in sorted(days.items()):
        for group in _groups(_meetings(of_day, limits), limits):
            bought = sorted(one for person in group for one in of_day[person])
            rows = sorted(one.row for one in bought)
            places = len({one.institution_code for one in bought})
            on = date_of(day).isoformat()
            yield Pattern(
                "card_collectors",
                f"{on}|{rows[0]}",
                None,
                day,
                len(group),
                limits.collectors_persons,
                tuple(rows[:ROWS]),
                f"{on}有{len(group)}人先后在{places}家药店购药，每次相隔不超过{limits.collectors_minutes}分钟，疑似集中刷卡。",
                f"{len(group)} persons bought in {places} pharmacies on {on}, each time within "
                f"{limits.collectors_minutes} minutes of each other.",
            )


def _meetings(of_day: Mapping[str, Sequence[Purchase]], limits: SignalLimits) -> dict[tuple[str, str], set[str]]:
    """Return, by pair of persons, the pharmacies in which they bought within the minutes of each other."""
    counters: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for person, bought in of_day.items():
        for one in bought:
            counters[one.institution_code].append((one.at, person))
    met: dict[tuple[str, str], set[str]] = defaultdict(set)
    window = limits.collectors_minutes * _SECONDS_A_MINUTE
    for pharmacy, seen in counters.items():
        seen.sort()
        for position, (at, person) in enumerate(seen):
            for later, (other_at, other) in enumerate(seen[position + 1 :], start=1):
                if other_at - at > window or later > MOST_TOGETHER:
                    break
                if other != person:
                    met[min(person, other), max(person, other)].add(pharmacy)
    return met


def _groups(met: Mapping[tuple[str, str], set[str]], limits: SignalLimits) -> list[list[str]]:
    """Return the groups in which everybody met everybody else, the largest first, nobody in two of them."""
    linked: dict[str, set[str]] = defaultdict(set)
    for (one, other), pharmacies in met.items():
        if len(pharmacies) >= limits.collectors_pharmacies:
            linked[one].add(other)
            linked[other].add(one)
    groups: list[list[str]] = []
    taken: set[str] = set()
    for person in sorted(linked, key=lambda each: (-len(linked[each]), each)):
        if person in taken:
            continue
        group = [person]
        for other in sorted(linked[person] - taken):
            if all(other in linked[member] for member in group):
                group.append(other)
        if len(group) >= limits.collectors_persons:
            groups.append(sorted(group))
            taken.update(group)
    return groups
