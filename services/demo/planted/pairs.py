"""Plants of double charging (重复收费): an item beside another that includes it."""

from datetime import timedelta

from services.demo.formulary import Item
from services.demo.knowledge import Point
from services.demo.planted.seedbed import PER_RULE, Seedbed
from services.demo.restricted import visit_of

STAY_DAYS = 5


def plant_exclusive_items(bed: Seedbed) -> None:
    """Both items of a pair within its window: in one claim, and in two claims of one day."""
    _plant_within(bed, "day")
    _plant_within(bed, "visit")
    _plant_within(bed, "hours")
    _plant_across(bed)


def _plant_within(bed: Seedbed, window: str) -> None:
    for point in _lonely_pairs(bed, window)[: PER_RULE // 2]:
        including, included = _items(bed, point)
        stay = bed.inpatient(bed.person(sex="female"), bed.hospital(2), days=STAY_DAYS)
        stay.charge(including)
        line = stay.charge(included)
        bed.plant(point.rule, (stay,), [stay], (line,), f"{point.name}重复收费")
        _negative(bed, point, including, included)


def _negative(bed: Seedbed, point: Point, including: Item, included: Item) -> None:
    """The same two items just outside the window."""
    person, hospital = bed.person(sex="female"), bed.hospital(2)
    if point.when["window"] == "visit":
        first = bed.outpatient(person, hospital)
        first.charge(including)
        second = bed.outpatient(person, hospital)
        second.move(first.ended_at + timedelta(hours=1) - second.started_at)
        second.charge(included)
        bed.negative(first, second)
        return
    apart = timedelta(hours=point.when["hours"]) if point.when["window"] == "hours" else timedelta(days=1)
    stay = bed.inpatient(person, hospital, days=STAY_DAYS)
    stay.charge(including)
    stay.charge(included, at=stay.started_at + apart)
    bed.negative(stay)


def _plant_across(bed: Seedbed) -> None:
    """The pair spread over two claims of one day, which the history must bring together."""
    for point in _lonely_pairs(bed, "day")[-(PER_RULE // 2) :]:
        including, included = _items(bed, point)
        person, hospital = bed.person(sex="female"), bed.hospital(3)
        first = bed.outpatient(person, hospital)
        first.charge(including)
        second = bed.outpatient(person, hospital)
        line = second.charge(included)
        bed.plant(point.rule, (first, second), [second], (line,), f"{point.name}分两次结算")
        elsewhere = bed.person(sex="female")
        one, other = bed.outpatient(elsewhere, hospital), bed.outpatient(elsewhere, bed.hospital(3))
        one.charge(including)
        other.charge(included)
        bed.negative(one, other)


def _lonely_pairs(bed: Seedbed, window: str) -> list[Point]:
    """Pairs of the window whose items a grown-up woman may have, each pair with another first item."""
    knowledge = bed.knowledge
    visit = visit_of(bed.outpatient(bed.person(sex="female"), bed.hospital(2)))
    chosen: dict[str, Point] = {}
    for point in knowledge.points_of("exclusive_items"):
        fits = all(knowledge.permits(code, visit) for code in (point.codes[0], point.others[0]))
        if point.when["window"] == window and fits:
            chosen.setdefault(point.codes[0], point)
    return list(chosen.values())


def _items(bed: Seedbed, point: Point) -> tuple[Item, Item]:
    """The item that includes the other, and the one included, at prices within every ceiling."""
    return bed.stock.item(point.codes[0], level=2), bed.stock.item(point.others[0], level=2)
