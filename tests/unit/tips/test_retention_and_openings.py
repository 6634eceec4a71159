"""Terms to the day, and the two officers an identity takes."""

import json
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from services.tips.domain.errors import TipRuleError
from services.tips.domain.identity_opening import (
    Category,
    Opening,
    OpeningState,
    decide,
    release,
    require_uninvolved,
)
from services.tips.domain.retention import ENDINGS, RetentionPolicy, add_months, ended_before, last_day_kept
from services.tips.domain.tip import Status
from services.tips.storage.retention_policies import retention_policy

NOW = datetime(2026, 3, 10, 2, tzinfo=UTC)
POLICY = RetentionPolicy("p", date(2026, 1, 1), {Status.REFUSED: 24, Status.WITHDRAWN: 1})


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
    ],
)
def test_months_end_where_the_calendar_does(day, months, expected):
    assert add_months(day, months) == expected


def test_every_day_of_three_years_is_erased_on_the_day_after_its_last_and_not_before():
    for outcome in (Status.REFUSED, Status.WITHDRAWN):
        for offset in range(1100):
            ended = date(2024, 1, 1) + timedelta(days=offset)
            last = last_day_kept(POLICY, outcome, ended)
            assert ended > ended_before(POLICY, outcome, last)
            assert ended <= ended_before(POLICY, outcome, last + timedelta(days=1))


def test_the_shipped_policy_has_a_term_for_each_ending_and_an_installation_may_have_its_own(tmp_path):
    shipped = retention_policy(None)
    assert set(shipped.keep_months) == set(ENDINGS)
    path = tmp_path / "own.json"
    own = {"version": "own", "effective_from": "2026-01-01", "keep_months": dict.fromkeys(ENDINGS, 6)}
    path.write_text(json.dumps(own))
    assert retention_policy(path).keep_months[Status.REFUSED] == 6
    for wrong in ({"refused": 6}, {**own["keep_months"], "refused": 0}, {**own["keep_months"], "received": 1}):
        path.write_text(json.dumps({**own, "keep_months": wrong}))
        with pytest.raises(ValueError, match="a term of at least one month"):
            retention_policy(path)


def opening() -> Opening:
    return Opening(uuid4(), uuid4(), OpeningState.REQUESTED, Category.PAY_REWARD, "first", NOW)


def code(step) -> str:
    with pytest.raises(TipRuleError) as refused:
        step()
    return refused.value.code


def test_one_officer_alone_gets_nothing():
    asked = opening()
    assert code(lambda: decide(asked, approve=True, by="first", now=NOW)) == "second_officer"
    assert code(lambda: release(asked, by="first", now=NOW)) == "wrong_opening_state"


def test_two_officers_get_it_and_a_third_does_not():
    approved = decide(opening(), approve=True, by="second", now=NOW)
    assert decide(approved, approve=True, by="second", now=NOW) is approved
    assert code(lambda: decide(approved, approve=False, by="second", now=NOW)) == "wrong_opening_state"
    assert code(lambda: release(approved, by="third", now=NOW)) == "not_your_opening"
    released = release(approved, by="first", now=NOW)
    assert released.state is OpeningState.RELEASED
    assert release(released, by="second", now=NOW + timedelta(days=1)) is released


def test_a_refusal_is_final_and_an_approval_lapses():
    refused = decide(opening(), approve=False, by="second", now=NOW)
    assert decide(refused, approve=False, by="second", now=NOW) is refused
    assert code(lambda: decide(refused, approve=True, by="third", now=NOW)) == "wrong_opening_state"
    assert code(lambda: release(refused, by="first", now=NOW)) == "wrong_opening_state"
    approved = decide(opening(), approve=True, by="second", now=NOW)
    assert release(approved, by="first", now=NOW + timedelta(days=7)).state is OpeningState.RELEASED
    late = NOW + timedelta(days=7, seconds=1)
    assert code(lambda: release(approved, by="first", now=late)) == "approval_lapsed"


def test_whoever_handled_the_tip_may_not_take_part():
    assert code(lambda: require_uninvolved("zhang", {"zhang", "li"})) == "handled_the_tip"
    require_uninvolved("chen", {"zhang", "li"})
