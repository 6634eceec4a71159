"""What held on a day follows from what was said, and not from the order in which it came."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.effective import Period, Statement, resolve, timeline
from services.intake.domain.registry_fields import agreement_differs_from, periods_of

START = date(2026, 1, 1)
SAID = datetime(2026, 1, 1, tzinfo=UTC)
HORIZON = 40
days = st.integers(0, 30).map(lambda number: START + timedelta(days=number))
fields = st.dictionaries(st.sampled_from(("level", "region", "status")), st.integers(0, 3), min_size=1)


@st.composite
def statements(draw: st.DrawFn) -> Statement:
    since = draw(days)
    length = draw(st.none() | st.integers(0, 8))
    return Statement(
        draw(st.sampled_from(("region platform", "health agency", "institution"))),
        SAID + timedelta(hours=draw(st.integers(0, 5))),
        since,
        None if length is None else since + timedelta(days=length),
        draw(fields),
    )


def said(since: str, until: str | None = None, *, hour: int = 0, source: str = "A", **fields: object) -> Statement:
    last = None if until is None else date.fromisoformat(until)
    return Statement(source, SAID + timedelta(hours=hour), date.fromisoformat(since), last, fields)


def reading(periods: list[Period], day: date) -> tuple[dict[str, object], dict[str, str]]:
    for one in periods:
        if one.holds_on(day):
            return dict(one.fields), dict(one.sources)
    return {}, {}


@given(st.lists(statements(), max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(given_statements, random) -> None:
    shuffled = list(given_statements)
    random.shuffle(shuffled)
    assert resolve(shuffled) == resolve(given_statements)


@given(st.lists(statements(), max_size=8))
def test_every_day_reads_what_took_effect_last_and_among_equals_was_said_last(given_statements) -> None:
    periods = resolve(given_statements)
    for number in range(HORIZON):
        day = START + timedelta(days=number)
        held, sources = reading(periods, day)
        spoken = [one for one in given_statements if one.covers(day)]
        assert held.keys() == {name for one in spoken for name in one.fields}
        for name, value in held.items():
            about = [one for one in spoken if name in one.fields]
            latest = max((one.effective_from, one.stated_at) for one in about)
            winners = [one for one in about if (one.effective_from, one.stated_at) == latest]
            assert (value, sources[name]) in [(one.fields[name], one.source) for one in winners]


@given(st.lists(statements(), max_size=8))
def test_periods_are_in_order_do_not_overlap_and_differ_from_their_neighbours(given_statements) -> None:
    periods = resolve(given_statements)
    for before, after in pairwise(periods):
        assert before.effective_until is not None
        assert before.effective_until < after.effective_from
        touching = before.effective_until + timedelta(days=1) == after.effective_from
        assert not touching or (before.fields, before.sources) != (after.fields, after.sources)


@given(st.lists(statements(), max_size=8))
def test_saying_the_same_again_changes_nothing(given_statements) -> None:
    assert resolve([*given_statements, *given_statements]) == resolve(given_statements)


def test_a_change_holds_from_its_own_day_on() -> None:
    periods = resolve([said("2026-01-01", level=3), said("2026-03-01", hour=1, level=2)])
    assert reading(periods, date(2026, 2, 28))[0] == {"level": 3}
    assert reading(periods, date(2026, 3, 1))[0] == {"level": 2}


def test_what_is_said_for_a_time_gives_way_to_what_held_before() -> None:
    periods = resolve([said("2026-01-01", status="active"), said("2026-03-01", "2026-03-31", status="suspended")])
    held = [
        reading(periods, date.fromisoformat(day))[0]["status"] for day in ("2026-02-28", "2026-03-31", "2026-04-01")
    ]
    assert held == ["active", "suspended", "active"]


def test_a_correction_of_the_past_leaves_later_changes_alone() -> None:
    first, later = said("2026-01-01", level=3), said("2026-03-01", hour=1, level=1)
    corrected = resolve([first, later, said("2026-01-01", hour=9, source="B", level=2)])
    assert reading(corrected, date(2026, 2, 1)) == ({"level": 2}, {"level": "B"})
    assert reading(corrected, date(2026, 3, 1)) == ({"level": 1}, {"level": "A"})


def test_sources_that_speak_of_different_fields_complete_each_other() -> None:
    periods = resolve([said("2026-01-01", level=3, region="110105"), said("2026-02-01", source="B", level=2)])
    assert reading(periods, date(2026, 2, 1)) == ({"level": 2, "region": "110105"}, {"level": "B", "region": "A"})


def test_a_registration_ends_with_its_own_last_day() -> None:
    place = {"institution_code": "H11010500001", "effective_from": "2026-02-01", "effective_until": "2026-02-28"}
    periods = periods_of("practitioner", [said("2026-01-01", category="physician", registrations=[place])])
    assert [(one.effective_from, len(one.fields["registrations"])) for one in periods] == [
        (date(2026, 1, 1), 0),
        (date(2026, 2, 1), 1),
        (date(2026, 3, 1), 0),
    ]


def test_a_timeline_knows_what_held_nearest_to_a_day_on_which_nothing_did() -> None:
    held = timeline(resolve([said("2026-02-01", "2026-02-10", level=3), said("2026-03-01", level=2)]), dict)
    assert [held.on(date(2026, *day)) for day in ((1, 31), (2, 10), (2, 11), (3, 1))] == [
        None,
        {"level": 3},
        None,
        {"level": 2},
    ]
    assert [held.nearest(date(2026, *day)) for day in ((1, 31), (2, 20), (4, 1))] == [
        {"level": 3},
        {"level": 3},
        {"level": 2},
    ]


def test_another_end_of_an_agreement_counts_from_the_earlier_of_both() -> None:
    open_ended = {"agreement_from": "2025-01-01", "agreement_until": None}
    ended = {"agreement_from": "2025-01-01", "agreement_until": "2026-03-08"}
    renewed = {"agreement_from": "2026-04-01", "agreement_until": None}
    assert agreement_differs_from(open_ended, ended) == date(2026, 3, 9)
    assert agreement_differs_from(ended, open_ended) == date(2026, 3, 9)
    assert agreement_differs_from(ended, renewed) == date(2026, 4, 1)
    assert agreement_differs_from(ended, ended) is None
