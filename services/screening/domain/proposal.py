"""From a published limit to the condition of a knowledge point, as its kind of check takes it."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.screening.domain.limit_text import Completeness, Confidence, Reading, read_limit

SECOND_LINE_EVIDENCE = "既往一线治疗无效或不能耐受的记录"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A condition read from a text; nothing executes it before a person has confirmed it."""

    condition: Mapping[str, object]
    completeness: Completeness
    confidence: Confidence
    rest: str


WAITING_KINDS = frozenset({"use_conditions"})
"""Kinds whose limits are prose through and through: every reading waits for a person."""


def propose(kind: str, text: str) -> Proposal | None:  # noqa: PLR0911 - one answer per kind
    """Read a limit for a kind of check; None where the kind takes no condition from text."""
    reading = read_limit(text)
    match kind:
        case "use_conditions":
            condition = _use_conditions(reading)
            # What a claim cannot show is asked of the record, in the words of the limit.
            if reading.completeness != "full" or not condition:
                condition["evidence"] = text.strip()
            completeness: Completeness = reading.completeness if len(condition) > ("evidence" in condition) else "none"
            return Proposal(condition, completeness, reading.confidence, reading.rest)
        case "second_line":
            evidence = SECOND_LINE_EVIDENCE if reading.second_line else text.strip()
            return Proposal({"evidence": evidence}, "part", "high", reading.rest)
        case "facility_level":
            return _single({"min_level": reading.min_level}, reading)
        case "visit_type":
            return _single({"care_settings": list(reading.care_settings) or None}, reading)
        case "sex":
            sex = {"男": "male", "女": "female"}.get(text.strip()[:1]) or reading.sex
            return _single({"sex": sex}, reading)
        case "age":
            return _single(_age(reading, text), reading)
        case "course_length":
            window = "visit" if reading.days_per_visit else "rolling"
            return _single({"max_days": reading.max_days, "window": window if reading.max_days else None}, reading)
        case _:
            return None


def _use_conditions(reading: Reading) -> dict[str, object]:
    condition: dict[str, object] = {}
    if reading.not_online:
        condition["excluded_institution_categories"] = ["internet_hospital"]
    if reading.diagnoses:
        condition["diagnoses"] = list(reading.diagnoses)
    if reading.at_least_years is not None:
        condition["at_least_years"] = reading.at_least_years
    if reading.younger_than_years is not None:
        condition["younger_than_years"] = reading.younger_than_years
    if reading.child:
        condition["younger_than_years"] = 18
    if reading.sex is not None:
        condition["sex"] = reading.sex
    if reading.care_settings:
        condition["care_settings"] = list(reading.care_settings)
    if reading.min_level is not None:
        condition["min_level"] = reading.min_level
    return condition


def _age(reading: Reading, text: str) -> dict[str, object]:
    if "新生儿" in text:
        return {"group": "newborn"}
    if "婴幼儿" in text:
        return {"group": "toddler"}
    if reading.younger_than_years is None and (reading.child or "儿童" in text or "小儿" in text):
        group: dict[str, object] = {"group": "child"}
        if reading.at_least_years not in {None, 18}:
            group["at_least_years"] = reading.at_least_years
        return group
    ages = {"at_least_years": reading.at_least_years, "younger_than_years": reading.younger_than_years}
    return {name: value for name, value in ages.items() if value is not None} or {"group": None}


def _single(condition: Mapping[str, object], reading: Reading) -> Proposal:
    """One condition among others of the text: the others are other rules' business."""
    if any(value is None for value in condition.values()):
        return Proposal({}, "none", "low", reading.rest)
    return Proposal(condition, "full", "high", "")
