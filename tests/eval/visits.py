"""Scenes about visits and records: dates, stays, patterns, packs, lists, practitioners."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from services.contracts.settlement_list import ListedDiagnosis, ListedOperation, ListGap
from services.kit.clock import business_date
from tests.eval.items import Document, Make
from tests.eval.scenes import DAY, HOUR, Scene, Stage

SUSPENDED = "D990100000099"
"""A practitioner whose eligibility is suspended all month."""

LABORATORY = "002599{:011d}"
OPERATION = "003399{:011d}"


def billing_date(stage: Stage, rule: Document, point: Any, broken: bool) -> Scene:
    late = stage.at + (7 if broken else 6) * DAY
    stage.stay(stage.line("008800000000099", charged_at=late))
    return stage.expect(1)


def diagnosis_sex(stage: Stage, rule: Document, point: Document, broken: bool) -> Scene:
    wanted = point["when"]["sex"]
    other = "male" if wanted == "female" else "female"
    stage.claim(diagnosis_codes=(f"{point['when']['diagnoses'][0][:3]}.900",), sex=other if broken else wanted)
    return stage.expect()


def diagnosis_age(stage: Stage, rule: Document, point: Document, broken: bool) -> Scene:
    when = point["when"]
    low, high = when.get("at_least_years", 0), when.get("younger_than_years")
    right = low * 366 + 30
    wrong = (high + 1) * 366 if high is not None else low * 365 - 400
    given = {"diagnosis_codes": (f"{when['diagnoses'][0][:3]}.100",), "sex": "female"}
    stage.claim(age_days=wrong if broken else right, **given)
    return stage.expect()


def overlapping_stays(stage: Stage, rule: Document, point: Any, broken: bool) -> Scene:
    stage.stay()
    begin = stage.at + (2 * DAY if broken else 6 * DAY - 12 * HOUR)
    stage.stay(started_at=begin, institution="H99010000002")
    return stage.done()


def practitioner_eligibility(stage: Stage, rule: Document, point: Any, broken: bool) -> Scene:
    setting = "outpatient" if broken else "emergency"
    stage.claim(stage.line("008800000000099", practitioner_code=SUSPENDED), care_setting=setting)
    return stage.expect(1)


def service_after_death(stage: Stage, rule: Document, point: Any, broken: bool) -> Scene:
    day = business_date(stage.at)
    if stage.number % 2:
        # Died in the stay: its last fees are of the day of death, the planted one of the day after.
        stage.stay(stage.line("008800000000099", charged_at=stage.at + (6 if broken else 5) * DAY))
        stage.died(day + 5 * DAY)
        return stage.expect(1)
    late = stage.at.replace(hour=16, minute=0)  # midnight in Shanghai
    at = late if broken else late - timedelta(seconds=1)
    stage.claim(stage.line("008800000000099", charged_at=at))
    stage.died(day)
    return stage.expect(1)


def duplicate_traceability_code(stage: Stage, rule: Document, point: Any, broken: bool) -> Scene:
    code = f"8{stage.ref(0).int % 10**19:019d}"
    drug = "XZ88ZZZ888Z000000000002"
    stage.claim(stage.line(drug, traceability_codes=(code,)), care_setting="pharmacy", institution_kind="pharmacy")
    split = {"split_pack": True} if not broken else {}
    stage.claim(stage.line(drug, traceability_codes=(code,), **split), institution="H99010000002")
    return stage.expect(1)


def frequent_visits(stage: Stage, rule: Document, point: Any, broken: bool) -> Scene:
    given = rule["parameters"]
    setting = given["care_settings"][0]
    visits = given["most"] + (1 if broken else 0)
    for number in range(visits):
        at = stage.at + number * (DAY if setting != "inpatient" else 20 * DAY)
        if setting == "inpatient":
            stage.stay(
                stage.line(OPERATION.format(1), charged_at=at),
                started_at=at,
                institution=f"H9901000{number:04d}",
                days=2,
            )
        else:
            stage.claim(started_at=at, care_setting=setting, institution=f"H9901000{number % 4:04d}")
    return stage.expect()


def split_stay(stage: Stage, rule: Document, point: Any, broken: bool) -> Scene:
    gap = rule["parameters"]["within_days"] - (1 if broken else 0)
    stage.stay(diagnosis_codes=("I50.900",))
    stage.stay(diagnosis_codes=("I50.100",), started_at=stage.at + (6 + gap) * DAY)
    return stage.done()


def idle_stay(stage: Stage, rule: Document, point: Any, broken: bool) -> Scene:
    idle = rule["parameters"]["idle_days"] - (0 if broken else 1)
    length = idle + 2
    lines = [stage.line("001109000010199", charged_at=stage.at + day * DAY) for day in range(length)]
    lines.append(stage.line("XZ88ZZZ888Z000000000001", charged_at=stage.at))
    lines.append(stage.line("XZ88ZZZ888Z000000000001", charged_at=stage.at + (idle + 1) * DAY))
    stage.claim(*lines, care_setting="inpatient", ended_at=stage.at + length * DAY)
    return stage.expect(*range(2, idle + 2))


def low_indication_admission(stage: Stage, rule: Document, point: Any, broken: bool) -> Scene:
    lines = [stage.line(LABORATORY.format(number), price_fen=20_000) for number in range(5)]
    if not broken:
        lines.append(stage.line(OPERATION.format(1)))
    stage.stay(*lines, days=2, filler=0)
    return stage.done()


def distinct_items(stage: Stage, rule: Document, point: Any, broken: bool) -> Scene:
    given = rule["parameters"]
    count = given["most"] + (1 if broken else 0)
    form = "T8888{:05d}" if given["item_kinds"] == ["herb"] else "XZ88ZZZ888Z0000001{:05d}"
    stage.claim(*(stage.line(form.format(number), price_fen=50, prescription_number="R1") for number in range(count)))
    return stage.expect(*range(1, count + 1))


def line_record(stage: Stage, rule: Document, point: Any, broken: bool) -> Scene:
    stage.claim(stage.line("008800000000099", amount_fen=5_002 if broken else 5_001))
    return stage.expect(1)


def late_upload(stage: Stage, rule: Document, point: Any, broken: bool) -> Scene:
    settled = stage.at + 2 * HOUR
    hours = rule["parameters"]["within_hours"] + (1 if broken else 0)
    stage.claim(settled_at=settled, received_at=settled + timedelta(hours=hours))
    return stage.expect()


def filed_record(stage: Stage, rule: Document, point: Any, broken: bool) -> Scene:
    stage.stay()
    stage.filed(gaps=(ListGap(pointer="/diagnoses", problem="missing"),) if broken else ())
    return stage.expect()


def operation_record(stage: Stage, rule: Document, point: Any, broken: bool) -> Scene:
    stage.stay(stage.line(OPERATION.format(1)))
    stage.filed(operations=() if broken else (ListedOperation(code="01.2300", main=True),))
    return stage.expect()


def operation_sex(stage: Stage, rule: Document, point: Document, broken: bool) -> Scene:
    wanted = point["when"]["sex"]
    other = "male" if wanted == "female" else "female"
    stage.stay(sex=other if broken else wanted)
    stage.filed(operations=(ListedOperation(code=f"{point['when']['operations'][0]}.1100", main=True),))
    return stage.expect()


def diagnosis_operation(stage: Stage, rule: Document, point: Document, broken: bool) -> Scene:
    when = point["when"]
    diagnosis = "I10.x00" if broken else f"{when['diagnoses'][0][:3]}.100"
    stage.stay()
    stage.filed(
        operations=(ListedOperation(code=f"{when['operations'][0]}300", main=True),),
        diagnoses=(ListedDiagnosis(code=diagnosis, main=True),),
    )
    return stage.expect()


def unsupported_diagnosis(stage: Stage, rule: Document, point: Document, broken: bool) -> Scene:
    lines = [] if broken else [stage.line(point["codes"][0])]
    stage.stay(*lines, diagnosis_codes=(f"{point['when']['diagnoses'][0][:3]}.000",))
    return stage.expect()


VISITS: Mapping[str, Make] = {
    made.__name__: made
    for made in (
        billing_date,
        diagnosis_sex,
        diagnosis_age,
        overlapping_stays,
        practitioner_eligibility,
        service_after_death,
        duplicate_traceability_code,
        frequent_visits,
        split_stay,
        idle_stay,
        low_indication_admission,
        distinct_items,
        line_record,
        late_upload,
        filed_record,
        operation_record,
        operation_sex,
        diagnosis_operation,
        unsupported_diagnosis,
    )
}
"""Kind of check to what makes a scene of it."""
