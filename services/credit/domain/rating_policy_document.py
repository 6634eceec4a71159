"""Reads a rating policy document (a decoded JSON object), and refuses one that contradicts itself."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from services.credit.domain.calendar import MONTHS_A_YEAR
from services.credit.domain.errors import PolicyInvalidError
from services.credit.domain.override import OverrideLimits
from services.credit.domain.rating_policy import (
    Dimension,
    DirectGrade,
    Direction,
    Grade,
    Indicator,
    Measured,
    Method,
    RatingPolicy,
    RatingProcedure,
    RatingStep,
    Recommendation,
    RecordKind,
    RepeatedLow,
)
from services.credit.domain.text import Text

Document = Mapping[str, Any]

_MOST_METRIC = 64
_MOST_OVERRIDE_DAYS = 366


def read_rating_policy(document: Document) -> RatingPolicy:
    """Build the rating policy of a document; raises PolicyInvalidError."""
    try:
        scale, until = document["scale"], document.get("effective_until")
        policy = RatingPolicy(
            version=str(document["version"]),
            title=_text(document["title"]),
            regions=tuple(str(prefix) for prefix in document["regions"]),
            effective_from=date.fromisoformat(document["effective_from"]),
            effective_until=None if until is None else date.fromisoformat(until),
            base_e2=int(scale["base_e2"]),
            floor_e2=int(scale["floor_e2"]),
            ceiling_e2=int(scale["ceiling_e2"]),
            least_volume=int(scale["least_volume"]),
            dimensions={code: _dimension(code, one) for code, one in document["dimensions"].items()},
            indicators=tuple(_indicator(one) for one in document["indicators"]),
            grades=tuple(_grade(one) for one in document["grades"]),
            direct_grades=tuple(_direct(one) for one in document.get("direct_grades", ())),
            repeated_low=_repeated_low(document.get("repeated_low")),
            records={metric: _record(metric, one) for metric, one in document["records"].items()},
            procedure=_procedure(document["procedure"]),
            article=str(document["article"]),
            overrides=_overrides(document.get("overrides")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise PolicyInvalidError(f"the rating policy document lacks or misstates {error}") from error
    for message in _contradictions(policy):
        raise PolicyInvalidError(f"{policy.version}: {message}")
    return policy


def _text(document: Document) -> Text:
    return Text(zh=str(document["zh"]), en=str(document["en"]))


def _dimension(code: str, document: Document) -> Dimension:
    return Dimension(code, _text(document), int(document["least_e2"]), int(document["most_e2"]))


def _indicator(document: Document) -> Indicator:
    judged = document["judged"]
    per_volume = document.get("per_volume")
    return Indicator(
        code=str(document["code"]),
        dimension=str(document["dimension"]),
        text=_text(document),
        article=str(document["article"]),
        metrics=tuple(str(metric) for metric in document["metrics"]),
        measured=Measured(document["measured"]),
        per_volume=None if per_volume is None else int(per_volume),
        method=Method(judged["method"]),
        limit_e2=int(judged["limit_e2"]),
        change_e2=int(judged.get("change_e2", 0)),
        steps=tuple(RatingStep(int(start), int(change)) for start, change in judged.get("steps", ())),
        full_e2=int(judged.get("full_e2", 0)),
        direction=Direction(judged.get("direction", Direction.HIGHER)),
        tolerance_e4=int(judged.get("tolerance_e4", 0)),
        nothing_at_e4=int(judged.get("nothing_at_e4", 10_000)),
    )


def _recommendation(document: Document) -> Recommendation:
    return Recommendation(str(document["code"]), _text(document), str(document["article"]))


def _grade(document: Document) -> Grade:
    return Grade(
        name=str(document["name"]),
        from_e2=int(document["from_e2"]),
        text=_text(document),
        recommendations=tuple(_recommendation(one) for one in document["recommendations"]),
    )


def _direct(document: Document) -> DirectGrade:
    return DirectGrade(str(document["metric"]), str(document["grade"]), _text(document), str(document["article"]))


def _repeated_low(document: Document | None) -> RepeatedLow | None:
    if document is None:
        return None
    return RepeatedLow(
        grades=frozenset(str(name) for name in document["grades"]),
        years=int(document["years"]),
        recommendation=_recommendation(document["recommendation"]),
    )


def _record(metric: str, document: Document) -> RecordKind:
    return RecordKind(metric, _text(document), int(document["least"]), int(document["most"]))


def _procedure(document: Document) -> RatingProcedure:
    most_grades_up = document.get("most_grades_up")
    clean_months = document.get("clean_months_to_rise")
    return RatingProcedure(
        least_months=int(document["least_months"]),
        publicity_days=int(document["publicity_days"]),
        decide_objection_days=int(document["decide_objection_days"]),
        repair_months=int(document["repair_months"]),
        decide_repair_days=int(document["decide_repair_days"]),
        most_grades_up=None if most_grades_up is None else int(most_grades_up),
        clean_months_to_rise=None if clean_months is None else int(clean_months),
    )


def _overrides(document: Document | None) -> OverrideLimits | None:
    return None if document is None else OverrideLimits(int(document["most_days"]), str(document["article"]))


def _contradictions(policy: RatingPolicy) -> Iterator[str]:
    if not policy.regions:
        yield "it names the regions it holds for"
    if policy.effective_until is not None and policy.effective_until <= policy.effective_from:
        yield "it ends after it begins"
    if not policy.floor_e2 <= policy.base_e2 <= policy.ceiling_e2:
        yield "the base lies between floor and ceiling"
    if policy.least_volume < 1:
        yield "the least volume is one or more"
    codes = [indicator.code for indicator in policy.indicators]
    if not codes or len(set(codes)) < len(codes):
        yield "there are indicators, each with a code of its own"
    for dimension in policy.dimensions.values():
        if not dimension.least_e2 <= 0 <= dimension.most_e2:
            yield f"dimension {dimension.code} takes away no more than nothing and adds no less"
    for indicator in policy.indicators:
        yield from (f"indicator {indicator.code}: {message}" for message in _of_indicator(policy, indicator))
    yield from _of_grades(policy)
    yield from _of_procedure(policy.procedure)
    if policy.overrides is not None and not 1 <= policy.overrides.most_days <= _MOST_OVERRIDE_DAYS:
        yield "an override ends within a year"
    for record in policy.records.values():
        if not 0 <= record.least <= record.most:
            yield f"values of {record.metric} are not negative and rise"


def _of_indicator(policy: RatingPolicy, indicator: Indicator) -> Iterator[str]:
    if indicator.dimension not in policy.dimensions:
        yield "its dimension exists"
    if not indicator.metrics or any(not 1 <= len(metric) <= _MOST_METRIC for metric in indicator.metrics):
        yield "it looks at evidence of some kind"
    if indicator.per_volume is not None and indicator.per_volume < 1:
        yield "its volume is one or more"
    if indicator.measured is Measured.LATEST and indicator.per_volume is not None:
        yield "a latest value is not relative to the volume"
    starts = [step.start for step in indicator.steps]
    if starts != sorted(set(starts)) or any(start < 0 for start in starts):
        yield "the steps of its table rise from zero or more"
    if indicator.method is not Method.STEP and indicator.full_e2 == 0:
        yield "what the whole is worth is stated"
    if indicator.limit_e2 < 0:
        yield "its limit is not negative"
    table = [abs(step.change_e2) for step in indicator.steps] or [abs(indicator.full_e2)]
    if max(table) > indicator.limit_e2:
        yield "no change exceeds its limit"
    if not 0 <= indicator.tolerance_e4 < indicator.nothing_at_e4:
        yield "the tolerance lies below the deviation that is worth nothing"


def _of_grades(policy: RatingPolicy) -> Iterator[str]:
    starts = [grade.from_e2 for grade in policy.grades]
    if not starts or starts != sorted(set(starts), reverse=True):
        yield "grades stand best first"
    elif starts[-1] > policy.floor_e2:
        yield "the lowest grade reaches down to the floor"
    if len(policy.places) < len(policy.grades):
        yield "each grade has a name of its own"
    named = {rule.grade for rule in policy.direct_grades}
    if policy.repeated_low is not None:
        named |= policy.repeated_low.grades
        if policy.repeated_low.years < 1:
            yield "a low grade repeats over a year or more"
    if not named <= policy.places.keys():
        yield "every rule about a grade names one that exists"


def _of_procedure(procedure: RatingProcedure) -> Iterator[str]:
    if min(procedure.least_months, procedure.repair_months) < 0:
        yield "months are not negative"
    if min(procedure.publicity_days, procedure.decide_objection_days, procedure.decide_repair_days) < 1:
        yield "every time limit is a working day or more"
    if procedure.most_grades_up is not None and procedure.most_grades_up < 1:
        yield "an institution can rise by one grade at least"
    if procedure.clean_months_to_rise is not None and not 1 <= procedure.clean_months_to_rise <= MONTHS_A_YEAR:
        yield "the cool-down before a rise lasts a month to a year"
