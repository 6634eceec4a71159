"""Repair within its caps, shortened terms, new registrations: what becomes of points and measures."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.credit.domain.calendar import add_months
from services.credit.domain.ledger import with_repairs, year_total
from services.credit.domain.measure import MeasureKind, StatedMeasure, measures
from services.credit.domain.policy import PolicyBook
from services.credit.domain.policy_document import read_policy
from services.credit.domain.repair import repairable_points, shortened_end
from services.credit.domain.restatement import restate
from services.credit.domain.standing import Status, standing
from services.credit.domain.term_change import TermChange, TermChangeKind
from services.kit.ids import new_id

CODE = "D110105000001"
START = datetime(2026, 3, 10, 2, tzinfo=UTC)


def repair_of(entry, points: int, at: datetime, measure: str = "training"):
    return replace(
        entry,
        entry_id=new_id(),
        points=-points,
        recorded_at=at,
        band_cause=measure,
        cause_id=new_id(),
        cause_kind="repair",
        repairs_entry_id=entry.entry_id,
    )


def change_of(kind: TermChangeKind, sanction_id, at: datetime, days: int = 0) -> TermChange:
    return TermChange(new_id(), CODE, kind, sanction_id, at, days, START, new_id(), "national-2024")


def test_repair_stops_at_the_entry_the_measure_and_the_year(policy, scored):
    rules = policy.points.repair
    training, management = rules.measures["training"], rules.measures["insurance_management"]
    entry = scored(6, START)
    ledger = [entry]
    for expected in (1, 1, 0):
        taken = repairable_points(rules, training, entry, ledger)
        assert taken == expected
        if taken:
            ledger.append(repair_of(entry, taken, START))
    assert repairable_points(rules, management, entry, ledger) == 1  # three a year in all
    small = scored(1, START)
    assert repairable_points(rules, management, small, [small]) == 1  # never below the points of the entry


def test_a_repair_that_fell_with_its_entry_no_longer_counts_against_the_caps(policy, scored, countering):
    rules = policy.points.repair
    entry, other = scored(6, START), scored(6, START)
    repair = repair_of(entry, 2, START)
    fallen = [countering(one, START) for one in with_repairs([entry, other, repair], [entry])]
    ledger = [entry, other, repair, *fallen]
    assert year_total(ledger, 2026) == 6
    assert repairable_points(rules, rules.measures["training"], other, ledger) == 1


def test_a_repair_lowers_what_later_points_add_to_and_undoes_no_measure(book, scored):
    first = scored(9, START)
    repair = repair_of(first, 3, START + timedelta(days=1))
    second = scored(2, START + timedelta(days=2))
    found = measures([first, repair, second], book)
    assert [(one.kind, one.points) for one in found] == [(MeasureKind.SUSPENSION, 9)]
    assert [one.points for one in measures([first, second], book)] == [9, 11]


def test_a_shortened_suspension_keeps_its_first_month(policy, book, scored):
    entry = scored(11, START)
    (suspension,) = measures([entry], book)
    rules, measure = policy.points.repair, policy.points.repair.measures["active_correction"]
    end, days = shortened_end(rules, measure, suspension, [], START)
    assert (end, days) == (suspension.effective_until - timedelta(days=15), 15)
    used = [change_of(TermChangeKind.SHORTENED, entry.sanction_id, end, 15)] * 2
    assert shortened_end(rules, measure, suspension, used, START)[1] == 0
    (month,) = measures([scored(9, START)], book)
    assert shortened_end(rules, measure, month, [], START) == (month.effective_until, 0)
    (eased,) = measures([entry], book, [change_of(TermChangeKind.SHORTENED, entry.sanction_id, end, 15)])
    assert (eased.effective_until, eased.ground) == (end, suspension.ground)


@pytest.mark.parametrize(("points", "months"), [((8, 4), 12), ((12,), 36)])
def test_a_termination_ends_only_by_a_registration_after_its_ban(book, scored, points, months):
    ledger = [scored(one, START + timedelta(minutes=number)) for number, one in enumerate(points)]
    end = add_months(ledger[-1].recorded_at, months)
    sanction = ledger[-1].sanction_id
    late = end + timedelta(days=700)
    assert standing(CODE, ledger, late, book).eligibility.status is Status.TERMINATED
    early = [change_of(TermChangeKind.REGISTERED, sanction, end - timedelta(microseconds=1))]
    assert standing(CODE, ledger, late, book, early).eligibility.status is Status.TERMINATED
    again = [change_of(TermChangeKind.REGISTERED, sanction, end)]
    assert standing(CODE, ledger, end - timedelta(microseconds=1), book, again).eligibility.status is Status.TERMINATED
    assert standing(CODE, ledger, end, book, again).eligibility.status is Status.ELIGIBLE


def test_a_ban_that_begins_on_a_leap_day_ends_on_the_last_of_february(book, scored):
    leap = datetime(2028, 2, 29, 2, tzinfo=UTC)
    (termination,) = measures([scored(11, leap), scored(1, leap)], book)[1:]
    assert termination.effective_until == datetime(2029, 2, 28, 2, tzinfo=UTC)


def test_points_after_a_new_registration_in_the_same_year_terminate_again(book, scored):
    first = [scored(11, START), scored(1, START)]
    back = START + timedelta(days=100)
    changes = [
        change_of(TermChangeKind.SHORTENED, first[1].sanction_id, START + timedelta(days=90)),
        change_of(TermChangeKind.REGISTERED, first[1].sanction_id, back),
    ]
    during = scored(1, back - timedelta(days=1))
    after = scored(1, back)
    kinds = [one.kind for one in measures([*first, during, after], book, changes)]
    assert kinds == [MeasureKind.SUSPENSION, MeasureKind.TERMINATION, MeasureKind.TERMINATION]
    assert len(measures([*first, during], book, changes)) == 2


def test_an_earlier_end_eases_a_measure_and_a_shorter_ban_states_it_anew(book, scored):
    suspended, terminated = scored(11, START), scored(12, START + timedelta(days=300))
    due = measures([suspended, terminated], book)
    told = [StatedMeasure(new_id(), CODE, one) for one in due]
    assert restate(told, due) == restate([], [])
    end = due[0].effective_until - timedelta(days=15)
    eased = restate(
        told, measures([suspended, terminated], book, [change_of(TermChangeKind.SHORTENED, suspended.sanction_id, end)])
    )
    assert ([one.measure_id for one in eased.eased], eased.undone, eased.new) == ([told[0].measure_id], [], [])
    shorter = due[1].effective_until - timedelta(days=15)
    anew = restate(
        told,
        measures([suspended, terminated], book, [change_of(TermChangeKind.SHORTENED, terminated.sanction_id, shorter)]),
    )
    assert (anew.undone, anew.eased, [one.effective_until for one in anew.new]) == ([told[1]], [], [shorter])
    longer = restate([StatedMeasure(told[0].measure_id, CODE, replace(due[0], effective_until=end)), told[1]], due)
    assert (len(longer.undone), len(longer.new)) == (1, 1)


def test_a_change_of_policy_in_the_year_judges_each_decision_by_its_own_version(document, policy, scored):
    newer = {**document, "version": "newer", "effective_from": "2026-07-01"}
    newer["practitioner"] = {**document["practitioner"]}
    newer["practitioner"]["suspension"] = {
        **document["practitioner"]["suspension"],
        "from_points": 8,
        "months_by_points": {"8": 1, "9": 2, "10": 4, "11": 5},
    }
    book = PolicyBook([policy, read_policy(newer)])
    july = datetime(2026, 7, 1, 2, tzinfo=UTC)
    old, new = scored(8, START), scored(1, july, policy_version="newer")
    assert book.on(old.decided_on).version == "national-2024"
    assert book.on(new.decided_on).version == "newer"
    (suspension,) = measures([old, new], book)
    assert (suspension.policy_version, suspension.effective_until) == ("newer", add_months(july, 2))
    assert measures([old], book) == []
