"""Refuse what does not fit a rating, in words."""

from services.credit.domain.rating_procedure import RatingState
from services.kit.errors import Conflict, FieldError, Forbidden, Malformed, NotFound
from services.kit.principal import Principal

_STATES = {
    RatingState.NOT_RATED: ("不参加评价", "not rated"),
    RatingState.PREVIEW: ("预评", "preview"),
    RatingState.PUBLICITY: ("公示", "publicity"),
    RatingState.OBJECTION: ("异议复核", "objection"),
    RatingState.FINAL: ("已生效", "final"),
}


def must_be_agency(officer: Principal) -> None:
    """Pass an agency's officer; raises Forbidden for a token bound to an institution or a person."""
    if officer.institution is not None or officer.practitioner is not None:
        raise Forbidden("agency_only", zh="只有医保部门可以办理。", en="Only an agency's officer may do this.")


def rating_unknown() -> NotFound:
    """Return the refusal of a rating that does not exist."""
    return NotFound("rating_unknown", zh="该机构在该年度没有评价。", en="The institution has no rating of that year.")


def wrong_state(state: RatingState) -> Conflict:
    """Return the refusal of an act that does not fit the state."""
    zh, en = _STATES[state]
    return Conflict(
        "rating_state", zh=f"评价现为“{zh}”，不能办理此项。", en=f"The rating stands at {en}; this cannot be done."
    )


def year_not_over() -> Conflict:
    """Return the refusal to rate a year that still runs."""
    return Conflict(
        "year_not_over", zh="年度结束后方可评价。", en="A year is rated when it is over; recompute it dry until then."
    )


def no_rating_policy() -> Conflict:
    """Return the refusal of a region or day without rating policy, or of a version that is not installed."""
    return Conflict(
        "no_policy_in_force", zh="没有适用的信用评价规则。", en="No rating policy is in force or of that version."
    )


def region_too_large(most: int) -> Conflict:
    """Return the refusal of a region that cannot be reckoned in one request."""
    return Conflict(
        "region_too_large",
        zh=f"该区划超过{most}家机构，请改用区划任务（POST /credit/v1/rating-jobs）。",
        en=f"The region has more than {most} institutions; ask for a job instead (POST /credit/v1/rating-jobs).",
    )


def objection_late() -> Conflict:
    """Return the refusal of an objection after the publicity."""
    return Conflict("objection_late", zh="公示期已过，逾期视为无异议。", en="The publicity is over.")


def field_refused(pointer: str, code: str, zh: str, en: str) -> Malformed:
    """Return the refusal of one field."""
    return Malformed(
        "rating_input_malformed", zh="填写有误。", en="Misstated.", fields=[FieldError(pointer, code, zh, en)]
    )
