"""Plants that turn on who the person is: sex, age, insurance, and a diagnosis of the other sex."""

from datetime import date, timedelta
from itertools import cycle, islice

from services.contracts.intake import Sex
from services.demo.claim import MATERNITY_OUTPATIENT
from services.demo.county import EMPLOYEES
from services.demo.day import DAY
from services.demo.knowledge import Point, age_limits
from services.demo.planted.seedbed import PER_RULE, Seedbed

OTHER: dict[str, Sex] = {"male": "female", "female": "male"}


def plant_sex(bed: Seedbed) -> None:
    """An item for one sex charged to a person of the other."""
    for rule in bed.knowledge.rules_of("sex"):
        points = [p for p in bed.knowledge.points_of("sex") if p.rule is rule and bed.knowledge.only(p.codes[0], "sex")]
        for point in (*_of_sex(points, "male")[: PER_RULE // 2], *_of_sex(points, "female")[: PER_RULE // 2]):
            claim = bed.outpatient(bed.person(sex=OTHER[point.when["sex"]]), bed.hospital(2))
            line = claim.charge(point.item())
            bed.plant(rule, (claim,), [claim], (line,), f"{point.name}用于异性")
            right = bed.outpatient(bed.person(sex=point.when["sex"]), bed.hospital(2))
            right.charge(point.item())
            bed.negative(right)
        unknown = bed.outpatient(bed.person(sex="unknown"), bed.hospital(3))
        unknown.charge(points[0].item())
        bed.negative(unknown)


def _of_sex(points: list[Point], sex: str) -> list[Point]:
    return [point for point in points if point.when["sex"] == sex]


def plant_age(bed: Seedbed) -> None:
    """An item for children charged to somebody who is none."""
    for rule in bed.knowledge.rules_of("age"):
        points = [p for p in bed.knowledge.points_of("age") if p.rule is rule and bed.knowledge.only(p.codes[0], "age")]
        # The rarer conditions first, so that bands and newborns are among those planted.
        points.sort(key=lambda point: point.when.get("group") == "child")
        spread = points[: PER_RULE // 2] + points[-(PER_RULE - PER_RULE // 2) :]
        for point in spread:
            _, end = age_limits(point)
            too_old = years_before(DAY, (end or 0) + 2)
            claim = bed.outpatient(bed.person(born=too_old), bed.hospital(3))
            line = claim.charge(point.item())
            bed.plant(rule, (claim,), [claim], (line,), f"{point.name}超出限定年龄")
            # The last day on which the age still fits; a newborn of ten days where there are no years.
            in_time = years_before(DAY, end) + timedelta(days=2) if end else DAY - timedelta(days=10)
            young = bed.outpatient(bed.person(born=in_time), bed.hospital(2))
            young.charge(point.item())
            bed.negative(young)


def years_before(day: date, years: int) -> date:
    """The same date so many years earlier."""
    return day.replace(year=day.year - years)


def plant_insurance(bed: Seedbed) -> None:
    """A medicine that only work-injury or maternity insurance pays, settled under residents' insurance."""
    for rule in bed.knowledge.rules_of("insurance_type"):
        points = [p for p in bed.knowledge.points_of("insurance_type") if p.rule is rule]
        for point in islice(cycle(points), PER_RULE):
            claim = bed.outpatient(bed.person(sex="female"), bed.hospital(3))
            line = claim.charge(point.item())
            bed.plant(rule, (claim,), [claim], (line,), f"{point.name}不属本险种")
        insured = bed.outpatient(bed.person(sex="female"), bed.hospital(3))
        insured.insurance_type = rule.parameters["insurance_types"][0]
        insured.charge(points[0].item())
        bed.negative(insured)
        if MATERNITY_OUTPATIENT in rule.parameters.get("medical_types", ()):
            merged = bed.outpatient(bed.person(sex="female", insurance_type=EMPLOYEES), bed.hospital(3))
            merged.medical_type = MATERNITY_OUTPATIENT
            merged.charge(points[0].item())
            bed.negative(merged)


def plant_diagnosis(bed: Seedbed) -> None:
    """A diagnosis that the person's sex cannot have."""
    (rule,) = bed.knowledge.rules_of("diagnosis_sex")
    for point in islice(bed.knowledge.points_of("diagnosis_sex"), PER_RULE + 1):
        category = point.when["diagnoses"][0][:3]
        sex = point.when["sex"]
        claim = bed.outpatient(bed.person(sex=OTHER[sex]), bed.hospital(2))
        claim.diagnosis_codes = (*claim.diagnosis_codes, f"{category}.900")
        bed.plant(rule, (claim,), [claim], (), f"{point.name}与性别不符")
        right = bed.outpatient(bed.person(sex=sex), bed.hospital(2))
        right.diagnosis_codes = (f"{category}.900",)
        bed.negative(right)
