"""Give social supervisors checks, and take what they answer; what they find becomes a tip like any other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.clock import Clock, business_date
from services.kit.db import Database
from services.kit.errors import Conflict, NotFound
from services.tips.domain.access import covers
from services.tips.domain.supervisor import Supervisor, acting
from services.tips.domain.supervisor_check import Answer, Check, cancel, find_nothing, require_assignable, require_open
from services.tips.storage import institutions, supervisor_checks, supervisors
from services.tips.use_cases.errors import as_conflict, repeated_otherwise
from services.tips.use_cases.submit_tip import Submission, Submitted, SubmitTip
from services.tips.use_cases.supervise_socially import SuperviseSocially


@dataclass(frozen=True, slots=True)
class Assignment:
    """What somebody is to look at."""

    check_id: UUID
    """Chosen by the sender; sent again, it is the same check."""
    institution_code: str
    period_first: str
    period_last: str
    questions: tuple[str, ...]
    due_on: date


class AssignChecks:
    """The desk gives and takes back; a supervisor sees and answers the own checks only."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def assign(self, supervisor_id: UUID, what: Assignment, *, by: str, region: str | None) -> Check:
        """Give a check; the same again changes nothing.

        Raises NotFound for a supervisor or an institution outside the region, and Conflict where it cannot be done, the
        id stands for another check, or one of the two has an interest in the institution.
        """
        now = self._clock.now()
        async with self._database.transaction() as session:
            supervisor = await supervisors.find_supervisor(session, supervisor_id)
            if supervisor is None or not covers(region, supervisor.region):
                raise NotFound("supervisor_unknown", zh="没有这名监督员。", en="There is no such supervisor.")
            institution = await institutions.find_institution(session, what.institution_code)
            if institution is None or not covers(region, institution.region):
                raise NotFound(
                    "institution_unknown", zh="本地区没有这家机构。", en="There is no such institution here."
                )
            check = Check(
                id=what.check_id,
                supervisor_id=supervisor_id,
                institution_code=what.institution_code,
                region=institution.region,
                period_first=what.period_first,
                period_last=what.period_last,
                questions=what.questions,
                due_on=what.due_on,
                assigned_by=by,
                assigned_at=now,
            )
            stored = await supervisor_checks.find_check(session, what.check_id)
            if stored is not None:
                if stored.terms != check.terms:
                    raise repeated_otherwise()
                return stored
            with as_conflict():
                require_assignable(check, supervisor, business_date(now))
            for person in (by, supervisor.subject):
                if await supervisors.has_interest(session, person, what.institution_code):
                    raise Conflict(
                        "recused", zh="有人已就该机构申报回避。", en="Somebody is recused from this institution."
                    )
            await supervisor_checks.store_check(session, check)
        return check

    async def of_region(self, region: str | None) -> Sequence[Check]:
        """Return the checks of a region, open ones first."""
        async with self._database.reading() as session:
            return await supervisor_checks.list_of_region(session, region)

    async def take_back(self, check_id: UUID, *, by: str, region: str | None) -> Check:
        """Take a check back that is not answered; raises NotFound, for another region's too, and Conflict."""
        async with self._database.transaction() as session:
            check = await supervisor_checks.find_check(session, check_id)
            if check is None or not covers(region, check.region):
                raise _no_such_check()
            with as_conflict():
                cancelled = cancel(check, by=by, today=business_date(self._clock.now()))
            if cancelled is not check:
                await supervisor_checks.store_check(session, cancelled)
        return cancelled

    async def own(self, subject: str) -> Sequence[Check]:
        """Return somebody's own checks, open ones first."""
        async with self._database.reading() as session:
            return await supervisor_checks.list_of_subject(session, subject)

    async def nothing_found(self, check_id: UUID, answers: Sequence[Answer], *, subject: str) -> Check:
        """Answer that nothing was found; the same again changes nothing.

        Raises NotFound for somebody else's check, and Conflict without an appointment today, for a check that is over,
        and where an answer is missing.
        """
        today = business_date(self._clock.now())
        async with self._database.transaction() as session:
            check, _ = await self._own(session, check_id, subject, today)
            with as_conflict():
                answered = find_nothing(check, answers, today)
            if answered is not check:
                await supervisor_checks.store_check(session, answered)
        return answered

    async def report(
        self, check_id: UUID, submission: Submission, channel: SuperviseSocially, submit: SubmitTip, *, subject: str
    ) -> Submitted:
        """Report what was found, as a tip about the institution of the check; return its receipt.

        More may be reported of the same check. Raises NotFound for somebody else's check, and Conflict where it is
        over, the report names another institution, or the channel refuses it.
        """
        today = business_date(self._clock.now())
        async with self._database.transaction() as session:
            check, _ = await self._own(session, check_id, subject, today)
            with as_conflict():
                require_open(check, reported=True)
        if submission.institution_code not in {None, check.institution_code}:
            raise Conflict(
                "another_institution",
                zh="任务针对的是另一家机构；请另行履职举报。",
                en="The check is about another institution; report that by itself.",
            )
        about = replace(submission, institution_code=check.institution_code, check_id=check.id)
        return await channel.report(about, submit, subject=subject)

    @staticmethod
    async def _own(session: AsyncSession, check_id: UUID, subject: str, today: date) -> tuple[Check, Supervisor]:
        """Return one's own check and the appointment it was given under, which has to hold today."""
        appointments = await supervisors.of_subject(session, subject)
        check = await supervisor_checks.find_check(session, check_id)
        if check is None or check.supervisor_id not in {each.id for each in appointments}:
            raise _no_such_check()
        with as_conflict():
            supervisor = acting(appointments, today)
        return check, supervisor


def _no_such_check() -> NotFound:
    return NotFound("check_unknown", zh="没有这项任务。", en="There is no such check.")
