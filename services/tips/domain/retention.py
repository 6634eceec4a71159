"""How long tips are kept after they ended, and the day on which they are erased."""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from services.tips.domain.tip import Status

ENDINGS = (Status.SUBSTANTIATED, Status.UNSUBSTANTIATED, Status.REFUSED, Status.WITHDRAWN)
"""Ways a tip can end, each with its own term."""


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """Months for which an ended tip is kept, by how it ended."""

    version: str
    effective_from: date
    keep_months: Mapping[Status, int]


def last_day_kept(policy: RetentionPolicy, outcome: Status, ended_on: date) -> date:
    """Return the last day on which the tip is there; it is erased on the next."""
    return add_months(ended_on, policy.keep_months[outcome])


def ended_before(policy: RetentionPolicy, outcome: Status, today: date) -> date:
    """Return the latest day of ending whose tips are to be erased today; raises KeyError where the policy has none."""
    day = add_months(today, -policy.keep_months[outcome])
    while last_day_kept(policy, outcome, day) >= today:
        day = date.fromordinal(day.toordinal() - 1)
    return day


def add_months(day: date, months: int) -> date:
    """Return the same day of another month, or that month's last day where it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
