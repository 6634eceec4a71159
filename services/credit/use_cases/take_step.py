"""Take a step in a matter of the procedure, with what follows from it."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.credit.domain.calendar import business_date
from services.credit.domain.errors import StepRefusedError
from services.credit.domain.matter import StepKind, advance
from services.credit.domain.policy import PolicyBook
from services.credit.storage import matters, points, register, scores
from services.credit.storage.matters import Matter, Step
from services.credit.use_cases.guard_reading import must_govern
from services.credit.use_cases.matter_effects import grant, uphold
from services.credit.use_cases.procedure_refusal import conflicting, malformed, missing
from services.credit.use_cases.refresh_ratings import Cause as RatingCause
from services.credit.use_cases.refresh_ratings import RefreshRatings
from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.outbox import OutgoingEvent
from services.kit.principal import Principal
from services.kit.workdays import is_working_day


@dataclass(frozen=True, slots=True)
class StepRequest:
    """A step as an officer records it."""

    kind: StepKind
    on: date
    document_number: str | None = None
    violation_numbers: tuple[int, ...] = ()
    """Objection upheld: the violations that fall; none means all."""
    signed_and_stamped: bool = False
    """Objection filed: signed by the person and stamped by the institution."""


class TakeStep:
    """Moves matters forward; each step and its consequences are one transaction."""

    def __init__(self, database: Database, book: PolicyBook, clock: Clock) -> None:
        self._database = database
        self._book = book
        self._clock = clock

    async def __call__(self, matter_id: UUID, request: StepRequest, officer: Principal) -> tuple[Matter, list[Step]]:
        """Take the step and return the matter with its steps.

        Raises NotFound, Forbidden, Malformed for a step incomplete or in the future, and Conflict for one the matter
        does not allow, an objection that is late, and a grant that would have no effect.
        """
        _refuse_incomplete(request)
        async with self._database.transaction() as session:
            matter = await matters.find(session, matter_id)
            if matter is None:
                raise missing("matter_unknown")
            await must_govern(session, officer, matter.institution_code)
            await scores.lock(session, [matter.institution_code])
            await register.find_practitioners(session, [matter.practitioner_code], lock=True)
            matter = await matters.find(session, matter_id, lock=True)
            if matter is None:
                raise missing("matter_unknown")
            now = self._clock.now()
            if request.on > business_date(now):
                raise malformed("step_in_future", "/on")
            policy = self._book.version(matter.policy_version)
            try:
                state = advance(matter.state, request.kind, request.on, policy.points.procedure, is_working_day)
            except StepRefusedError as refused:
                raise conflicting(refused.code) from None
            steps = (await matters.steps(session, [matter_id]))[matter_id]
            ledger = (await points.of_practitioners(session, [matter.practitioner_code]))[matter.practitioner_code]
            events: list[OutgoingEvent] = []
            details: dict[str, Any] = {}
            if request.violation_numbers:
                details["violation_numbers"] = list(request.violation_numbers)
            if request.kind is StepKind.GRANTED:
                granted, effect = await grant(session, matter, ledger, self._book, now=now)
                events += granted
                details |= effect
            step = Step(
                matter_id=matter_id,
                number=len(steps) + 1,
                kind=request.kind,
                on=request.on,
                due_on=_limit(matter, request.kind),
                document_number=request.document_number,
                details=details,
                recorded_at=now,
                recorded_by=officer.subject,
            )
            await matters.advance(session, matter_id, state, step)
            if request.kind is StepKind.OBJECTION_UPHELD:
                events += await uphold(session, matter, ledger, request.violation_numbers, self._book, now=now)
            if events:
                refresh = RefreshRatings(self._book.ratings)
                await refresh(session, [matter.institution_code], None, RatingCause(officer.subject, now))
            await outbox.add(session, events)
            advanced = await matters.find(session, matter_id)
        return advanced or matter, [*steps, step]


def _limit(matter: Matter, kind: StepKind) -> date | None:
    match kind:
        case StepKind.TALK_HELD:
            return None
        case StepKind.OBJECTION_FILED:
            return matter.state.objection_until
        case _:
            return matter.state.due_on


def _refuse_incomplete(request: StepRequest) -> None:
    if request.kind in {StepKind.OPENED, StepKind.LAPSED}:
        raise conflicting("step_not_possible")
    if request.kind is StepKind.NOTICE_ISSUED and request.document_number is None:
        raise malformed("document_missing", "/document_number")
    if request.kind is StepKind.OBJECTION_FILED and not request.signed_and_stamped:
        raise malformed("objection_unsigned", "/signed_and_stamped")
