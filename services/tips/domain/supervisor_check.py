"""Checks (核查任务) that are given to social supervisors: an institution, some months, questions, and a last day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.tips.domain.access import covers
from services.tips.domain.errors import TipRuleError
from services.tips.domain.supervisor import Supervisor

MOST_QUESTIONS = 10
"""Set by us: what can be looked at in one visit."""


class CheckState(StrEnum):
    """Where a check stands."""

    ASSIGNED = "assigned"
    REPORTED = "reported"
    """Something was found; it is a tip of its own, which the check does not name."""
    NOTHING_FOUND = "nothing_found"
    CANCELLED = "cancelled"


class Answer(StrEnum):
    """Answer to a question where nothing was found; whatever is not in order becomes a tip."""

    IN_ORDER = "in_order"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True, slots=True)
class Check:
    """A check given to one supervisor."""

    id: UUID
    supervisor_id: UUID
    """The appointment under which it is done."""
    institution_code: str
    region: str
    """Region of the institution."""
    period_first: str
    """First and last month to look at, ``YYYY-MM``."""
    period_last: str
    questions: tuple[str, ...]
    due_on: date
    assigned_by: str
    assigned_at: datetime
    state: CheckState = CheckState.ASSIGNED
    answers: tuple[Answer, ...] = ()
    answered_on: date | None = None
    reminded_on: date | None = None
    overdue_on: date | None = None
    """Day on which it was found overdue; it can still be answered."""
    cancelled_by: str | None = None
    cancelled_on: date | None = None

    @property
    def terms(self) -> tuple[object, ...]:
        """What was asked of whom, to tell a repeated assignment from another one."""
        return (
            self.supervisor_id,
            self.institution_code,
            self.period_first,
            self.period_last,
            self.questions,
            self.due_on,
        )


def require_assignable(check: Check, supervisor: Supervisor, today: date) -> None:
    """Check a new assignment; raises TipRuleError where it cannot be done.

    The supervisor is in office today and on the last day, the institution lies in the region of the appointment, the
    months are over or running, and nobody gives a check to themselves.
    """
    if check.assigned_by == supervisor.subject:
        raise TipRuleError("own_check", zh="不得给本人派任务。", en="Nobody gives a check to themselves.")
    if not supervisor.acts_on(today) or not supervisor.acts_on(check.due_on):
        raise TipRuleError(
            "outside_term",
            zh="任务期限须在监督员聘期内。",
            en="The appointment has to hold today and on the last day of the check.",
        )
    if check.due_on <= today:
        raise TipRuleError("due_in_the_past", zh="期限须晚于今天。", en="The last day must come after today.")
    if not covers(supervisor.region, check.region):
        raise TipRuleError(
            "outside_appointment", zh="机构不在监督员的聘任地区内。", en="The institution is outside the appointment."
        )
    if not check.period_first <= check.period_last <= f"{today:%Y-%m}":
        raise TipRuleError("wrong_period", zh="核查月份不正确。", en="The months are not possible.")


def find_nothing(check: Check, answers: Sequence[Answer], today: date) -> Check:
    """Answer that nothing was found; the same answer again changes nothing.

    Raises TipRuleError where it was answered otherwise, a question has no answer, or nothing was looked at.
    """
    given = tuple(answers)
    if check.state is CheckState.NOTHING_FOUND and check.answers == given:
        return check
    require_open(check)
    if len(given) != len(check.questions) or Answer.IN_ORDER not in given:
        raise TipRuleError(
            "answers_missing",
            zh="每个问题都须回答，且至少核查一项。",
            en="Every question needs an answer, and something has to have been looked at.",
        )
    return replace(check, state=CheckState.NOTHING_FOUND, answers=given, answered_on=today)


def cancel(check: Check, *, by: str, today: date) -> Check:
    """Take a check back that is not answered; again changes nothing. Raises TipRuleError."""
    if check.state is CheckState.CANCELLED:
        return check
    require_open(check)
    return replace(check, state=CheckState.CANCELLED, cancelled_by=by, cancelled_on=today)


def require_open(check: Check, *, reported: bool = False) -> None:
    """Raise TipRuleError where a check is over; ``reported`` lets more be reported of it."""
    if check.state is not CheckState.ASSIGNED and not (reported and check.state is CheckState.REPORTED):
        raise TipRuleError("check_is_over", zh="任务已办结或取消。", en="The check was answered or taken back.")
