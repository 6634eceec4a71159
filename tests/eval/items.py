"""Scenes about one item: who may have it, where, how much of it, and with what."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from services.contracts.settlement_list import ListedOperation
from services.kit.clock import business_date
from tests.eval.scenes import DAY, HOUR, Scene, Stage

Document = Mapping[str, Any]
Make = Callable[[Stage, Document, Document | None, bool], Scene]
"""Stage, rule, point, whether the rule is to be broken."""


def sex(stage: Stage, rule: Document, point: Document, broken: bool) -> Scene:
    wanted = point["when"]["sex"]
    other = "male" if wanted == "female" else "female"
    stage.claim(stage.line(point["codes"][0]), sex=other if broken else wanted)
    return stage.expect(1)


def age(stage: Stage, rule: Document, point: Document, broken: bool) -> Scene:
    when, given = point["when"], rule.get("parameters", {})
    group = when.get("group")
    if group == "newborn":
        days = given.get("newborn_days", 28) + (1 if broken else 0)
    elif group == "toddler":
        days = given.get("toddler_years", 3) * 366 if broken else 700
    else:
        years = when.get("younger_than_years", given.get("child_years", 18))
        low = when.get("at_least_years", 0)
        days = (years + 1) * 366 if broken else max(low * 366, years * 365 - 30)
    stage.claim(stage.line(point["codes"][0]), age_days=days)
    return stage.expect(1)


def facility_level(stage: Stage, rule: Document, point: Document, broken: bool) -> Scene:
    level = point["when"]["min_level"]
    stage.claim(stage.line(point["codes"][0]), level=level - 1 if broken else level)
    return stage.expect(1)


def insurance_type(stage: Stage, rule: Document, point: Document, broken: bool) -> Scene:
    right = rule["parameters"]["insurance_types"][0]
    stage.claim(stage.line(point["codes"][0]), sex="female", insurance_type="390" if broken else right)
    return stage.expect(1)


def visit_type(stage: Stage, rule: Document, point: Document, broken: bool) -> Scene:
    allowed = point["when"]["care_settings"]
    if broken:
        stage.claim(stage.line(point["codes"][0]))
    elif "emergency" in allowed:
        stage.claim(stage.line(point["codes"][0]), care_setting="emergency")
    else:
        stage.stay(stage.line(point["codes"][0]))
    return stage.expect(1)


def herb_never_paid(stage: Stage, rule: Document, point: Document, broken: bool) -> Scene:
    paid = {} if broken else {"fund_fen": 0}
    stage.claim(stage.line(point["codes"][0], quantity=10, price_fen=30), filler=0, **paid)
    return stage.expect(1)


def herb_alone_not_paid(stage: Stage, rule: Document, point: Document, broken: bool) -> Scene:
    herbs = [stage.line(point["codes"][0], quantity=10, price_fen=30)]
    if not broken:
        herbs.append(stage.line("T888888801", quantity=10, price_fen=30))
    stage.claim(*herbs, filler=0)
    return stage.expect(1)


def price_ceiling(stage: Stage, rule: Document, point: Document, broken: bool) -> Scene:
    ceiling = point["when"]["ceilings_fen"]["3"]
    stage.claim(stage.line(point["codes"][0], price_fen=ceiling + 1 if broken else ceiling))
    return stage.expect(1)


def exclusive_items(stage: Stage, rule: Document, point: Document, broken: bool) -> Scene:
    window = point["when"]["window"]
    apart = {"day": DAY, "visit": timedelta(0), "hours": timedelta(hours=point["when"].get("hours", 1))}[window]
    first = stage.line(point["codes"][0])
    if window == "visit" and not broken:
        stage.stay(first)
        return stage.done()
    stage.stay(first, stage.line(point["others"][0], charged_at=stage.at if broken else stage.at + apart))
    return stage.expect(2)


def frequency(stage: Stage, rule: Document, point: Document, broken: bool) -> Scene:
    when = point["when"]
    limit = when["limit"]
    if when["window"] == "visit":
        hours = 4
        per = {"stay_hour": hours, "stay_day": 1}.get(when.get("per", ""), 1)
        quantity = limit * per + (1 if broken else 0)
        stage.claim(stage.line(point["codes"][0], quantity=quantity), ended_at=stage.at + hours * HOUR)
        return stage.expect(1)
    gap = DAY if when["window"] == "day" else timedelta(days=when["days"])
    first = stage.line(point["codes"][0], quantity=limit)
    stage.claim(first)
    at = stage.at if broken else stage.at + gap
    stage.claim(stage.line(point["codes"][0], charged_at=at), started_at=at, ended_at=at + HOUR)
    return stage.expect(1)


def course_length(stage: Stage, rule: Document, point: Document, broken: bool) -> Scene:
    days = point["when"]["max_days"]
    used = days + (1 if broken else 0)
    lines = [stage.line(point["codes"][0], charged_at=stage.at + day * DAY) for day in range(used)]
    stage.claim(*lines, care_setting="inpatient", ended_at=stage.at + used * DAY)
    return stage.expect(used)


def use_conditions(stage: Stage, rule: Document, point: Document, broken: bool) -> Scene:
    when = point["when"]
    given: dict[str, Any] = {}
    if "diagnoses" in when:
        given["diagnosis_codes"] = ("I10.x00",) if broken else (f"{when['diagnoses'][0][:3]}.900",)
    if "medical_types" in when:
        given["medical_type"] = when["medical_types"][0]
    if "excluded_diagnoses" in when:
        given["diagnosis_codes"] = (f"{when['excluded_diagnoses'][0][:3]}.000",) if broken else ("I10.x00",)
        given["sex"] = "female"
    if "younger_than_years" in when:
        given["age_days"] = when["younger_than_years"] * 366 if broken else when["younger_than_years"] * 365 - 30
    if "at_least_years" in when:
        given["age_days"] = when["at_least_years"] * 365 - 30 if broken else when["at_least_years"] * 366
    if "departments" in when:
        given["department_standard_code"] = "A99" if broken else when["departments"][0]
    if "titles" in when:
        given["practitioner_title"] = "住院医师" if broken else when["titles"][0]
    if "excluded_institution_categories" in when:
        given["category"] = when["excluded_institution_categories"][0] if broken else "hospital"
    stage.claim(stage.line(point["codes"][0]), **given)
    return stage.expect(1)


def second_line(stage: Stage, rule: Document, point: Document, broken: bool) -> Scene:
    # Nothing in the bundled points says what comes first: every use is asked about, an unlisted drug is not.
    stage.claim(stage.line(point["codes"][0] if broken else "XZ88ZZZ888Z000000000001"))
    return stage.expect(1)


def supply_limit(stage: Stage, rule: Document, point: Document, broken: bool) -> Scene:
    days = point["when"]["max_days"] + (1 if broken else 0)
    stage.claim(stage.line(point["codes"][0], quantity=2, days_of_supply_e2=days * 100))
    return stage.expect(1)


def dose_limit(stage: Stage, rule: Document, point: Document, broken: bool) -> Scene:
    most = point["when"]["max_daily_dose_e4"]
    stage.claim(stage.line(point["codes"][0], dose_e4=most // 2 + (10 if broken else 0), doses_per_day_e4=20_000))
    return stage.expect(1)


def total_ceiling(stage: Stage, rule: Document, point: Document, broken: bool) -> Scene:
    ceiling = point["when"]["ceiling_fen"]
    stage.claim(stage.line(point["codes"][0], price_fen=ceiling + (1 if broken else 0)))
    return stage.expect(1)


def companion_items(stage: Stage, rule: Document, point: Document, broken: bool) -> Scene:
    lines = [stage.line(point["codes"][0])]
    if not broken:
        lines.append(stage.line(point["others"][0]))
    stage.claim(*lines)
    return stage.expect(1)


def incompatible_items(stage: Stage, rule: Document, point: Document, broken: bool) -> Scene:
    later = stage.at if broken else stage.at + DAY
    stage.stay(stage.line(point["codes"][0]), stage.line(point["others"][0], charged_at=later))
    return stage.expect(1, 2)


def duplicate_therapy(stage: Stage, rule: Document, point: Document, broken: bool) -> Scene:
    first, second = point["codes"][:2]
    stage.claim(stage.line(first))
    stage.claim(stage.line(second if broken else first), institution="H99010000002")
    return stage.expect(1)


def decomposed_billing(stage: Stage, rule: Document, point: Document, broken: bool) -> Scene:
    codes = point["codes"] if broken else point["codes"][:1]
    stage.claim(*(stage.line(code) for code in codes))
    return stage.expect(*range(1, len(codes) + 1))


def surgery_discount(stage: Stage, rule: Document, point: Document, broken: bool) -> Scene:
    dear, further = stage.line(point["codes"][0], price_fen=90_000), stage.line(point["second"], price_fen=60_000)
    if not broken:
        further = stage.line(point["second"], price_fen=60_000, quantity=0.75)
    stage.stay(dear, further)
    return stage.expect(2)


def quantity_ratio(stage: Stage, rule: Document, point: Document, broken: bool) -> Scene:
    pieces = point["when"]["per_service"] + (1 if broken else 0)
    stage.claim(stage.line(point["codes"][0], quantity=pieces), stage.line(point["others"][0]))
    return stage.expect(1)


def surgical_prophylaxis(stage: Stage, rule: Document, point: Document, broken: bool) -> Scene:
    last = rule["parameters"]["days_after"] + (1 if broken else 0)
    lines = [stage.line(point["codes"][0], charged_at=stage.at + day * DAY) for day in range(last + 1)]
    stage.stay(*lines, days=8)
    stage.filed(operations=(ListedOperation(code="51.2300", main=True, performed_on=business_date(stage.at)),))
    return stage.expect(last + 1)


ITEMS: Mapping[str, Make] = {
    made.__name__: made
    for made in (
        sex,
        age,
        facility_level,
        insurance_type,
        visit_type,
        herb_never_paid,
        herb_alone_not_paid,
        price_ceiling,
        exclusive_items,
        frequency,
        course_length,
        use_conditions,
        second_line,
        supply_limit,
        dose_limit,
        total_ceiling,
        companion_items,
        incompatible_items,
        duplicate_therapy,
        decomposed_billing,
        surgery_discount,
        quantity_ratio,
        surgical_prophylaxis,
    )
}
"""Kind of check to what makes a scene of it."""
