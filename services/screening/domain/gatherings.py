"""Persons who go to hospital together: one village on one day, one household at the same time or again and again.

Where somebody lives and with whom is personal. A pattern counts persons and names settlements; neither village nor
household stands in it, whoever may know them finds them in the registry.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from services.screening.domain.business_day import date_of, day_of
from services.screening.domain.indicators import INFECTIONS
from services.screening.domain.pattern import ROWS, Pattern
from services.screening.domain.signal_limits import SignalLimits

NEWBORN_DAYS = 28
"""A newborn lies with its mother, which says nothing."""

_DAYS_A_MONTH = 30
_TOGETHER = 2
"""Members of a household from which they stay together."""


@dataclass(frozen=True, slots=True)
class Stay:
    """One inpatient stay of the month, and where its patient lives."""

    institution_code: str
    row: str
    """Institution and settlement id, joined by a stroke."""
    insured_ref: str
    started_at: datetime
    ended_at: datetime
    age_days: int | None
    main_diagnosis: str | None
    residence_code: str | None
    """Village or community; None where the registry holds none."""
    household_ref: str | None


class EarlierStay(NamedTuple):
    """A stay of a month before, of somebody whose household stays together now."""

    insured_ref: str
    institution_code: str
    row: str
    started_at: datetime


def village_admissions(stays: Iterable[Stay], limits: SignalLimits) -> Iterable[Pattern]:
    """Return days on which many persons of one village were admitted to one institution, many more than on others.

    A township hospital admits its own villagers every day: what is usual there stands out only as a multiple of itself.
    """
    days: dict[tuple[str, str], dict[int, dict[str, Stay]]] = defaultdict(lambda: defaultdict(dict))
    for one in stays:
        if one.residence_code is not None:
            days[one.institution_code, one.residence_code][day_of(one.started_at)].setdefault(one.insured_ref, one)
    for (institution, _), by_day in sorted(days.items()):
        admitted = sum(len(persons) for persons in by_day.values())
        for day, persons in sorted(by_day.items()):
            number = len(persons)
            usual = (admitted - number) / (_DAYS_A_MONTH - 1)
            if number < limits.village_admissions or number * 100 < limits.village_times_percent * usual:
                continue
            rows = sorted(one.row for one in persons.values())
            infected = sum(bool(INFECTIONS.among([one.main_diagnosis or ""])) for one in persons.values())
            on = date_of(day).isoformat()
            yield Pattern(
                "village_admission",
                f"{institution}|{on}|{rows[0].partition('|')[2]}",
                institution,
                day,
                number,
                limits.village_admissions,
                tuple(rows[:ROWS]),
                f"{on}同一村（居）有{number}人在同一机构入院（其他日期日均{usual:.1f}人），其中{infected}人主要诊断为感染，疑似组织住院。",
                f"{number} persons of one village were admitted to one institution on {on} ({usual:.1f} a day "
                f"otherwise), {infected} of them with an infection.",
            )


def together(stays: Iterable[Stay]) -> dict[tuple[str, str], list[Stay]]:
    """Return stays by household and institution, where two members or more stayed; newborns do not count."""
    found: dict[tuple[str, str], list[Stay]] = defaultdict(list)
    for one in stays:
        if one.household_ref is not None and (one.age_days is None or one.age_days > NEWBORN_DAYS):
            found[one.household_ref, one.institution_code].append(one)
    return {key: of_it for key, of_it in found.items() if len({one.insured_ref for one in of_it}) >= _TOGETHER}


def household_stays(stays: Iterable[Stay], earlier: Iterable[EarlierStay], limits: SignalLimits) -> Iterable[Pattern]:
    """Return households whose members stay in one institution at the same time, or together month after month.

    ``earlier`` holds stays of the months before, of the persons that `together` names.
    """
    before: dict[tuple[str, str], list[EarlierStay]] = defaultdict(list)
    for past in earlier:
        before[past.insured_ref, past.institution_code].append(past)
    for (_, institution), of_it in sorted(together(stays).items()):
        rows = sorted(one.row for one in of_it)
        subject = f"{institution}|{rows[0].partition('|')[2]}"
        at_once = _most_at_once(of_it)
        if len(at_once) >= limits.household_members:
            number = len(at_once)
            yield Pattern(
                "household_stays",
                subject,
                institution,
                None,
                number,
                limits.household_members,
                tuple(sorted(one.row for one in at_once)[:ROWS]),
                f"同一户有{number}人同时在同一机构住院。",
                f"{number} members of one household stayed in one institution at the same time.",
            )
            continue
        persons = {one.insured_ref for one in of_it}
        past_stays = [past for person in sorted(persons) for past in before[person, institution]]
        months = _months_together(of_it, past_stays)
        if months >= limits.household_months:
            yield Pattern(
                "household_stays",
                subject,
                institution,
                None,
                months,
                limits.household_months,
                (*rows, *sorted(past.row for past in past_stays))[:ROWS],
                f"同一户{len(persons)}人在{months}个月内每月都在同一机构一起住院。",
                f"{len(persons)} members of one household stayed in one institution in each of {months} months.",
            )


def _most_at_once(stays: Sequence[Stay]) -> list[Stay]:
    """Return one stay of each person of the largest group who lay there at one instant."""
    largest: dict[str, Stay] = {}
    for one in stays:
        there = {other.insured_ref: other for other in stays if other.started_at <= one.started_at < other.ended_at} | {
            one.insured_ref: one
        }
        if len(there) > len(largest):
            largest = there
    return list(largest.values())


def _months_together(stays: Sequence[Stay], earlier: Sequence[EarlierStay]) -> int:
    """Count the months, the present one included, in which two members or more were admitted."""
    present = max(one.started_at for one in stays)
    persons: dict[str, set[str]] = defaultdict(set)
    for past in earlier:
        persons[_month(past.started_at)].add(past.insured_ref)
    persons.pop(_month(present), None)
    return 1 + sum(len(members) >= _TOGETHER for members in persons.values())


def _month(at: datetime) -> str:
    return date_of(day_of(at)).isoformat()[:7]
