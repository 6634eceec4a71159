"""The yearly rating as a procedure: who is not rated, which act may follow which, time limits, repeated low grades."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from services.credit.domain.calendar import MONTHS_A_YEAR
from services.credit.domain.errors import CreditError
from services.credit.domain.rating_policy import RatingPolicy, RatingProcedure, Recommendation


class RatingState(StrEnum):
    """Where a yearly rating stands."""

    NOT_RATED = "not_rated"
    PREVIEW = "preview"
    """预评."""
    PUBLICITY = "publicity"
    """公示."""
    OBJECTION = "objection"
    """公示期内提出异议，待复核."""
    FINAL = "final"
    """生效."""


class RatingAct(StrEnum):
    """What happened to a yearly rating; acts are only ever added."""

    LEFT_OUT = "left_out"
    PREVIEWED = "previewed"
    RECOMPUTED = "recomputed"
    """Its inputs changed before it was final."""
    PUBLISHED = "published"
    OBJECTED = "objected"
    OBJECTION_UPHELD = "objection_upheld"
    OBJECTION_REJECTED = "objection_rejected"
    CONCLUDED = "concluded"
    CORRECTED = "corrected"
    """What it rested on fell after it was final."""


class NotRatedReason(StrEnum):
    """Why an institution is not rated."""

    NEW = "new_institution"
    """Under agreement for less than the least months at the end of the year."""
    ENDED = "agreement_ended"


class RatingActRefusedError(CreditError):
    """An act does not fit the state of the rating or comes at the wrong time."""

    code = "rating_act_refused"


_FOLLOWS: Mapping[RatingAct, Mapping[RatingState | None, RatingState]] = {
    RatingAct.LEFT_OUT: {
        None: RatingState.NOT_RATED,
        RatingState.NOT_RATED: RatingState.NOT_RATED,
        RatingState.PREVIEW: RatingState.NOT_RATED,
    },
    RatingAct.PREVIEWED: {None: RatingState.PREVIEW, RatingState.NOT_RATED: RatingState.PREVIEW},
    RatingAct.RECOMPUTED: {
        state: state for state in (RatingState.PREVIEW, RatingState.PUBLICITY, RatingState.OBJECTION)
    },
    RatingAct.PUBLISHED: {RatingState.PREVIEW: RatingState.PUBLICITY},
    RatingAct.OBJECTED: {RatingState.PUBLICITY: RatingState.OBJECTION},
    RatingAct.OBJECTION_UPHELD: {RatingState.OBJECTION: RatingState.PUBLICITY},
    RatingAct.OBJECTION_REJECTED: {RatingState.OBJECTION: RatingState.PUBLICITY},
    RatingAct.CONCLUDED: {RatingState.PUBLICITY: RatingState.FINAL},
    RatingAct.CORRECTED: {RatingState.FINAL: RatingState.FINAL},
}


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the registry says of an institution's agreement."""

    active: bool
    since: date | None
    """None where the registry never said; then it is taken as old."""
    until: date | None


def following(state: RatingState | None, act: RatingAct) -> RatingState:
    """Return the state after an act; raises RatingActRefusedError when it does not fit."""
    try:
        return _FOLLOWS[act][state]
    except KeyError:
        raise RatingActRefusedError(f"{act.value} does not follow {state}") from None


def period_end(year: int) -> date:
    """Return the first day after the rated year."""
    return date(year + 1, 1, 1)


def months_later(day: date, months: int) -> date:
    """Return the corresponding day months later; a month without it ends on its last day (民法典 Art. 202)."""
    years, index = divmod(day.month - 1 + months, MONTHS_A_YEAR)
    first = date(day.year + years, index + 1, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


def reason_not_rated(agreement: Agreement, year: int, procedure: RatingProcedure) -> NotRatedReason | None:
    """Tell why an institution is not rated for a year; None when it is."""
    end = period_end(year)
    if not agreement.active or (agreement.until is not None and agreement.until < end):
        return NotRatedReason.ENDED
    if agreement.since is not None and months_later(agreement.since, procedure.least_months) > end:
        return NotRatedReason.NEW
    return None


def publicity_over(until: date, today: date) -> bool:
    """Tell whether the last day of publicity has passed."""
    return today > until


def may_repair_from(last_violation: date, procedure: RatingProcedure) -> date:
    """Return the first day on which a repair can be applied for, after clean months."""
    return months_later(last_violation, procedure.repair_months)


def recommendations(
    policy: RatingPolicy, grade: str, earlier_grades: Mapping[int, str], year: int
) -> tuple[Recommendation, ...]:
    """Return what a grade recommends; ``earlier_grades`` are final grades of other years, by year.

    The consequence of repeated low grades joins when every one of the policy's consecutive years ends low. A grade
    that the policy does not know, because another one gave it, does not count as low.
    """
    own = policy.grades[policy.places[grade]].recommendations
    repeated = policy.repeated_low
    if repeated is None or grade not in repeated.grades:
        return own
    before = [earlier_grades.get(year - back) for back in range(1, repeated.years)]
    return (*own, repeated.recommendation) if all(one in repeated.grades for one in before) else own
