"""Plants with traceability codes (追溯码): one pack settled twice."""

from datetime import timedelta

from services.demo import formulary, visits
from services.demo.claim import Claim
from services.demo.county import Institution, InsuredPerson
from services.demo.formulary import Item
from services.demo.planted.seedbed import PER_RULE, Seedbed


def plant_duplicate_codes(bed: Seedbed) -> None:
    """A pack sold again: by another pharmacy, or by a hospital."""
    (rule,) = bed.knowledge.rules_of("duplicate_traceability_code")
    for number in range(PER_RULE + 2):
        drug = formulary.WESTERN_DRUGS[number]
        code = bed.desk.traceability_code()
        first = _sell(bed, bed.person(), bed.pharmacy(), drug, (code,))
        second = _sell(bed, bed.person(), bed.pharmacy(), drug, (code,))
        bed.plant(rule, (first, second), [second], None, f"{drug.name}同一追溯码两次结算")
    _split_pack(bed)
    _same_code_on_two_lines(bed)
    _returned_and_sold_again(bed)


def _sell(
    bed: Seedbed,
    person: InsuredPerson,
    shop: Institution,
    drug: Item,
    codes: tuple[str, ...],
    *,
    split_pack: bool = False,
) -> Claim:
    """A purchase in a pharmacy with one pack of known code in it."""
    claim = visits.pharmacy(bed.desk, person, shop)
    claim.charge(drug, traceability_codes=codes, split_pack=split_pack)
    return claim


def _split_pack(bed: Seedbed) -> None:
    """A pack split for two patients (拆零)."""
    code = bed.desk.traceability_code()
    drug = formulary.WESTERN_DRUGS[-1]
    halves = [_sell(bed, bed.person(), bed.pharmacy(), drug, (code,), split_pack=True) for _ in range(2)]
    bed.negative(*halves)


def _same_code_on_two_lines(bed: Seedbed) -> None:
    """One code scanned twice in one claim: a slip of the scanner, not a second sale."""
    code = bed.desk.traceability_code()
    drug = formulary.WESTERN_DRUGS[-2]
    claim = _sell(bed, bed.person(), bed.pharmacy(), drug, (code,))
    claim.charge(drug, traceability_codes=(code,))
    bed.negative(claim)


def _returned_and_sold_again(bed: Seedbed) -> None:
    """Bought, taken back against something dearer, and bought again by the same person."""
    code = bed.desk.traceability_code()
    person, shop, drug = bed.person(), bed.pharmacy(), formulary.WESTERN_DRUGS[4]
    bought = _sell(bed, person, shop, drug, (code,))
    returned = visits.pharmacy(bed.desk, person, shop)
    returned.charge(formulary.WESTERN_DRUGS[-1], quantity=3, traceability_codes=bed.desk.packs(3))
    returned.charge(drug, quantity=-1, traceability_codes=(code,))
    again = _sell(bed, person, shop, drug, (code,))
    opening = bought.started_at.replace(hour=9)
    for hours, claim in enumerate((bought, returned, again)):
        claim.move(opening + timedelta(hours=hours) - claim.started_at)
    bed.negative(bought, returned, again)
