"""The yearly rating as a procedure: who is left out, what follows what, time limits, two low years."""

from dataclasses import replace
from datetime import date

import pytest

from services.credit.domain.rating_policy_document import read_rating_policy
from services.credit.domain.rating_procedure import (
    Agreement,
    NotRatedReason,
    RatingAct,
    RatingActRefusedError,
    RatingState,
    following,
    may_repair_from,
    months_later,
    publicity_over,
    reason_not_rated,
    recommendations,
)
from tests.unit.credit.test_rating import DOCUMENTS

NATIONAL = read_rating_policy(DOCUMENTS["national-2025"])
THOUSAND = read_rating_policy(DOCUMENTS["370000-2025"])


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        (None, None),
        (date(2020, 1, 1), None),
        (date(2025, 7, 1), None),
        (date(2025, 7, 2), NotRatedReason.NEW),
        (date(2025, 12, 31), NotRatedReason.NEW),
        (date(2026, 2, 1), NotRatedReason.NEW),
    ],
)
def test_less_than_six_months_under_agreement_is_not_rated(since, expected):
    assert reason_not_rated(Agreement(active=True, since=since, until=None), 2025, NATIONAL.procedure) is expected


@pytest.mark.parametrize(
    ("active", "until", "expected"),
    [
        (False, None, NotRatedReason.ENDED),
        (True, date(2025, 12, 31), NotRatedReason.ENDED),
        (True, date(2026, 1, 1), None),
        (True, None, None),
    ],
)
def test_an_ended_agreement_is_not_rated(active, until, expected):
    agreement = Agreement(active=active, since=date(2020, 1, 1), until=until)
    assert reason_not_rated(agreement, 2025, NATIONAL.procedure) is expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2025, 8, 31), date(2026, 2, 28)),
        (date(2027, 8, 31), date(2028, 2, 29)),
        (date(2025, 6, 30), date(2025, 12, 30)),
        (date(2025, 7, 1), date(2026, 1, 1)),
    ],
)
def test_six_months_end_on_the_corresponding_day_or_the_last(day, expected):
    assert months_later(day, 6) == may_repair_from(day, NATIONAL.procedure) == expected


def test_publicity_includes_its_last_day():
    assert not publicity_over(date(2026, 3, 17), date(2026, 3, 17))
    assert publicity_over(date(2026, 3, 17), date(2026, 3, 18))


def test_the_way_from_preview_to_final():
    state = None
    for act, expected in [
        (RatingAct.LEFT_OUT, RatingState.NOT_RATED),
        (RatingAct.PREVIEWED, RatingState.PREVIEW),
        (RatingAct.RECOMPUTED, RatingState.PREVIEW),
        (RatingAct.PUBLISHED, RatingState.PUBLICITY),
        (RatingAct.OBJECTED, RatingState.OBJECTION),
        (RatingAct.OBJECTION_REJECTED, RatingState.PUBLICITY),
        (RatingAct.CONCLUDED, RatingState.FINAL),
        (RatingAct.CORRECTED, RatingState.FINAL),
    ]:
        state = following(state, act)
        assert state is expected


@pytest.mark.parametrize(
    ("state", "act"),
    [
        (None, RatingAct.PUBLISHED),
        (RatingState.PREVIEW, RatingAct.OBJECTED),
        (RatingState.PREVIEW, RatingAct.CONCLUDED),
        (RatingState.OBJECTION, RatingAct.CONCLUDED),
        (RatingState.OBJECTION, RatingAct.OBJECTED),
        (RatingState.PUBLICITY, RatingAct.CORRECTED),
        (RatingState.PUBLICITY, RatingAct.LEFT_OUT),
        (RatingState.FINAL, RatingAct.RECOMPUTED),
        (RatingState.FINAL, RatingAct.OBJECTED),
        (RatingState.FINAL, RatingAct.PUBLISHED),
        (RatingState.NOT_RATED, RatingAct.PUBLISHED),
    ],
)
def test_an_act_out_of_turn_is_refused(state, act):
    with pytest.raises(RatingActRefusedError):
        following(state, act)


def codes(policy, grade, earlier, year=2026):
    return [one.code for one in recommendations(policy, grade, earlier, year)]


def test_each_grade_recommends_its_own_with_an_article():
    assert codes(NATIONAL, "excellent", {})[0] == "integrity_exemption"
    assert "key_supervision" in codes(NATIONAL, "substandard", {})
    assert codes(THOUSAND, "A+", {})[0] == "fewer_inspections"
    for policy in (NATIONAL, THOUSAND):
        assert all(one.article for grade in policy.grades for one in grade.recommendations)


@pytest.mark.parametrize(
    ("grade", "earlier", "expected"),
    [
        ("D", {2025: "D-"}, True),
        ("D-", {2025: "D"}, True),
        ("D", {2025: "C-"}, False),
        ("C-", {2025: "D-"}, False),
        ("D", {2024: "D"}, False),
        ("D", {}, False),
        ("D", {2025: "substandard"}, False),
    ],
)
def test_two_consecutive_lowest_years_recommend_termination(grade, earlier, expected):
    assert ("terminate_agreement" in codes(THOUSAND, grade, earlier)) is expected


def test_three_years_can_be_asked_for():
    assert THOUSAND.repeated_low is not None
    strict = replace(THOUSAND, repeated_low=replace(THOUSAND.repeated_low, years=3))
    assert "terminate_agreement" not in codes(strict, "D", {2025: "D"})
    assert "terminate_agreement" in codes(strict, "D", {2025: "D", 2024: "D-"})
