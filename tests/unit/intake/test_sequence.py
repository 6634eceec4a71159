"""Gaps in numbers, and silence: what is concluded and, as important, what is not."""

from datetime import UTC, date, datetime

import pytest

from services.intake.domain.sequence import message_day, message_series, settlement_series
from services.intake.domain.silence import days_before, fewest_days, window
from tests.support.intake import HOSPITAL


def message(number: int, second: int = 0) -> str:
    return f"{HOSPITAL}20260310{9 + second // 3600:02d}{second // 60 % 60:02d}{second % 60:02d}{number:04d}"


def test_a_whole_series_has_no_gap_and_a_missing_number_is_named() -> None:
    whole = [message(number, number) for number in range(1, 41)]
    assert message_series(whole)[:3] == ("serial", 40, 0)
    series = message_series([one for one in whole if one not in {message(7, 7), message(20, 20), message(21, 21)}])
    assert (series.state, series.seen, series.missing) == ("serial", 37, 3)
    assert [(gap.after[-4:], gap.before[-4:], gap.missing) for gap in series.gaps] == [
        ("0006", "0008", 1),
        ("0019", "0022", 2),
    ]


@pytest.mark.parametrize("first", [0, 1])
def test_a_counter_that_turns_over_has_no_gap_there(first) -> None:
    numbers = [*range(9980, 10_000), *range(first, 20)]
    assert message_series([message(number, place) for place, number in enumerate(numbers)]).missing == 0


def test_messages_of_one_second_may_come_in_any_order() -> None:
    ids = [message(number, number // 5) for number in range(1, 31)]
    assert message_series(reversed(ids)).missing == 0


def test_chance_numbers_and_few_numbers_are_not_judged() -> None:
    chance = [message((number * 7919 + 13) % 10_000, number * 60) for number in range(200)]
    assert message_series(chance).state == "not_serial"
    assert message_series([message(1), message(9)]).state == "too_few"
    assert message_series([]) == ("too_few", 0, 0, ())


def test_the_day_is_the_one_within_the_number() -> None:
    assert message_day(message(1), HOSPITAL) == date(2026, 3, 10)
    for wrong in ("", HOSPITAL, message(1)[:-1], message(1).replace("0310", "0230"), "H99" + message(1)[3:]):
        assert message_day(wrong, HOSPITAL) is None


@pytest.mark.parametrize("stamp", ["20260310240000", "20260310096000", "20260310090060", "00000310090000"])
def test_a_number_that_is_no_instant_names_no_day(stamp) -> None:
    assert message_day(f"{HOSPITAL}{stamp}0001", HOSPITAL) is None
    assert message_day(f"{HOSPITAL}202603102359590001", HOSPITAL) == date(2026, 3, 10)


def test_serial_settlement_ids_are_looked_at_by_what_they_begin_with() -> None:
    ids = [f"MZ2026{number:06d}" for number in range(30)] + [f"ZY{number:04d}" for number in range(12)]
    whole = settlement_series(ids)
    assert (whole.state, whole.seen, whole.missing) == ("serial", 42, 0)
    assert settlement_series([one for one in ids if one != "ZY0005"]).missing == 1
    assert settlement_series([f"{number * 7919 % 100_000:05d}" for number in range(20)]).state == "not_serial"
    assert settlement_series(["A", "B"]).state == "too_few"


@pytest.mark.parametrize(
    ("hour", "hours"),
    [(3, None), (4, (8, 12)), (7, (11, 15)), (12, (16, 20)), (13, None)],
)
def test_silence_is_looked_for_within_working_hours_of_shanghai(hour, hours) -> None:
    found = window(datetime(2026, 3, 10, hour, 30, tzinfo=UTC), 4)
    assert (None if found is None else (found[0].hour, found[1].hour)) == hours


def test_a_day_is_compared_with_the_ten_working_days_before_it() -> None:
    days = days_before(date(2026, 3, 10), lambda day: day.weekday() < 5 and day != date(2026, 3, 9))
    assert (len(days), days[0], days[-1]) == (10, date(2026, 3, 6), date(2026, 2, 23))
    assert fewest_days() == 6
