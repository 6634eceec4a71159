"""The bundled day put together: county, clean visits and plants, from one seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from services.demo.county import County, Institution, build_county
from services.demo.day import DAY, SEED, SETTLEMENTS, Group, mingle
from services.demo.knowledge import Knowledge, read_knowledge
from services.demo.planted.seedbed import Plant, Seedbed
from services.demo.planted.sowing import sow
from services.demo.restricted import Stock
from services.demo.visits import Desk

RESERVED_PERSONS = 1_000
"""Persons kept for plants and for the claims that follow the day."""


@dataclass(frozen=True, slots=True)
class Almanac:
    """A day that can be told once: its county, what is planted, and the stream of claims."""

    county: County
    knowledge: Knowledge
    bed: Seedbed
    groups: Iterator[Group]
    """Claims in the order of posting; consumed by going through it."""

    def institution(self, code: str) -> Institution:
        """The institution with a code; raises StopIteration when the county has none."""
        return next(institution for institution in self.county.institutions if institution.code == code)

    @property
    def plants(self) -> list[Plant]:
        """What must be found, nothing more and nothing less."""
        return self.bed.plants


def prepare_day(*, seed: int = SEED, settlements: int = SETTLEMENTS) -> Almanac:
    """Make the day of a seed; raises ValueError when it is too short for what is planted."""
    county = build_county(seed, settlements=settlements)
    knowledge = read_knowledge()
    stock = Stock(knowledge)
    desk = Desk(random.Random(seed), DAY)
    bed = sow(county, desk, stock, county.persons[:RESERVED_PERSONS])
    groups = mingle(county, desk, stock, county.persons[RESERVED_PERSONS:], bed.groups, settlements=settlements)
    return Almanac(county, knowledge, bed, groups)
