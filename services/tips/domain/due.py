"""The deadlines of a tip and how near they are."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.tips.domain.deadline import add_working_days

SOON_WORKING_DAYS = 3
"""Working days before the last day from which on handlers are reminded."""

DISPUTE_WORKING_DAYS = 7
"""Working days to answer a reporter who disputes the outcome; ours, after Order 5 Art. 10, as no article names them."""


class DeadlineKind(StrEnum):
    """What must be done by a day."""

    VERIFY = "verify"
    TELL = "tell"
    JURISDICTION = "jurisdiction"
    DISPUTE = "dispute"


class Nearness(StrEnum):
    """How near a deadline is."""

    ON_TIME = "on_time"
    SOON = "soon"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something that must be done about a tip by the end of a day."""

    tip_id: UUID
    kind: DeadlineKind
    due_on: date
    met_on: date | None = None
    reminded_on: date | None = None
    escalated_on: date | None = None
    """Day on which it was taken to a supervisor."""
    taken_note_by: str | None = None
    """Supervisor who has taken note."""

    def nearness(self, today: date, is_working_day: Callable[[date], bool]) -> Nearness:
        """How near the end is on a day; the last day itself is still in time."""
        if self.met_on is not None:
            return Nearness.ON_TIME
        if today > self.due_on:
            return Nearness.OVERDUE
        return Nearness.SOON if self.due_on <= soon_until(today, is_working_day) else Nearness.ON_TIME


@dataclass(frozen=True, slots=True)
class DueStep:
    """A deadline and how near it is."""

    deadline: Deadline
    nearness: Nearness


def soon_until(today: date, is_working_day: Callable[[date], bool]) -> date:
    """Last day that counts as soon."""
    return add_working_days(today, SOON_WORKING_DAYS, is_working_day)
