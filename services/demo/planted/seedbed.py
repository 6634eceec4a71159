"""Where plants are made: their own persons, the institutions they happen in, and the record of what must be found."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import cycle, pairwise

from services.contracts.intake import Sex
from services.demo import visits
from services.demo.claim import Claim
from services.demo.county import RESIDENTS, County, Institution, InsuredPerson
from services.demo.day import Group
from services.demo.knowledge import Knowledge, Rule
from services.demo.restricted import Stock
from services.demo.visits import Desk

GROWN_UP = date(1980, 6, 15)
"""Birth date of a person whose age is of no consequence."""

PER_RULE = 4
"""Violations planted of every rule."""


@dataclass(frozen=True, slots=True)
class Plant:
    """One violation that must be found, as exactly one finding."""

    kind: str
    rule_code: str
    settlement_ids: tuple[str, ...]
    """The settlement that carries the finding; any one of them where it depends on which is screened first."""
    lines: tuple[int, ...] | None
    """Lines at issue; None where they follow from the order of screening."""
    about: str
    """What was planted, in Chinese."""


class Seedbed:
    """Collects plants, hard negatives and the claims of both."""

    def __init__(self, county: County, desk: Desk, stock: Stock, persons: Sequence[InsuredPerson]) -> None:
        self.desk = desk
        self.stock = stock
        self.plants: list[Plant] = []
        self.groups: list[Group] = []
        self.hard_negatives: list[Group] = []
        """Claims that look like violations and are none; they are among ``groups`` too."""
        self._persons: Iterator[InsuredPerson] = iter(persons)
        self._hospitals = {level: cycle(county.hospitals(level)) for level in (0, 1, 2, 3)}
        self._pharmacies = cycle(county.pharmacies())

    @property
    def knowledge(self) -> Knowledge:
        """The rulebook."""
        return self.stock.knowledge

    def person(
        self, *, sex: Sex | None = None, born: date = GROWN_UP, insurance_type: str = RESIDENTS
    ) -> InsuredPerson:
        """Somebody who takes part in nothing else."""
        fresh = next(self._persons)
        return replace(fresh, sex=sex or fresh.sex, birth_date=born, insurance_type=insurance_type)

    def hospital(self, level: int) -> Institution:
        """The next hospital of a level."""
        return next(self._hospitals[level])

    def pharmacy(self) -> Institution:
        """The next pharmacy."""
        return next(self._pharmacies)

    def outpatient(self, person: InsuredPerson, hospital: Institution) -> Claim:
        """An ordinary visit without herbs, by the physician in whose name the hospital's violations are planted."""
        return culprit(visits.outpatient(self.desk, person, hospital, herbal=False))

    def inpatient(self, person: InsuredPerson, hospital: Institution, *, days: int) -> Claim:
        """An ordinary stay of so many days, by the same physician."""
        return culprit(visits.inpatient(self.desk, person, hospital, days=days))

    def plant(
        self, rule: Rule, group: Group, carriers: Sequence[Claim], lines: tuple[int, ...] | None, about: str
    ) -> None:
        """Record a violation: the claims to post in order, and which of them carries the finding."""
        self._in_turn(group)
        identities = tuple(claim.settlement_id for claim in carriers)
        self.plants.append(Plant(rule.kind, rule.code, identities, lines, about))

    def negative(self, *group: Claim) -> None:
        """Record claims that must raise nothing."""
        self._in_turn(group)
        self.hard_negatives.append(group)

    def _in_turn(self, group: Group) -> None:
        """Let claims that count against each other be settled in the order in which they are planted."""
        for earlier, later in pairwise(group):
            if later.settled_at <= earlier.settled_at:
                later.papers = earlier.settled_at - later.ended_at + timedelta(minutes=1)
        self.groups.append(group)


Planting = Callable[[Seedbed], None]
"""Plants the violations of one kind of check."""


def culprit(claim: Claim) -> Claim:
    """Put the claim into the name of the hospital's first physician."""
    claim.practitioner_code = claim.institution.physicians[0]
    return claim
