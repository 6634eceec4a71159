"""The pause of an insured person's online settlement: three to twelve months, to the instant."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.credit.domain.errors import PolicyInvalidError
from services.credit.domain.insured import InsuredEntry, InsuredSanction, pause_at, pause_period, problems, standing
from services.credit.domain.insured_policy import read_insured_policy
from services.kit.ids import new_id

REF = "ab" * 16
DOCUMENT = {
    "pause_months": [3, 12],
    "fine_multiples": [2, 5],
    "circumstances": {
        "lent_voucher": {"zh": "出借凭证", "en": "Lent the voucher", "article": "条例第四十一条第一款（一）"},
        "fraud": {"zh": "骗取", "en": "Fraud", "article": "条例第四十一条第二款"},
    },
}
POLICY = read_insured_policy(DOCUMENT)
TODAY = date(2026, 3, 10)


def sanction(**fields) -> InsuredSanction:
    return InsuredSanction(
        **{
            "entry_id": new_id(),
            "insured_ref": REF,
            "circumstance": "lent_voucher",
            "decided_on": TODAY,
            "document_number": "医保处〔2026〕1号",
            "refund_fen": 10_000,
            "fine_fen": 0,
            "pause_months": 3,
            "pause_from": TODAY,
            **fields,
        }
    )


def entry(pause_from: date | None, months: int, **fields) -> InsuredEntry:
    made = sanction(pause_from=pause_from, pause_months=months)
    period = pause_period(made)
    return InsuredEntry(
        **{
            "entry_id": made.entry_id,
            "insured_ref": REF,
            "circumstance": made.circumstance,
            "decided_on": made.decided_on,
            "document_number": made.document_number,
            "refund_fen": made.refund_fen,
            "fine_fen": 0,
            "pause_months": months,
            "pause_from": period and period[0],
            "pause_until": period and period[1],
            "policy_version": "p",
            "recorded_at": datetime(2026, 3, 10, tzinfo=UTC),
            "recorded_by": "o",
            "digest": b"",
            **fields,
        }
    )


def counter(of: InsuredEntry) -> InsuredEntry:
    return replace(of, entry_id=new_id(), pause_months=-of.pause_months, counters_entry_id=of.entry_id, cause="judged")


@pytest.mark.parametrize(("months", "allowed"), [(1, False), (2, False), (3, True), (12, True), (13, False)])
def test_a_pause_lasts_three_to_twelve_months(months, allowed) -> None:
    assert problems(sanction(pause_months=months), POLICY, TODAY) == (
        [] if allowed else [("pause_months", "pause_months_range")]
    )


@pytest.mark.parametrize(
    ("first", "months", "free"),
    [
        (date(2026, 3, 10), 3, date(2026, 6, 10)),
        (date(2025, 11, 30), 3, date(2026, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 10, 1), 12, date(2027, 10, 1)),
    ],
)
def test_it_ends_with_the_corresponding_day_in_shanghai(first, months, free) -> None:
    begin, end = pause_period(sanction(pause_from=first, pause_months=months))
    assert begin == datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(hours=8)
    assert end == datetime(free.year, free.month, free.day, tzinfo=UTC) - timedelta(hours=8)


def test_it_holds_from_its_first_instant_up_to_its_last() -> None:
    paused = entry(date(2026, 3, 10), 3)
    tick = timedelta(microseconds=1)
    answers = [
        pause_at([paused], at).paused
        for at in (paused.pause_from - tick, paused.pause_from, paused.pause_until - tick, paused.pause_until)
    ]
    assert answers == [False, True, True, False]


def test_pauses_that_meet_run_as_one_and_a_gap_parts_them() -> None:
    first, meets, apart = entry(date(2026, 1, 1), 3), entry(date(2026, 4, 1), 4), entry(date(2026, 8, 2), 3)
    at = datetime(2026, 2, 1, tzinfo=UTC)
    found = pause_at([apart, meets, first], at)
    assert (found.until, found.entry_ids) == (meets.pause_until, (first.entry_id,))


def test_what_is_taken_back_never_ran() -> None:
    paused = entry(date(2026, 3, 10), 12)
    at = datetime(2026, 4, 1, tzinfo=UTC)
    assert pause_at([paused], at).paused
    assert not pause_at([paused, counter(paused)], at).paused


@given(st.permutations(range(4)))
def test_the_order_of_the_ledger_does_not_matter(order) -> None:
    one, two = entry(date(2026, 1, 1), 3), entry(date(2026, 2, 1), 6)
    ledger = [one, two, counter(two), entry(date(2026, 3, 1), 4)]
    shuffled = [ledger[index] for index in order]
    for at in (datetime(2026, 2, 15, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC)):
        assert pause_at(shuffled, at).until == pause_at(ledger, at).until
    assert {one.entry_id for one in standing(shuffled)} == {one.entry_id for one in standing(ledger)}


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"circumstance": "invented"}, ("circumstance", "circumstance_unknown")),
        ({"decided_on": date(2026, 3, 11), "pause_from": date(2026, 3, 11)}, ("decided_on", "date_in_future")),
        ({"pause_from": None}, ("pause_from", "pause_incomplete")),
        ({"pause_from": date(2026, 3, 9)}, ("pause_from", "pause_before_decision")),
        ({"pause_months": 0, "pause_from": None}, ("pause_months", "pause_missing")),
        ({"fine_fen": 20_000}, ("fine_fen", "fine_without_fraud")),
        ({"circumstance": "fraud", "fine_fen": 19_999}, ("fine_fen", "fine_range")),
        ({"circumstance": "fraud", "fine_fen": 50_001}, ("fine_fen", "fine_range")),
    ],
)
def test_a_decision_that_contradicts_article_41_is_named(fields, problem) -> None:
    assert problems(sanction(**fields), POLICY, TODAY) == [problem]


@pytest.mark.parametrize("fine", [20_000, 50_000])
def test_a_fine_of_two_and_of_five_times_is_allowed(fine) -> None:
    assert problems(sanction(circumstance="fraud", fine_fen=fine), POLICY, TODAY) == []


def test_without_a_loss_there_may_be_no_pause() -> None:
    assert problems(sanction(refund_fen=0, pause_months=0, pause_from=None), POLICY, TODAY) == []


@pytest.mark.parametrize(
    "change",
    [
        {"pause_months": [2, 12]},
        {"pause_months": [3, 13]},
        {"pause_months": [6, 5]},
        {"fine_multiples": [1, 5]},
        {"fine_multiples": [2, 6]},
        {"circumstances": {}},
    ],
)
def test_a_policy_stays_within_the_frame_of_article_41(change) -> None:
    with pytest.raises(PolicyInvalidError):
        read_insured_policy({**DOCUMENT, **change})
