"""A check for a social supervisor: who may be given it, by when, and how it ends."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from services.tips.domain.errors import TipRuleError
from services.tips.domain.supervisor import Supervisor
from services.tips.domain.supervisor_check import (
    Answer,
    Check,
    CheckState,
    cancel,
    find_nothing,
    require_assignable,
    require_open,
)

NOW = datetime(2026, 3, 10, 2, tzinfo=UTC)
TODAY = date(2026, 3, 10)
SUPERVISOR = Supervisor(
    id=UUID(int=1),
    subject="wei",
    certificate="JD-001",
    region="440300",
    term_from=date(2026, 3, 10),
    term_until=date(2026, 4, 9),
    appointed_by="li",
    appointed_at=NOW,
)
CHECK = Check(
    id=UUID(int=2),
    supervisor_id=SUPERVISOR.id,
    institution_code="H44030500001",
    region="440305",
    period_first="2026-01",
    period_last="2026-03",
    questions=("病床与在院人数是否相符", "收费项目是否公示"),
    due_on=date(2026, 4, 9),
    assigned_by="li",
    assigned_at=NOW,
)
IN_ORDER, NOT_CHECKED = Answer.IN_ORDER, Answer.NOT_CHECKED


@pytest.mark.parametrize(
    "changes", [{}, {"due_on": date(2026, 3, 11)}, {"region": "440300"}, {"period_first": "2026-03"}]
)
def test_a_check_lies_in_term_and_region(changes: dict):
    require_assignable(replace(CHECK, **changes), SUPERVISOR, TODAY)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"due_on": date(2026, 4, 10)}, "outside_term"),
        ({"due_on": TODAY}, "due_in_the_past"),
        ({"region": "440106"}, "outside_appointment"),
        ({"period_last": "2026-04"}, "wrong_period"),
        ({"period_first": "2026-03", "period_last": "2026-02"}, "wrong_period"),
        ({"assigned_by": "wei"}, "own_check"),
    ],
)
def test_what_lies_outside_is_refused(changes: dict, code: str):
    with pytest.raises(TipRuleError, match=code):
        require_assignable(replace(CHECK, **changes), SUPERVISOR, TODAY)


def test_nobody_out_of_office_is_given_a_check():
    for gone in (replace(SUPERVISOR, ended_on=TODAY), replace(SUPERVISOR, term_from=date(2026, 3, 11))):
        with pytest.raises(TipRuleError, match="outside_term"):
            require_assignable(CHECK, gone, TODAY)


def test_nothing_found_answers_every_question_and_something_was_looked_at():
    for wrong in ((), (IN_ORDER,), (NOT_CHECKED, NOT_CHECKED), (IN_ORDER,) * 3):
        with pytest.raises(TipRuleError, match="answers_missing"):
            find_nothing(CHECK, wrong, TODAY)
    answered = find_nothing(CHECK, (IN_ORDER, NOT_CHECKED), TODAY)
    assert (answered.state, answered.answered_on) == ("nothing_found", TODAY)
    assert find_nothing(answered, (IN_ORDER, NOT_CHECKED), TODAY) is answered
    with pytest.raises(TipRuleError, match="check_is_over"):
        find_nothing(answered, (IN_ORDER, IN_ORDER), TODAY)
    # Overdue it can still be answered.
    assert find_nothing(replace(CHECK, overdue_on=TODAY), (IN_ORDER, IN_ORDER), TODAY).state == "nothing_found"


def test_only_what_is_not_answered_is_taken_back():
    cancelled = cancel(CHECK, by="li", today=TODAY)
    assert (cancelled.state, cancelled.cancelled_by, cancelled.cancelled_on) == ("cancelled", "li", TODAY)
    assert cancel(cancelled, by="zhao", today=TODAY) is cancelled
    for state in (CheckState.REPORTED, CheckState.NOTHING_FOUND):
        with pytest.raises(TipRuleError, match="check_is_over"):
            cancel(replace(CHECK, state=state), by="li", today=TODAY)


@pytest.mark.parametrize(
    ("state", "more"), [("assigned", True), ("reported", True), ("nothing_found", False), ("cancelled", False)]
)
def test_more_may_be_reported_of_a_check_until_it_is_over(state: str, more: bool):
    check = replace(CHECK, state=CheckState(state))
    if more:
        require_open(check, reported=True)
        return
    with pytest.raises(TipRuleError, match="check_is_over"):
        require_open(check, reported=True)
