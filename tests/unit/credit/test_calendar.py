"""Months, years and business dates in Asia/Shanghai."""

from datetime import UTC, date, datetime

import pytest

from services.credit.domain.calendar import BUSINESS_ZONE, add_months, business_date, business_year


def shanghai(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BUSINESS_ZONE)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (shanghai(2026, 3, 10, 10), 1, shanghai(2026, 4, 10, 10)),
        (shanghai(2026, 1, 31, 23, 59), 1, shanghai(2026, 2, 28, 23, 59)),
        (shanghai(2028, 1, 31), 1, shanghai(2028, 2, 29)),
        (shanghai(2028, 2, 29, 8), 12, shanghai(2029, 2, 28, 8)),
        (shanghai(2028, 2, 29, 8), 48, shanghai(2032, 2, 29, 8)),
        (shanghai(2026, 12, 15), 1, shanghai(2027, 1, 15)),
        (shanghai(2026, 8, 31), 6, shanghai(2027, 2, 28)),
    ],
)
def test_months_end_on_the_corresponding_day_or_the_last_of_the_month(start, months, end):
    assert add_months(start, months) == end


def test_months_are_counted_in_shanghai_and_told_in_utc():
    # 31 January 00:30 in Shanghai is still the 30th in UTC.
    ended = add_months(datetime(2026, 1, 30, 16, 30, tzinfo=UTC), 1)
    assert ended == shanghai(2026, 2, 28, 0, 30)
    assert ended.tzinfo is UTC


def test_the_year_turns_at_midnight_in_shanghai():
    last = datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)
    first = datetime(2026, 12, 31, 16, 0, 0, tzinfo=UTC)
    assert (business_year(last), business_year(first)) == (2026, 2027)
    assert business_date(first) == date(2027, 1, 1)
