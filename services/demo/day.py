"""One reproducible day of the county: a stream of clean visits with the planted violations mixed in."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date

from services.demo import visits
from services.demo.claim import Claim
from services.demo.county import County, Institution, InsuredPerson
from services.demo.restricted import Stock
from services.demo.visits import Desk

DAY = date(2026, 3, 9)
"""A Monday; stays that end on it began at most a week before."""

SEED = 20260309
"""Seed of the bundled day."""

SETTLEMENTS = 2_400
"""Settlements of the bundled day."""

CHILDREN_END = 14

Group = tuple[Claim, ...]
"""Claims that must be posted in this order, in one batch, because one bears on the next."""

Visit = Callable[[Desk, InsuredPerson, Institution], Claim]

MIX: tuple[tuple[Visit, tuple[int, ...], float], ...] = (
    (visits.outpatient, (3, 2, 1, 0), 0.52),
    (visits.emergency, (3, 2), 0.08),
    (visits.inpatient, (3, 2, 1), 0.15),
    (visits.pharmacy, (), 0.25),
)
"""Kind of visit, levels of the hospitals that offer it (none: pharmacies), share of the day."""

PHARMACY_AFTERWARDS = 0.1
"""Share of outpatients who fetch something from a pharmacy the same day."""

RESTRICTED_ITEMS = 0.4
"""Share of clean claims that hold items which some rule restricts, used as the rule allows."""
DAILY_SERVICE = 0.5
"""Share of stays with a service that may be charged once a day."""


def mingle(
    county: County,
    desk: Desk,
    stock: Stock,
    persons: Sequence[InsuredPerson],
    planted: Sequence[Group],
    *,
    settlements: int,
) -> Iterator[Group]:
    """Yield groups of claims, ``settlements`` claims in all: the planted ones among clean ones.

    Clean visits take a new person each time, so that nothing of one visit bears on another; planted groups bring their
    own persons. Memory does not grow with the number of settlements. Raises ValueError when the planted claims alone
    are more than the day may have.
    """
    clean = settlements - sum(len(group) for group in planted)
    if clean < 0:
        raise ValueError("the day is too short for what is planted")
    draw = desk.draw
    places = sorted(draw.randrange(clean + 1) for _ in planted)
    waiting = list(zip(places, planted, strict=True))[::-1]
    hospitals = {levels: county.hospitals(*levels) if levels else county.pharmacies() for _, levels, _ in MIX}
    order = list(range(len(persons)))
    draw.shuffle(order)
    queue = iter(order)
    done = 0
    while done < clean:
        while waiting and waiting[-1][0] <= done:
            yield waiting.pop()[1]
        visit, levels, _ = draw.choices(MIX, weights=[share for _, _, share in MIX])[0]
        person = persons[next(queue)]
        claim = visit(desk, person, draw.choice(hospitals[levels]))
        if visit is visits.inpatient and draw.random() < DAILY_SERVICE:
            stock.charge_daily(desk, claim)
        if draw.random() < RESTRICTED_ITEMS:
            stock.charge_some(desk, claim, draw.randint(1, 3))
        group: Group = (claim,)
        if visit is visits.outpatient and clean - done > 1 and draw.random() < PHARMACY_AFTERWARDS:
            group = (*group, visits.pharmacy(desk, person, draw.choice(hospitals[()])))
        done += len(group)
        yield group
    while waiting:
        yield waiting.pop()[1]
