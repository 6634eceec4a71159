"""The procedure of points, on the last day in time and the day after, over holidays and pauses."""

from datetime import date, timedelta

import pytest

from services.credit.domain.errors import PolicyInvalidError, StepRefusedError
from services.credit.domain.matter import Duty, MatterKind, MatterState, Phase, StepKind, advance, opened, replay
from services.credit.domain.policy_document import read_policy
from services.credit.domain.working_days import add_working_days, subtract_working_days, working_days_between
from services.kit.workdays import is_working_day

TUESDAY = date(2026, 3, 10)


@pytest.fixture
def terms(policy):
    return policy.points.procedure


def through(terms, *steps: tuple[StepKind, date]) -> MatterState:
    return replay(MatterKind.HANDLING, [(StepKind.OPENED, steps[0][1]), *steps], terms, is_working_day)


def received(terms, on: date) -> MatterState:
    return through(terms, (StepKind.NOTICE_ISSUED, on), (StepKind.NOTICE_DELIVERED, on), (StepKind.NOTICE_RECEIVED, on))


@pytest.mark.parametrize(
    ("start", "number", "end"),
    [
        (TUESDAY, 5, date(2026, 3, 17)),
        (TUESDAY, 10, date(2026, 3, 24)),
        (date(2026, 3, 13), 1, date(2026, 3, 16)),
        # National Day 2025: off from 1 to 8 October; Sunday 28 September and Saturday 11 October are worked.
        (date(2025, 9, 26), 3, date(2025, 9, 30)),
        (date(2025, 9, 30), 1, date(2025, 10, 9)),
        (date(2025, 9, 30), 3, date(2025, 10, 11)),
        # A leap day on a weekday counts; one on a weekend does not.
        (date(2028, 2, 28), 1, date(2028, 2, 29)),
        (date(2024, 2, 28), 2, date(2024, 3, 1)),
    ],
)
def test_a_term_in_working_days_ends_on_its_last_day(start, number, end):
    assert add_working_days(start, number, is_working_day) == end
    assert working_days_between(start, end, is_working_day) == number


def test_fifteen_working_days_before_an_end_leave_exactly_fifteen():
    end = date(2026, 4, 10)
    start = subtract_working_days(end, 15, is_working_day)
    assert sum(is_working_day(start + timedelta(days=day)) for day in range((end - start).days)) == 15
    assert is_working_day(start)


@pytest.mark.parametrize(
    ("received_on", "last", "late"),
    [
        (TUESDAY, date(2026, 3, 24), date(2026, 3, 25)),
        # Over the National Day holidays of 2025, with the worked Sunday before and the worked Saturday behind.
        (date(2025, 9, 26), date(2025, 10, 16), date(2025, 10, 17)),
        # Over New Year's Day 2026.
        (date(2025, 12, 26), date(2026, 1, 12), date(2026, 1, 13)),
    ],
)
def test_an_objection_is_in_time_on_working_day_ten_and_late_on_day_eleven(terms, received_on, last, late):
    state = received(terms, received_on)
    assert working_days_between(received_on, last, is_working_day) == 10
    assert state.objection_until == last
    filed = advance(state, StepKind.OBJECTION_FILED, last, terms, is_working_day)
    assert (filed.phase, filed.duty) == (Phase.VERIFYING, Duty.VERIFY_OBJECTION)
    assert working_days_between(last, filed.due_on, is_working_day) == 20
    with pytest.raises(StepRefusedError) as refused:
        advance(state, StepKind.OBJECTION_FILED, late, terms, is_working_day)
    assert refused.value.code == "objection_late"


def test_notice_and_delivery_are_owed_within_five_and_three_working_days(terms):
    state = opened(MatterKind.HANDLING, TUESDAY, terms, is_working_day)
    assert (state.duty, state.due_on) == (Duty.ISSUE_NOTICE, date(2026, 3, 17))
    state = advance(state, StepKind.NOTICE_ISSUED, date(2026, 3, 13), terms, is_working_day)
    assert (state.duty, state.due_on) == (Duty.DELIVER_NOTICE, date(2026, 3, 18))
    state = advance(state, StepKind.NOTICE_DELIVERED, date(2026, 3, 18), terms, is_working_day)
    assert (state.duty, state.due_on) == (None, None)


def test_a_request_for_recovery_is_evaluated_within_ten_working_days(terms):
    state = opened(MatterKind.RECOVERY, TUESDAY, terms, is_working_day)
    assert (state.duty, state.due_on) == (Duty.EVALUATE_RECOVERY, date(2026, 3, 24))
    assert advance(state, StepKind.GRANTED, TUESDAY, terms, is_working_day).phase is Phase.GRANTED


def test_the_time_of_experts_does_not_count_towards_verification(terms):
    state = advance(received(terms, TUESDAY), StepKind.OBJECTION_FILED, TUESDAY, terms, is_working_day)
    due = state.due_on
    paused = advance(state, StepKind.VERIFICATION_PAUSED, date(2026, 3, 13), terms, is_working_day)
    assert (paused.due_on, paused.remaining_days) == (None, 17)
    same_day = advance(paused, StepKind.VERIFICATION_RESUMED, date(2026, 3, 13), terms, is_working_day)
    assert same_day.due_on == due
    resumed = advance(paused, StepKind.VERIFICATION_RESUMED, date(2026, 5, 8), terms, is_working_day)
    assert working_days_between(date(2026, 5, 8), resumed.due_on, is_working_day) == 17
    overrun = advance(state, StepKind.VERIFICATION_PAUSED, due + timedelta(days=7), terms, is_working_day)
    back = advance(overrun, StepKind.VERIFICATION_RESUMED, due + timedelta(days=7), terms, is_working_day)
    assert back.due_on <= due + timedelta(days=2) < due + timedelta(days=7)


def test_a_contested_dismissal_goes_to_the_department_once(terms):
    state = advance(received(terms, TUESDAY), StepKind.OBJECTION_FILED, TUESDAY, terms, is_working_day)
    for step in (StepKind.OBJECTION_DISMISSED, StepKind.OBJECTION_ESCALATED, StepKind.OBJECTION_DISMISSED):
        state = advance(state, step, TUESDAY, terms, is_working_day)
    assert (state.phase, state.escalated, state.due_on) == (Phase.DISMISSED, True, None)
    with pytest.raises(StepRefusedError):
        advance(state, StepKind.OBJECTION_ESCALATED, TUESDAY, terms, is_working_day)


@pytest.mark.parametrize(
    "step", [step for step in StepKind if step not in {StepKind.NOTICE_ISSUED, StepKind.TALK_HELD, StepKind.LAPSED}]
)
def test_no_step_is_taken_before_the_notice(terms, step):
    with pytest.raises(StepRefusedError) as refused:
        advance(opened(MatterKind.HANDLING, TUESDAY, terms, is_working_day), step, TUESDAY, terms, is_working_day)
    assert refused.value.code == "step_not_possible"


def test_a_step_never_comes_before_the_one_it_follows(terms):
    state = opened(MatterKind.HANDLING, TUESDAY, terms, is_working_day)
    with pytest.raises(StepRefusedError) as refused:
        advance(state, StepKind.NOTICE_ISSUED, TUESDAY - timedelta(days=1), terms, is_working_day)
    assert refused.value.code == "step_before_last"


def test_the_talk_is_recorded_once_and_at_any_time(terms):
    state = advance(received(terms, TUESDAY), StepKind.TALK_HELD, TUESDAY, terms, is_working_day)
    assert (state.talked, state.phase) == (True, Phase.RECEIVED)
    with pytest.raises(StepRefusedError):
        advance(state, StepKind.TALK_HELD, TUESDAY, terms, is_working_day)


def test_every_term_is_policy_data(document):
    document["practitioner"]["procedure"]["objection"]["working_days"] = 12
    terms = read_policy(document).points.procedure
    assert received(terms, TUESDAY).objection_until == date(2026, 3, 26)
    document["practitioner"]["procedure"]["objection"]["working_days"] = 0
    with pytest.raises(PolicyInvalidError):
        read_policy(document)
