"""What follows from a points ledger, at every threshold and over the end of a year."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.credit.domain.calendar import add_months
from services.credit.domain.ledger import without_ground, year_total
from services.credit.domain.measure import MeasureKind, measures
from services.credit.domain.policy import PolicyBook
from services.credit.domain.policy_document import read_policy
from services.credit.domain.standing import Status, standing
from services.kit.ids import new_id

CODE = "D110105000001"
START = datetime(2026, 3, 10, 2, tzinfo=UTC)
DAY = timedelta(days=1)


def at(days: float) -> datetime:
    return START + timedelta(days=days)


@pytest.mark.parametrize(
    ("points", "status", "months"),
    [
        ((8,), Status.ELIGIBLE, None),
        ((9,), Status.SUSPENDED, 1),
        ((10,), Status.SUSPENDED, 3),
        ((11,), Status.SUSPENDED, 6),
        ((8, 3), Status.SUSPENDED, 6),
        ((6, 6), Status.TERMINATED, 12),
        ((11, 1), Status.TERMINATED, 12),
        ((12,), Status.TERMINATED, 36),
        ((1, 12), Status.TERMINATED, 36),
    ],
)
def test_a_threshold_counts_from_exactly_its_points(book, scored, points, status, months):
    ledger = [scored(one, at(day)) for day, one in enumerate(points)]
    found = standing(CODE, ledger, ledger[-1].recorded_at, book)
    assert (found.points, found.eligibility.status) == (sum(points), status)
    expected = None if months is None else add_months(ledger[-1].recorded_at, months)
    assert found.eligibility.until == expected


def test_a_suspension_runs_from_its_first_instant_up_to_but_not_including_its_end(book, scored):
    ledger = [scored(9, START)]
    end = add_months(START, 1)
    moments = [START - timedelta(microseconds=1), START, end - timedelta(microseconds=1), end]
    assert [standing(CODE, ledger, moment, book).eligibility.status for moment in moments] == [
        Status.ELIGIBLE,
        Status.SUSPENDED,
        Status.SUSPENDED,
        Status.ELIGIBLE,
    ]


def test_twelve_points_by_violations_of_one_decision_are_accumulated_not_at_once(book, scored):
    sanction = new_id()
    ledger = [scored(6, START, sanction_id=sanction), scored(6, START, sanction_id=sanction)]
    (measure,) = measures(ledger, book)
    assert measure.effective_until == add_months(START, 12)


def test_a_policy_may_count_one_decision_as_one_go(document, scored):
    document["practitioner"]["termination"]["at_once_within"] = "sanction"
    strict = PolicyBook([read_policy(document)])
    sanction = new_id()
    ledger = [scored(6, START, sanction_id=sanction), scored(6, START, sanction_id=sanction)]
    (measure,) = measures(ledger, strict)
    assert measure.effective_until == add_months(START, 36)


def test_a_termination_stands_until_a_new_registration_and_tells_when_that_is_possible(book, scored):
    ledger = [scored(12, START)]
    found = standing(CODE, ledger, add_months(START, 37), book).eligibility
    assert (found.status, found.until) == (Status.TERMINATED, add_months(START, 36))


def test_points_clear_at_the_year_end_and_a_running_suspension_keeps_its_own_end(book, scored):
    december = datetime(2026, 12, 20, 2, tzinfo=UTC)
    ledger = [scored(11, december)]
    new_year = datetime(2026, 12, 31, 16, tzinfo=UTC)
    before = standing(CODE, ledger, new_year - timedelta(seconds=1), book)
    after = standing(CODE, ledger, new_year, book)
    assert (before.year, before.points, before.eligibility.status) == (2026, 11, Status.SUSPENDED)
    assert (after.year, after.points, after.eligibility.status) == (2027, 0, Status.SUSPENDED)
    assert after.eligibility.until == add_months(december, 6)


def test_points_of_two_years_do_not_add_up(book, scored):
    ledger = [scored(8, datetime(2026, 12, 31, 15, tzinfo=UTC)), scored(8, datetime(2026, 12, 31, 17, tzinfo=UTC))]
    assert measures(ledger, book) == []


def test_the_day_of_the_decision_chooses_the_year_not_the_day_of_recording(book, scored):
    january = datetime(2027, 1, 5, 2, tzinfo=UTC)
    ledger = [scored(8, at(0)), scored(1, january, decided_on=date(2026, 12, 30))]
    (measure,) = measures(ledger, book)
    assert (measure.year, measure.points, measure.effective_from) == (2026, 9, january)
    assert standing(CODE, ledger, january, book).points == 0


def test_after_a_suspension_the_points_of_the_year_go_on(book, scored):
    ledger = [scored(9, START), scored(1, add_months(START, 2))]
    first, second = measures(ledger, book)
    assert (first.points, second.points) == (9, 10)
    assert second.effective_until == add_months(START, 5)


def test_a_higher_threshold_during_a_suspension_supersedes_it(book, scored):
    ledger = [scored(9, at(0)), scored(1, at(1)), scored(3, at(2))]
    assert [measure.kind for measure in measures(ledger, book)] == [
        MeasureKind.SUSPENSION,
        MeasureKind.SUSPENSION,
        MeasureKind.TERMINATION,
    ]
    assert standing(CODE, ledger, at(1), book).eligibility.until == add_months(at(1), 3)
    assert standing(CODE, ledger, at(2), book).eligibility.status is Status.TERMINATED


def test_further_points_after_a_termination_do_not_start_its_ban_again(book, scored):
    ledger = [scored(6, at(0)), scored(6, at(1)), scored(3, at(100))]
    (measure,) = measures(ledger, book)
    assert measure.effective_from == at(1)


def test_twelve_at_once_after_an_accumulated_termination_bans_for_three_years(book, scored):
    ledger = [scored(6, at(0)), scored(6, at(1)), scored(12, at(100))]
    assert standing(CODE, ledger, at(100), book).eligibility.until == add_months(at(100), 36)


def test_a_countered_entry_has_never_counted(book, scored, countering):
    first, second = scored(8, at(0)), scored(1, at(1))
    ledger = [first, second, countering(first, at(5))]
    now = standing(CODE, ledger, at(2), book)
    assert (now.points, now.eligibility.status) == (1, Status.ELIGIBLE)
    assert year_total(ledger, 2026) == 1


def test_the_ledger_as_it_was_known_repeats_a_past_reading(book, scored, countering):
    first, second = scored(8, at(0)), scored(1, at(1))
    ledger = [first, second, countering(first, at(5))]
    then = standing(CODE, ledger, at(2), book, known=at(4))
    assert (then.points, then.eligibility.status, len(then.entries)) == (9, Status.SUSPENDED, 2)


def test_a_counter_entry_turns_a_termination_into_the_suspension_that_was_due(book, scored, countering):
    first, second = scored(3, at(0)), scored(9, at(1))
    (before,) = measures([first, second], book)
    (after,) = measures([first, second, countering(first, at(5))], book)
    assert (before.kind, after.kind) == (MeasureKind.TERMINATION, MeasureKind.SUSPENSION)
    assert (after.effective_from, after.effective_until) == (at(1), add_months(at(1), 1))


def test_a_counter_entry_may_move_a_termination_to_the_later_decision_that_then_reached_it(book, scored, countering):
    entries = [scored(6, at(0)), scored(6, at(1)), scored(6, at(2))]
    (after,) = measures([*entries, countering(entries[0], at(5))], book)
    assert (after.kind, after.effective_from) == (MeasureKind.TERMINATION, at(2))


def test_a_policy_change_in_the_year_judges_each_decision_by_its_own_version(document, policy, scored):
    later = {**document, "version": "province-2026"}
    later["practitioner"] = {**document["practitioner"]}
    later["practitioner"]["suspension"] = {**document["practitioner"]["suspension"]}
    later["practitioner"]["suspension"]["months_by_points"] = {"9": 2, "10": 4, "11": 6}
    book = PolicyBook([policy, read_policy(later)])
    ledger = [scored(9, at(0)), scored(1, at(1), policy_version="province-2026")]
    assert [measure.effective_until for measure in measures(ledger, book)] == [
        add_months(at(0), 1),
        add_months(at(1), 4),
    ]


def test_only_entries_whose_findings_have_all_fallen_lose_their_ground(scored):
    one, two = new_id(), new_id()
    both, first, revoked = scored(3, finding_ids=(one, two)), scored(2, finding_ids=(one,)), scored(12, finding_ids=())
    ledger = [both, first, revoked]
    assert without_ground(ledger, frozenset({one})) == [first]
    assert without_ground(ledger, frozenset({one, two})) == [both, first]
    assert without_ground(ledger, frozenset()) == []


def test_an_entry_is_countered_once(scored, countering):
    finding = new_id()
    entry = scored(3, finding_ids=(finding,))
    assert without_ground([entry, countering(entry, at(1))], frozenset({finding})) == []
