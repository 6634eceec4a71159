"""What held on a day: statements of several sources resolved into periods, whatever the order they came in.

The rule: for every field the statement that took effect last counts, and of those that took effect on one day the one
made last. Sources have no rank: what a source said with a later effect is news about a later time, whoever said it, and
a correction says the same day of effect again. Statements are only added; periods can be derived anew at any time.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Generic, NamedTuple, TypeVar

Fields = Mapping[str, Any]
"""What is said, by field; values are those of JSON."""

ALWAYS = date(1900, 1, 1)
"""Day from which an entry holds when nobody said from when."""

_DAY = timedelta(days=1)


class Statement(NamedTuple):
    """What one source said about one object."""

    source: str
    stated_at: datetime
    effective_from: date
    effective_until: date | None
    """Last day; None when no end is known."""
    fields: Fields
    """A field that is left out is one the statement says nothing about."""

    def covers(self, day: date) -> bool:
        """Tell whether the statement speaks about a day."""
        return self.effective_from <= day and (self.effective_until is None or day <= self.effective_until)


class Period(NamedTuple):
    """Days on which an object read the same."""

    effective_from: date
    effective_until: date | None
    fields: Fields
    sources: Mapping[str, str]
    """Which source each field is from."""

    def holds_on(self, day: date) -> bool:
        """Tell whether a day lies in the period."""
        return self.effective_from <= day and (self.effective_until is None or day <= self.effective_until)


def _splits_nowhere(_fields: Fields) -> Iterable[date]:
    return ()


def _as_it_is(fields: Fields, _day: date) -> Fields:
    return fields


def resolve(
    statements: Sequence[Statement],
    *,
    splits: Callable[[Fields], Iterable[date]] = _splits_nowhere,
    project: Callable[[Fields, date], Fields] = _as_it_is,
) -> list[Period]:
    """Return the periods that statements amount to, in order; days nobody spoke about lie in none.

    A field may hold dates of its own, such as those of a registration: ``splits`` names the days on which it reads
    differently, and ``project`` returns how fields read on a day.
    """
    edges = {one.effective_from for one in statements}
    edges |= {after for one in statements if (after := _after(one.effective_until)) is not None}
    edges |= {day for one in statements for day in splits(one.fields)}
    days = sorted(edges)
    periods: list[Period] = []
    for day, following in zip(days, [*days[1:], None], strict=False):
        spoken = sorted((one for one in statements if one.covers(day)), key=_order)
        if not spoken:
            continue
        fields: dict[str, Any] = {}
        sources: dict[str, str] = {}
        for one in spoken:
            fields.update(one.fields)
            sources.update(dict.fromkeys(one.fields, one.source))
        until = None if following is None else following - _DAY
        periods.append(Period(day, until, project(fields, day), sources))
    return _merged(periods)


def counting(statements: Iterable[Statement], field: str, day: date) -> Statement | None:
    """Return the statement whose word counts for a field on a day, None when nobody spoke about it."""
    return max((one for one in statements if field in one.fields and one.covers(day)), key=_order, default=None)


def _order(statement: Statement) -> tuple[date, datetime, str, str]:
    # The last two decide nothing of meaning, they only make equals come out alike in any order.
    written = json.dumps(statement.fields, sort_keys=True, ensure_ascii=False)
    return statement.effective_from, statement.stated_at, statement.source, written


def _after(day: date | None) -> date | None:
    return None if day is None or day == date.max else day + _DAY


def _merged(periods: Sequence[Period]) -> list[Period]:
    merged: list[Period] = []
    for one in periods:
        last = merged[-1] if merged else None
        if (
            last is not None
            and _after(last.effective_until) == one.effective_from
            and (last.fields, last.sources) == (one.fields, one.sources)
        ):
            merged[-1] = last._replace(effective_until=one.effective_until)
        else:
            merged.append(one)
    return merged


T = TypeVar("T")


class Spell(NamedTuple, Generic[T]):
    """A value and the days on which it held."""

    effective_from: date
    effective_until: date | None
    value: T


class Timeline(tuple[Spell[T], ...]):
    """What held of one object, in order and without overlap."""

    __slots__ = ()

    def on(self, day: date) -> T | None:
        """Return what held on a day, None when nothing did."""
        for one in reversed(self):
            if one.effective_from <= day:
                return one.value if one.effective_until is None or day <= one.effective_until else None
        return None

    def nearest(self, day: date) -> T:
        """Return what held on a day, or else last before it, or else first after it; raises IndexError when empty."""
        before = [one for one in self if one.effective_from <= day]
        return (before[-1] if before else self[0]).value


def timeline(periods: Iterable[Period], read: Callable[[Fields], T | None]) -> Timeline[T]:
    """Return the timeline of periods whose fields can be read; equal neighbours become one."""
    spells: list[Spell[T]] = []
    for one in periods:
        value = read(one.fields)
        if value is None:
            continue
        if spells and spells[-1].value == value and _after(spells[-1].effective_until) == one.effective_from:
            spells[-1] = spells[-1]._replace(effective_until=one.effective_until)
        else:
            spells.append(Spell(one.effective_from, one.effective_until, value))
    return Timeline(spells)
