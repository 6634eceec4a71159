"""The steps a tip may take, each once, and the four eyes at its end."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from services.kit.workdays import is_working_day
from services.tips.domain.errors import TipRuleError
from services.tips.domain.tip import (
    Kind,
    RefusalReason,
    Status,
    Tip,
    accept,
    ask_extension,
    close,
    decide,
    extend,
    fingerprint,
    refuse,
    reopen,
    tell,
    tip_id,
    verify_by,
    withdraw,
)

NOW = datetime(2026, 3, 10, 2, tzinfo=UTC)
TODAY = date(2026, 3, 10)
HOSPITAL = "H11010500001"
RECEIVED = Tip(
    id=UUID("019cd5f0-0000-7000-8000-000000000001"),
    kind=Kind.DRUG_RESALE,
    status=Status.RECEIVED,
    received_on=TODAY,
    named=False,
)


def accepted(tip: Tip, code: str = HOSPITAL) -> Tip:
    return accept(tip, code, by="zhang", now=NOW, is_working_day=is_working_day)


ACCEPTED = accepted(RECEIVED)
ASKED = ask_extension(ACCEPTED, by="zhang", now=NOW, today=TODAY)
SUBSTANTIATED = decide(ACCEPTED, Status.SUBSTANTIATED, by="zhang", now=NOW)
UNSUBSTANTIATED = decide(ACCEPTED, Status.UNSUBSTANTIATED, by="zhang", now=NOW)
REFUSED = refuse(RECEIVED, RefusalReason.NO_CLEAR_TARGET, by="zhang", now=NOW)
WITHDRAWN = withdraw(RECEIVED, today=TODAY)
CLOSED = close(SUBSTANTIATED, by="li", now=NOW)


def test_a_tip_is_to_be_verified_within_fifteen_working_days_of_its_receipt():
    assert ACCEPTED.due_on == date(2026, 3, 31)
    assert not ACCEPTED.overdue(date(2026, 3, 31))
    assert ACCEPTED.overdue(date(2026, 4, 1))
    assert not SUBSTANTIATED.overdue(date(2026, 4, 1))


def test_an_extension_adds_fifteen_working_days_once():
    extended = extend(ASKED, by="chief", now=NOW, is_working_day=is_working_day)
    assert extended.due_on == date(2026, 4, 22)  # Tomb-sweeping Day, 6 April, is off
    assert extend(extended, by="li", now=NOW, is_working_day=is_working_day) is extended


@pytest.mark.parametrize("tip", [ACCEPTED, SUBSTANTIATED, CLOSED])
def test_the_same_acceptance_again_changes_nothing_and_another_institution_is_refused(tip: Tip):
    assert accepted(tip) is tip
    with pytest.raises(TipRuleError, match="wrong_tip_status"):
        accepted(tip, "H11010500002")


Step = Callable[[Tip], Tip]
STEPS: dict[str, Step] = {
    "accept": accepted,
    "ask_extension": lambda tip: ask_extension(tip, by="zhang", now=NOW, today=TODAY),
    "refuse": lambda tip: refuse(tip, RefusalReason.NO_CLEAR_TARGET, by="zhang", now=NOW),
    "substantiate": lambda tip: decide(tip, Status.SUBSTANTIATED, by="zhang", now=NOW),
    "dismiss": lambda tip: decide(tip, Status.UNSUBSTANTIATED, by="zhang", now=NOW),
    "withdraw": lambda tip: withdraw(tip, today=TODAY),
    "close": lambda tip: close(tip, by="li", now=NOW),
}
POSSIBLE = {
    RECEIVED: {"accept", "refuse", "withdraw"},
    ACCEPTED: {"accept", "ask_extension", "refuse", "substantiate", "dismiss", "withdraw"},
    SUBSTANTIATED: {"accept", "substantiate", "close"},
    UNSUBSTANTIATED: {"accept", "dismiss", "close"},
    REFUSED: {"refuse", "close"},
    WITHDRAWN: {"withdraw"},
    CLOSED: {"accept", "substantiate", "close"},
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("tip", POSSIBLE, ids=lambda tip: tip.status)
def test_a_step_is_possible_only_where_the_procedure_has_it(tip: Tip, step: str):
    if step in POSSIBLE[tip]:
        done = STEPS[step](tip)
        assert STEPS[step](done) is done
    else:
        with pytest.raises(TipRuleError, match="wrong_tip_status"):
            STEPS[step](tip)


@pytest.mark.parametrize("tip", [SUBSTANTIATED, UNSUBSTANTIATED, REFUSED])
def test_whoever_decided_does_not_close(tip: Tip):
    with pytest.raises(TipRuleError, match="four_eyes"):
        close(tip, by="zhang", now=NOW)
    assert close(tip, by="li", now=NOW).outcome is tip.status


def test_an_extension_is_asked_for_in_time_and_granted_by_somebody_else():
    assert ACCEPTED.due_on is not None
    last_day = ask_extension(ACCEPTED, by="zhang", now=NOW, today=ACCEPTED.due_on)
    assert last_day.extension_asked_by == "zhang"
    with pytest.raises(TipRuleError, match="extension_too_late"):
        ask_extension(ACCEPTED, by="zhang", now=NOW, today=ACCEPTED.due_on + timedelta(days=1))
    with pytest.raises(TipRuleError, match="extension_not_asked"):
        extend(ACCEPTED, by="chief", now=NOW, is_working_day=is_working_day)
    with pytest.raises(TipRuleError, match="own_extension"):
        extend(ASKED, by="zhang", now=NOW, is_working_day=is_working_day)


@pytest.mark.parametrize(
    ("received", "last_day"),
    [
        # National Day 2025: 1 to 8 October off, Sunday 28 September and Saturday 11 October are worked.
        (date(2025, 9, 26), date(2025, 10, 23)),
        # Spring Festival 2026: 15 to 23 February off, Saturdays 14 and 28 February are worked.
        (date(2026, 2, 10), date(2026, 3, 9)),
        (date(2026, 2, 13), date(2026, 3, 12)),
        # Received on a holiday: the first day of the period is the first working day after it.
        (date(2026, 2, 18), date(2026, 3, 13)),
        (date(2026, 3, 10), date(2026, 3, 31)),
    ],
)
def test_the_last_day_runs_over_holidays_and_make_up_workdays(received: date, last_day: date):
    tip = replace(RECEIVED, received_on=received, due_on=verify_by(received, is_working_day))
    assert tip.due_on == last_day
    assert not tip.overdue(last_day)
    assert tip.overdue(last_day + timedelta(days=1))


def test_reopening_goes_back_to_where_it_was_and_never_takes_back_what_was_found_true():
    again = reopen(UNSUBSTANTIATED, due_on=date(2026, 4, 30))
    assert (again.status, again.due_on, again.decided_by) == (Status.ACCEPTED, date(2026, 4, 30), None)
    assert reopen(REFUSED, due_on=TODAY).status is Status.RECEIVED
    assert reopen(close(REFUSED, by="li", now=NOW), due_on=TODAY).closed_by is None
    for tip in (ACCEPTED, SUBSTANTIATED, CLOSED, WITHDRAWN):
        with pytest.raises(TipRuleError, match="wrong_tip_status"):
            reopen(tip, due_on=TODAY)


def test_a_reporter_is_told_of_a_decision_and_not_before():
    with pytest.raises(TipRuleError, match="wrong_tip_status"):
        tell(ACCEPTED, today=TODAY)
    told = tell(REFUSED, today=TODAY)
    assert told.told_on == TODAY
    assert tell(told, today=date(2026, 4, 1)) is told


def test_a_withdrawal_ends_a_tip_only_before_its_acceptance():
    assert WITHDRAWN.status is Status.WITHDRAWN
    after = withdraw(ACCEPTED, today=TODAY)
    assert (after.status, after.withdrawn_on) == (Status.ACCEPTED, TODAY)


def test_another_reason_is_another_refusal():
    with pytest.raises(TipRuleError, match="wrong_tip_status"):
        refuse(REFUSED, RefusalReason.OUTSIDE_JURISDICTION, by="zhang", now=NOW)


def test_a_tip_id_tells_the_day_and_nothing_finer():
    first, second = tip_id(TODAY, b"\x00" * 10), tip_id(TODAY, b"\xff" * 10)
    assert first.version == second.version == 7
    assert first.variant == second.variant
    assert first.int >> 80 == second.int >> 80 == int(datetime(2026, 3, 10, tzinfo=UTC).timestamp()) * 1000
    assert tip_id(date(2026, 3, 9), b"\xff" * 10) < first < second


def test_a_fingerprint_keeps_its_parts_apart():
    key = b"k" * 32
    assert fingerprint(key, "ab", "c") != fingerprint(key, "a", "bc")
    assert fingerprint(key, "", None) != fingerprint(key, None, "")
    assert fingerprint(key, "a") != fingerprint(b"l" * 32, "a")
    assert fingerprint(key, "a", None) == fingerprint(key, "a", None)
