"""Plants that turn on how often and when: frequency, course of treatment, dates outside the stay, two stays at once."""

from datetime import timedelta

from services.demo import formulary, visits
from services.demo.claim import moment
from services.demo.formulary import Item
from services.demo.knowledge import Point, Rule
from services.demo.planted.seedbed import PER_RULE, Seedbed, culprit
from services.demo.visits import ward_rounds

LONGEST_PLANTED_COURSE = 30
"""Courses longer than this would need stays that no day of the county ends."""
STAY_DAYS = 6


def plant_frequency(bed: Seedbed) -> None:
    """More of an item than a day, the hours of a visit, or a rolling period allow."""
    for rule in bed.knowledge.rules_of("frequency"):
        points = [p for p in bed.knowledge.points_of("frequency") if p.rule is rule]
        for point in _alone(bed, points, "day")[: PER_RULE // 2]:
            _plant_day(bed, rule, point)
        for point in _alone(bed, points, "visit")[: PER_RULE // 2]:
            _plant_hours(bed, rule, point)
        for point in _alone(bed, points, "rolling")[:PER_RULE]:
            _plant_rolling(bed, rule, point)


def _alone(bed: Seedbed, points: list[Point], window: str) -> list[Point]:
    """Points of a window that are broken without breaking another: items on which no other point counts as tightly."""
    if window == "visit":
        # A visit of an hour: the hourly limit is reached long before the 24 of a day.
        return [point for point in points if point.when.get("per") == "stay_hour"]
    return [
        point
        for point in points
        if point.when["window"] == window
        and sum(other.rule.kind == "frequency" for other in bed.knowledge.points_on(point.codes[0])) == 1
    ]


def _plant_day(bed: Seedbed, rule: Rule, point: Point) -> None:
    item, limit = _item(bed, point), point.when["limit"]
    claim = bed.outpatient(bed.person(), bed.hospital(3))
    line = claim.charge(item, quantity=limit + 2)
    bed.plant(rule, (claim,), [claim], (line,), f"{point.name}单日超量")
    person, hospital = bed.person(), bed.hospital(3)
    first, second = bed.outpatient(person, hospital), bed.outpatient(person, hospital)
    first.charge(item, quantity=limit)
    line = second.charge(item)
    bed.plant(rule, (first, second), [second], (line,), f"{point.name}同日两次结算")
    stay = bed.inpatient(bed.person(), bed.hospital(3), days=STAY_DAYS)
    for at in ward_rounds(stay):
        stay.charge(item, at=at, quantity=limit)
    bed.negative(stay)


def _plant_hours(bed: Seedbed, rule: Rule, point: Point) -> None:
    item = _item(bed, point)
    claim = bed.outpatient(bed.person(), bed.hospital(3))
    claim.ended_at = claim.started_at + timedelta(minutes=50)
    line = claim.charge(item, quantity=4)
    bed.plant(rule, (claim,), [claim], (line,), f"{point.name}计时超过就诊时长")
    right = bed.outpatient(bed.person(), bed.hospital(3))
    right.ended_at = right.started_at + timedelta(minutes=230)
    right.charge(item, quantity=4)
    bed.negative(right)


def _plant_rolling(bed: Seedbed, rule: Rule, point: Point) -> None:
    item = _item(bed, point)
    stay = bed.inpatient(bed.person(), bed.hospital(2), days=STAY_DAYS)
    rounds = ward_rounds(stay)
    stay.charge(item, at=rounds[0], quantity=point.when["limit"])
    line = stay.charge(item, at=rounds[-1])
    bed.plant(rule, (stay,), [stay], (line,), f"{point.name}{point.when['days']}天内超频次")
    right = bed.inpatient(bed.person(), bed.hospital(2), days=STAY_DAYS)
    right.charge(item, quantity=point.when["limit"])
    bed.negative(right)


def plant_course_length(bed: Seedbed) -> None:
    """An item used on two days more than a course is paid for."""
    for rule in bed.knowledge.rules_of("course_length"):
        points = [
            point
            for point in bed.knowledge.points_of("course_length")
            if point.rule is rule and point.when["max_days"] <= LONGEST_PLANTED_COURSE
        ]
        for number in range(PER_RULE):
            point = points[number % len(points)]
            item, most = _item(bed, point), point.when["max_days"]
            # The last day of a stay is not charged for, so a stay of most + 3 days has most + 2 days of use.
            stay = bed.inpatient(bed.person(), bed.hospital(3), days=most + 3)
            lines = [stay.charge(item, at=at) for at in ward_rounds(stay)]
            bed.plant(rule, (stay,), [stay], tuple(lines[most:]), f"{point.name}超过支付疗程")
            right = bed.inpatient(bed.person(), bed.hospital(3), days=most + 1)
            for at in ward_rounds(right):
                right.charge(item, at=at)
            bed.negative(right)


def plant_billing_date(bed: Seedbed) -> None:
    """A fee charged on the day before admission or after discharge."""
    (rule,) = bed.knowledge.rules_of("billing_date")
    for number in range(PER_RULE):
        stay = bed.inpatient(bed.person(), bed.hospital(2), days=STAY_DAYS)
        early = stay.started_at - timedelta(days=1)
        late = stay.ended_at + timedelta(days=1)
        line = stay.charge(_laboratory(bed), at=late if number % 2 else early)
        bed.plant(rule, (stay,), [stay], (line,), "计费日期不在住院期间")
        right = bed.inpatient(bed.person(), bed.hospital(2), days=STAY_DAYS)
        # Charged in the emergency room in the small hours of the day of admission, and late on the day of discharge.
        right.charge(_laboratory(bed), at=moment(right.started_at.date(), 1))
        right.charge(_laboratory(bed), at=moment(right.ended_at.date(), 22))
        bed.negative(right)


def plant_overlapping_stays(bed: Seedbed) -> None:
    """One person in two hospitals at once for days."""
    (rule,) = bed.knowledge.rules_of("overlapping_stays")
    for _ in range(PER_RULE):
        person = bed.person()
        first = bed.inpatient(person, bed.hospital(3), days=STAY_DAYS)
        second = bed.inpatient(person, bed.hospital(2), days=STAY_DAYS - 2)
        both = [line.number for line in second.lines if first.started_at <= line.charged_at <= first.ended_at]
        bed.plant(rule, (first, second), [second], tuple(both), "两次住院时间重叠")
    for _ in range(PER_RULE // 2):
        patient = bed.person()
        before = culprit(visits.inpatient(bed.desk, patient, bed.hospital(2), days=STAY_DAYS))
        before.move(-timedelta(days=2))
        # A transfer: admitted in the other place in the morning, papers of the first made out in the afternoon.
        after = bed.inpatient(patient, bed.hospital(3), days=3)
        before.ended_at = moment(after.started_at.date(), 18)
        bed.negative(before, after)


def _item(bed: Seedbed, point: Point) -> Item:
    return bed.stock.item(point.codes[0], level=2)


def _laboratory(bed: Seedbed) -> Item:
    return bed.desk.draw.choice(formulary.OUTPATIENT_SERVICES)
