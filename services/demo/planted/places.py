"""Plants that turn on where the service was given and at what price: level, kind of visit, ceiling."""

from itertools import cycle, islice

from services.demo import visits
from services.demo.formulary import Item
from services.demo.planted.seedbed import PER_RULE, Seedbed, culprit

LEVELS = (3, 2, 1, 0)


def plant_facility_level(bed: Seedbed) -> None:
    """A medicine from level two upwards, given in a township hospital."""
    (rule,) = bed.knowledge.rules_of("facility_level")
    points = [p for p in bed.knowledge.points_of("facility_level") if bed.knowledge.only(p.codes[0], "facility_level")]
    for number, point in enumerate(points[:PER_RULE]):
        least = point.when["min_level"]
        claim = bed.outpatient(bed.person(), bed.hospital(least - 1 - number % least))
        line = claim.charge(point.item())
        bed.plant(rule, (claim,), [claim], (line,), f"{point.name}低于限定级别")
        right = bed.outpatient(bed.person(), bed.hospital(least))
        right.charge(point.item())
        bed.negative(right)


def plant_visit_type(bed: Seedbed) -> None:
    """A medicine for inpatients, given to an outpatient."""
    (rule,) = bed.knowledge.rules_of("visit_type")
    points = [p for p in bed.knowledge.points_of("visit_type") if bed.knowledge.only(p.codes[0], "visit_type")]
    for point in points[:PER_RULE]:
        claim = bed.outpatient(bed.person(), bed.hospital(3))
        line = claim.charge(point.item())
        bed.plant(rule, (claim,), [claim], (line,), f"{point.name}用于门诊")
        stay = bed.inpatient(bed.person(), bed.hospital(3), days=4)
        stay.charge(point.item())
        bed.negative(stay)
    for point in points:
        if "emergency" in point.when["care_settings"]:
            urgent = culprit(visits.emergency(bed.desk, bed.person(), bed.hospital(3)))
            urgent.charge(point.item())
            bed.negative(urgent)


def plant_price_ceiling(bed: Seedbed) -> None:
    """A service charged above the ceiling of the institution's level."""
    (rule,) = bed.knowledge.rules_of("price_ceiling")
    points = bed.knowledge.points_of("price_ceiling")
    for point, level in islice(zip(cycle(points), cycle(LEVELS), strict=False), PER_RULE):
        ceiling = point.when["ceilings_fen"][str(level)]
        item = point.item()
        dear = Item(item.code, item.kind, item.name, ceiling + ceiling // 2)
        claim = bed.outpatient(bed.person(), bed.hospital(level))
        line = claim.charge(dear)
        bed.plant(rule, (claim,), [claim], (line,), f"{point.name}超限价")
        right = bed.outpatient(bed.person(), bed.hospital(level))
        right.charge(Item(item.code, item.kind, item.name, ceiling))
        bed.negative(right)
