"""Plants that turn on how a patient was treated: operations through one incision, a second-line drug."""

from services.demo.planted.seedbed import PER_RULE, Seedbed


def plant_surgery_discount(bed: Seedbed) -> None:
    """Two operations of one group on one day, both at the full price."""
    (rule,) = bed.knowledge.rules_of("surgery_discount")
    groups: dict[str, list[str]] = {}
    for point in bed.knowledge.points_of("surgery_discount"):
        if bed.knowledge.only(point.codes[0], "surgery_discount"):
            groups.setdefault(point.when["group"], []).append(point.codes[0])
    wide = [codes for codes in groups.values() if len(codes) > 1]
    for number in range(PER_RULE):
        codes = wide[number % len(wide)]
        first, second = (bed.stock.item(code, level=3) for code in codes[:2])
        dearer, cheaper = sorted((first, second), key=lambda item: -item.price_fen)
        stay = bed.inpatient(bed.person(), bed.hospital(3), days=5)
        stay.charge(dearer)
        line = stay.charge(cheaper)
        bed.plant(rule, (stay,), [stay], (line,), f"同一切口手术未折价：{cheaper.name}")
        right = bed.inpatient(bed.person(), bed.hospital(3), days=5)
        right.charge(dearer)
        bed.negative(right)


def plant_second_line(bed: Seedbed) -> None:
    """A second-line drug: its use calls for a look into the record."""
    (rule,) = bed.knowledge.rules_of("second_line")
    points = [p for p in bed.knowledge.points_of("second_line") if bed.knowledge.only(p.codes[0], "second_line")]
    for point in points[:PER_RULE]:
        claim = bed.outpatient(bed.person(), bed.hospital(3))
        line = claim.charge(point.item())
        bed.plant(rule, (claim,), [claim], (line,), f"{point.name}二线用药核对病历")
