"""Matters of the procedure as what their steps make of them: where they stand, which duty is due and until when."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from services.credit.domain.errors import StepRefusedError
from services.credit.domain.procedure_policy import ProcedurePolicy, Term
from services.credit.domain.working_days import (
    IsWorkingDay,
    add_working_days,
    subtract_working_days,
    working_days_between,
)


class MatterKind(StrEnum):
    """What a matter is about."""

    HANDLING = "handling"
    """记分处理: notice, delivery, talk and objection after points."""
    RECOVERY = "recovery"
    """恢复申请: the end of a suspension, or the new registration after a termination."""
    REPAIR = "repair"
    """记分修复."""


class StepKind(StrEnum):
    """What happened in a matter."""

    OPENED = "opened"
    NOTICE_ISSUED = "notice_issued"
    """出具处理通知书."""
    NOTICE_DELIVERED = "notice_delivered"
    """送达机构."""
    NOTICE_RECEIVED = "notice_received"
    """本人收到."""
    TALK_HELD = "talk_held"
    """谈话提醒 (Art. 36)."""
    OBJECTION_FILED = "objection_filed"
    """书面异议, signed by the person and stamped by the institution (Art. 41)."""
    VERIFICATION_PAUSED = "verification_paused"
    """The time of third parties and experts does not count (Art. 44)."""
    VERIFICATION_RESUMED = "verification_resumed"
    OBJECTION_DISMISSED = "objection_dismissed"
    OBJECTION_UPHELD = "objection_upheld"
    OBJECTION_ESCALATED = "objection_escalated"
    """To the administrative department of the same level (Art. 42)."""
    LAPSED = "lapsed"
    """Its points fell for another cause."""
    GRANTED = "granted"
    REFUSED = "refused"


class Phase(StrEnum):
    """Where a matter stands."""

    OPEN = "open"
    ISSUED = "issued"
    DELIVERED = "delivered"
    RECEIVED = "received"
    VERIFYING = "verifying"
    PAUSED = "paused"
    DISMISSED = "dismissed"
    UPHELD = "upheld"
    LAPSED = "lapsed"
    GRANTED = "granted"
    REFUSED = "refused"


class Duty(StrEnum):
    """What the agency owes next."""

    ISSUE_NOTICE = "issue_notice"
    DELIVER_NOTICE = "deliver_notice"
    VERIFY_OBJECTION = "verify_objection"
    EVALUATE_RECOVERY = "evaluate_recovery"
    REVIEW_REPAIR = "review_repair"


_NEXT: dict[tuple[Phase, StepKind], Phase] = {
    (Phase.OPEN, StepKind.NOTICE_ISSUED): Phase.ISSUED,
    (Phase.ISSUED, StepKind.NOTICE_DELIVERED): Phase.DELIVERED,
    (Phase.DELIVERED, StepKind.NOTICE_RECEIVED): Phase.RECEIVED,
    (Phase.DELIVERED, StepKind.OBJECTION_FILED): Phase.VERIFYING,
    (Phase.RECEIVED, StepKind.OBJECTION_FILED): Phase.VERIFYING,
    (Phase.VERIFYING, StepKind.VERIFICATION_PAUSED): Phase.PAUSED,
    (Phase.PAUSED, StepKind.VERIFICATION_RESUMED): Phase.VERIFYING,
    (Phase.VERIFYING, StepKind.OBJECTION_DISMISSED): Phase.DISMISSED,
    (Phase.VERIFYING, StepKind.OBJECTION_UPHELD): Phase.UPHELD,
    (Phase.DISMISSED, StepKind.OBJECTION_ESCALATED): Phase.VERIFYING,
}
"""The procedure after points (医保办发〔2024〕34号 Art. 31-44)."""

_REQUEST: dict[tuple[Phase, StepKind], Phase] = {
    (Phase.OPEN, StepKind.GRANTED): Phase.GRANTED,
    (Phase.OPEN, StepKind.REFUSED): Phase.REFUSED,
}

CLOSED = frozenset({Phase.UPHELD, Phase.LAPSED, Phase.GRANTED, Phase.REFUSED})
"""Phases after which nothing more happens, but for the talk that was owed."""


@dataclass(frozen=True, slots=True)
class MatterState:
    """A matter after its latest step."""

    kind: MatterKind
    phase: Phase
    last_on: date
    """Day of the latest step; the next one does not come before."""
    duty: Duty | None
    due_on: date | None
    """Last day on which the duty is fulfilled in time; None while nothing is owed or the term is paused."""
    objection_until: date | None = None
    """Last day of an objection; None until the notice was received."""
    remaining_days: int | None = None
    """Working days left of a paused term."""
    escalated: bool = False
    talked: bool = False


def opened(kind: MatterKind, on: date, policy: ProcedurePolicy, is_working_day: IsWorkingDay) -> MatterState:
    """Return a new matter: a handling opened by points, or a request received on a day."""
    duty, term = _first_duty(kind, policy)
    return MatterState(kind, Phase.OPEN, on, duty, add_working_days(on, term.working_days, is_working_day))


def _first_duty(kind: MatterKind, policy: ProcedurePolicy) -> tuple[Duty, Term]:
    match kind:
        case MatterKind.HANDLING:
            return Duty.ISSUE_NOTICE, policy.issue_notice
        case MatterKind.RECOVERY:
            return Duty.EVALUATE_RECOVERY, policy.evaluation
        case MatterKind.REPAIR:
            return Duty.REVIEW_REPAIR, policy.repair_review


def advance(
    state: MatterState, step: StepKind, on: date, policy: ProcedurePolicy, is_working_day: IsWorkingDay
) -> MatterState:
    """Return the matter after a step.

    Raises StepRefusedError: ``step_not_possible`` in this phase, ``step_before_last`` for a day before the latest
    step, ``objection_late`` behind the last day of an objection (Art. 41).
    """
    if on < state.last_on:
        raise StepRefusedError("step_before_last")
    if step is StepKind.TALK_HELD and state.kind is MatterKind.HANDLING and not state.talked:
        return replace(state, talked=True, last_on=on)
    if step is StepKind.LAPSED and state.kind is MatterKind.HANDLING and state.phase not in CLOSED:
        return replace(state, phase=Phase.LAPSED, last_on=on, duty=None, due_on=None, remaining_days=None)
    steps = _NEXT if state.kind is MatterKind.HANDLING else _REQUEST
    phase = steps.get((state.phase, step))
    if phase is None or (step is StepKind.OBJECTION_ESCALATED and state.escalated):
        raise StepRefusedError("step_not_possible")
    if step is StepKind.OBJECTION_FILED and state.objection_until is not None and on > state.objection_until:
        raise StepRefusedError("objection_late")
    return replace(_due(state, step, on, policy, is_working_day), phase=phase, last_on=on)


def _due(
    state: MatterState, step: StepKind, on: date, policy: ProcedurePolicy, is_working_day: IsWorkingDay
) -> MatterState:
    """Set what is owed after a step."""
    match step:
        case StepKind.NOTICE_ISSUED:
            due = add_working_days(on, policy.deliver_notice.working_days, is_working_day)
            return replace(state, duty=Duty.DELIVER_NOTICE, due_on=due)
        case StepKind.NOTICE_RECEIVED:
            until = add_working_days(on, policy.objection.working_days, is_working_day)
            return replace(state, objection_until=until)
        case StepKind.OBJECTION_FILED | StepKind.OBJECTION_ESCALATED:
            due = add_working_days(on, policy.verification.working_days, is_working_day)
            escalated = step is StepKind.OBJECTION_ESCALATED
            return replace(state, duty=Duty.VERIFY_OBJECTION, due_on=due, escalated=escalated)
        case StepKind.VERIFICATION_PAUSED if state.due_on is not None:
            left = working_days_between(on, state.due_on, is_working_day)
            left -= working_days_between(state.due_on, on, is_working_day)  # a term overrun stays overrun
            return replace(state, due_on=None, remaining_days=left)
        case StepKind.VERIFICATION_RESUMED if state.remaining_days is not None:
            due = (
                add_working_days(on, state.remaining_days, is_working_day)
                if state.remaining_days >= 0
                else subtract_working_days(on, -state.remaining_days, is_working_day)
            )
            return replace(state, due_on=due, remaining_days=None)
        case _:
            return replace(state, duty=None, due_on=None, remaining_days=None)


def replay(
    kind: MatterKind, steps: Sequence[tuple[StepKind, date]], policy: ProcedurePolicy, is_working_day: IsWorkingDay
) -> MatterState:
    """Recompute a matter from its steps, the first of which opened it; raises StepRefusedError."""
    state = opened(kind, steps[0][1], policy, is_working_day)
    for step, on in steps[1:]:
        state = advance(state, step, on, policy, is_working_day)
    return state
