"""Forms of fields: whatever way a client writes a value, it is read as that value, or refused; never anything else."""

import contextlib
import json
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.fsi.fields import (
    BUSINESS_OFFSET,
    FieldForm,
    as_day,
    as_fen,
    as_instant,
    as_scaled,
    as_text,
    is_bare_date,
)
from services.intake.use_cases.visits.content_digest import digest

SECONDS = st.integers(min_value=1_010_000_000, max_value=4_100_000_000).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FORMS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d%H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%Y%m%d%H%M%S",
    "%Y%m%d%H%M%S000",
    "%Y-%m-%d %H:%M:%S.000",
    "%Y-%m-%dT%H:%M:%S+08:00",
    "%Y-%m-%dT%H:%M:%S+0800",
)


@given(SECONDS, st.sampled_from(FORMS), st.sampled_from(["", " "]))
def test_every_written_form_of_an_instant_is_the_same_instant(value, form, blank) -> None:
    expected = value.replace(tzinfo=BUSINESS_OFFSET).astimezone(UTC)
    assert as_instant(blank + value.strftime(form) + blank) == expected


@given(SECONDS)
def test_the_epoch_may_be_a_number_or_text_in_seconds_or_milliseconds(value) -> None:
    expected = value.replace(tzinfo=UTC)
    seconds = int(expected.timestamp())
    for written in (seconds, str(seconds), seconds * 1000, str(seconds * 1000)):
        assert as_instant(written) == expected


@given(SECONDS)
def test_a_day_may_be_written_as_any_instant_of_it_and_a_bare_date_is_its_beginning(value) -> None:
    day = value.date()
    written = (day.isoformat(), f"{day:%Y%m%d}", f"{day.year}/{day.month}/{day.day}", int(f"{day:%Y%m%d}"))
    for text in (*written, value.isoformat()):
        assert as_day(text) == day
    for text in written:
        assert is_bare_date(text)
        begin = datetime(day.year, day.month, day.day, tzinfo=BUSINESS_OFFSET)
        assert as_instant(text) == begin
    assert not is_bare_date(value.isoformat())
    assert not is_bare_date(f"{value:%Y%m%d%H%M%S}")


@pytest.mark.parametrize("nothing", [None, "", "  ", "0001-01-01 00:00:00", "0000-00-00", "0001-01-01T00:00:00"])
def test_nothing_is_nothing(nothing) -> None:
    assert as_instant(nothing) is None
    assert as_day(nothing) is None


@pytest.mark.parametrize(
    "text", ["2026-13-01", "2026-02-30", "20260230", "昨天", "2026-3", "12", "2026-03-09 25:00:00", "2026-03/09", True]
)
def test_what_is_no_date_is_refused(text) -> None:
    with pytest.raises(FieldForm):
        as_instant(text)


@given(JSON)
def test_no_value_breaks_a_reader(value) -> None:
    for read in (as_text, as_instant, as_day, as_fen, lambda one: as_scaled(one, 4)):
        with contextlib.suppress(FieldForm):
            read(value)


@given(st.text(max_size=60))
def test_a_text_that_is_read_can_be_stored_and_stands_alone(text) -> None:
    try:
        read = as_text(text)
    except FieldForm:
        return
    assert read is None or (read == read.strip() and "\x00" not in read and "\n" not in read)


@given(st.integers(min_value=-(10**13), max_value=10**13))
def test_an_amount_is_the_same_as_number_and_as_text(fen) -> None:
    sign = "-" if fen < 0 else ""
    text = f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"
    decoder = msgspec.json.Decoder(float_hook=str)
    for written in (text, text + "00", decoder.decode(text), decoder.decode(json.dumps(text))):
        assert as_fen(written) == fen
    if fen % 100 == 0:
        assert as_fen(fen // 100) == fen


@pytest.mark.parametrize("text", ["1.001", "1,00", "--", "NaN", "1e400", "٣", '"1"', "9" * 80, [], {}])
def test_what_is_no_amount_is_refused(text) -> None:
    with pytest.raises(FieldForm):
        as_fen(text)


def test_content_is_the_same_however_it_is_written() -> None:
    one = {"cnt": 2, "pric": "18.6500", "memo": None, "mdtrt_cert_no": "A", "list": [{"x": "1.0", "y": ""}]}
    other = {"list": [{"x": 1}], "pric": "18.65", "cnt": "2", "mdtrt_cert_no": "B"}
    assert digest(one) == digest(other)
    assert digest(one) != digest(other | {"cnt": "3"})


def test_a_date_is_not_moved_by_a_day_between_the_zones() -> None:
    assert as_day("2026-03-09 00:30:00") == date(2026, 3, 9)
    assert as_instant("2026-03-09") == datetime(2026, 3, 8, 16, tzinfo=UTC)
    assert as_instant("2026-03-09T00:00:00Z") - as_instant("2026-03-09") == timedelta(hours=8)
