"""Clean visits of the four care settings: what honest hospitals and pharmacies send in on an ordinary day."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count

from services.demo import formulary
from services.demo.claim import EMERGENCY, INPATIENT, OUTPATIENT, PHARMACY, Claim, moment
from services.demo.county import Institution, InsuredPerson
from services.demo.formulary import Item

LONGEST_STAY_DAYS = 8
HERB_SHARE = 0.15
"""Share of outpatients who get Chinese herbal pieces instead of ready-made medicines."""
HERB_DAYS = 7
"""A prescription of Chinese herbal pieces lasts a week."""

ILLNESSES = (
    ("A03", ("J06.900", "J20.900")),
    ("A03", ("I10.x00", "E78.500")),
    ("A03", ("E11.900",)),
    ("A03", ("K29.500",)),
    ("A04", ("M54.500",)),
    ("A10", ("H10.900",)),
    ("A50", ("K30.x00",)),
)
"""Department and diagnoses (ICD-10, medical-insurance edition) that fit both sexes and every age."""


@dataclass(slots=True)
class Desk:
    """What a day hands out while it is made: chance, numbers of settlements and of packs."""

    draw: random.Random
    day: date
    settlement_numbers: Iterator[int] = field(default_factory=lambda: count(1))
    pack_numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def settlement_id(self) -> str:
        """The next settlement id (``setl_id``)."""
        return f"{self.day:%Y%m%d}{next(self.settlement_numbers):08d}"

    def traceability_code(self) -> str:
        """The code of a pack that was never sold before: 20 digits."""
        return f"8399012{next(self.pack_numbers):013d}"

    def packs(self, quantity: int) -> tuple[str, ...]:
        """Codes of that many packs."""
        return tuple(self.traceability_code() for _ in range(quantity))

    def between(self, first_hour: int, last_hour: int) -> datetime:
        """Some moment of the day from the first hour to the end of the last."""
        draw = self.draw
        return moment(self.day, draw.randint(first_hour, last_hour), draw.randint(0, 59), draw.randint(0, 59))

    def open_claim(
        self,
        person: InsuredPerson,
        institution: Institution,
        medical_type: str,
        *,
        started_at: datetime,
        ended_at: datetime,
    ) -> Claim:
        """Begin a claim with an attending physician, a department and a diagnosis of no consequence."""
        department, diagnoses = self.draw.choice(ILLNESSES)
        in_pharmacy = institution.kind == "pharmacy"
        return Claim(
            settlement_id=self.settlement_id(),
            institution=institution,
            person=person,
            medical_type=medical_type,
            started_at=started_at,
            ended_at=ended_at,
            practitioner_code=None if in_pharmacy else self.draw.choice(institution.physicians),
            department_code=None if in_pharmacy else ("A20" if medical_type == EMERGENCY else department),
            diagnosis_codes=() if in_pharmacy else diagnoses,
        )


def outpatient(desk: Desk, person: InsuredPerson, hospital: Institution, *, herbal: bool | None = None) -> Claim:
    """A visit to the outpatient department: the fee, some examinations, medicines to take home.

    ``herbal`` says whether these are Chinese herbal pieces; None leaves it to chance.
    """
    draw = desk.draw
    started = desk.between(8, 16)
    claim = desk.open_claim(
        person, hospital, OUTPATIENT, started_at=started, ended_at=started + timedelta(minutes=draw.randint(15, 90))
    )
    claim.charge(formulary.VISIT_FEE)
    charge_services(claim, draw, draw.randint(2, 6))
    if draw.random() < HERB_SHARE if herbal is None else herbal:
        for herb in draw.sample(formulary.HERBS, draw.randint(6, 9)):
            claim.charge(herb, quantity=draw.randint(6, 15) * HERB_DAYS)
    else:
        charge_packs(desk, claim, (*formulary.WESTERN_DRUGS, *formulary.CHINESE_MEDICINES), draw.randint(2, 6))
    return claim


def emergency(desk: Desk, person: InsuredPerson, hospital: Institution) -> Claim:
    """A visit to the emergency room: quick examinations and infusions."""
    draw = desk.draw
    started = desk.between(0, 20)
    claim = desk.open_claim(
        person, hospital, EMERGENCY, started_at=started, ended_at=started + timedelta(minutes=draw.randint(40, 170))
    )
    claim.charge(formulary.EMERGENCY_FEE)
    charge_services(claim, draw, draw.randint(3, 6))
    claim.charge(formulary.OBSERVATION, quantity=draw.randint(1, 2))
    for drug in draw.sample(formulary.INFUSIONS, draw.randint(2, 4)):
        claim.charge(drug, quantity=draw.randint(1, 2))
    for consumable in draw.sample(formulary.CONSUMABLES, draw.randint(2, 4)):
        claim.charge(consumable, quantity=draw.randint(1, 3))
    return claim


def inpatient(desk: Desk, person: InsuredPerson, hospital: Institution, *, days: int | None = None) -> Claim:
    """A stay of several days that ends today, charged day by day."""
    draw = desk.draw
    nights = (days or draw.randint(3, LONGEST_STAY_DAYS)) - 1
    ended = desk.between(9, 16)
    started = moment(desk.day - timedelta(days=nights), draw.randint(8, 17), draw.randint(0, 59))
    claim = desk.open_claim(person, hospital, INPATIENT, started_at=started, ended_at=ended)
    infusions = draw.sample(formulary.INFUSIONS, draw.randint(2, 3))
    for at in ward_rounds(claim):
        for service in (formulary.BED, formulary.WARD_VISIT, formulary.NURSING, formulary.INFUSION_SERVICE):
            claim.charge(service, at=at)
        for drug in infusions:
            claim.charge(drug, at=at, quantity=draw.randint(1, 2))
    charge_services(claim, draw, draw.randint(4, 7))
    for consumable in draw.sample(formulary.CONSUMABLES, draw.randint(2, 4)):
        claim.charge(consumable, quantity=draw.randint(1, 6))
    return claim


def ward_rounds(claim: Claim) -> list[datetime]:
    """When a stay is charged for: at admission, then at ten on every further day before the discharge."""
    admitted, discharged = claim.started_at.date(), claim.ended_at.date()
    days = range(1, (discharged - admitted).days)
    return [claim.started_at, *(moment(admitted + timedelta(days=day), 10) for day in days)]


def pharmacy(desk: Desk, person: InsuredPerson, shop: Institution) -> Claim:
    """A purchase over the counter: one to four medicines, every pack scanned."""
    started = desk.between(8, 20)
    claim = desk.open_claim(person, shop, PHARMACY, started_at=started, ended_at=started + timedelta(minutes=5))
    lines = desk.draw.randint(1, 4)
    charge_packs(desk, claim, (*formulary.WESTERN_DRUGS, *formulary.CHINESE_MEDICINES), lines)
    return claim


def charge_services(claim: Claim, draw: random.Random, how_many: int) -> None:
    """Charge that many different examinations or treatments, once each."""
    for service in draw.sample(formulary.OUTPATIENT_SERVICES, how_many):
        claim.charge(service)


def charge_packs(desk: Desk, claim: Claim, drugs: tuple[Item, ...], how_many: int) -> None:
    """Charge that many different medicines, one or two scanned packs of each."""
    for drug in desk.draw.sample(drugs, how_many):
        quantity = desk.draw.randint(1, 2)
        claim.charge(drug, quantity=quantity, traceability_codes=desk.packs(quantity))
