"""Plants with Chinese herbal pieces (中药饮片): never paid, and not paid alone."""

from services.demo import formulary
from services.demo.claim import Claim
from services.demo.planted.seedbed import PER_RULE, Seedbed
from services.demo.visits import HERB_DAYS

HERBS_ALONE = 3
"""Listed herbs that make up a planted prescription."""


def plant_herb_never_paid(bed: Seedbed) -> None:
    """A tonic that the fund pays in no prescription, among herbs that it does pay."""
    (rule,) = bed.knowledge.rules_of("herb_never_paid")
    for point in bed.knowledge.points_of("herb_never_paid")[:PER_RULE]:
        claim = bed.outpatient(bed.person(), bed.hospital(2))
        _prescribe_paid_herbs(claim)
        line = claim.charge(point.item(), quantity=5 * HERB_DAYS)
        bed.plant(rule, (claim,), [claim], (line,), f"{point.name}不予支付")
        own_money = bed.outpatient(bed.person(), bed.hospital(2))
        own_money.self_paid = True
        own_money.charge(point.item(), quantity=5 * HERB_DAYS)
        bed.negative(own_money)


def plant_herb_alone(bed: Seedbed) -> None:
    """A prescription made up of nothing but herbs that are not paid alone."""
    (rule,) = bed.knowledge.rules_of("herb_alone_not_paid")
    points = bed.knowledge.points_of("herb_alone_not_paid")
    for number in range(PER_RULE):
        herbs = [point.item() for point in points[number * HERBS_ALONE : (number + 1) * HERBS_ALONE]]
        claim = bed.outpatient(bed.person(), bed.hospital(1))
        lines = tuple(claim.charge(herb, quantity=10 * HERB_DAYS) for herb in herbs)
        bed.plant(rule, (claim,), [claim], lines, f"{herbs[0].name}等单独成方")
        compound = bed.outpatient(bed.person(), bed.hospital(1))
        for herb in herbs:
            compound.charge(herb, quantity=10 * HERB_DAYS)
        _prescribe_paid_herbs(compound)
        bed.negative(compound)
        own_money = bed.outpatient(bed.person(), bed.hospital(0))
        own_money.self_paid = True
        own_money.charge(herbs[0], quantity=10 * HERB_DAYS)
        bed.negative(own_money)


def _prescribe_paid_herbs(claim: Claim) -> None:
    for herb in formulary.HERBS[:5]:
        claim.charge(herb, quantity=8 * HERB_DAYS)
