"""Appoint social supervisors, and take what they report under their appointment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.kit.clock import Clock, business_date
from services.kit.db import Database
from services.kit.errors import Conflict, Forbidden, NotFound
from services.kit.ids import new_id
from services.tips.domain.access import covers
from services.tips.domain.supervisor import Supervisor, acting, end, require_appointable
from services.tips.domain.tip import Channel
from services.tips.storage import desks, institutions, supervisor_checks, supervisors
from services.tips.storage.supervisors import Reported
from services.tips.use_cases.errors import as_conflict
from services.tips.use_cases.submit_tip import Submission, Submitted, SubmitTip


@dataclass(frozen=True, slots=True)
class Appointment:
    """What somebody is appointed to."""

    subject: str
    certificate: str
    region: str
    term_from: date
    term_until: date


@dataclass(frozen=True, slots=True)
class AppointedSupervisor:
    """An appointment and what came of it."""

    supervisor: Supervisor
    acts: bool
    """Whether it holds today."""
    reported: Reported


class SuperviseSocially:
    """Keeps the appointments and the channel of their own."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def appoint(self, appointment: Appointment, *, by: str, region: str | None) -> AppointedSupervisor:
        """Appoint somebody in the appointer's region; raises Forbidden, and Conflict for a term that cannot be."""
        if not covers(region, appointment.region):
            raise Forbidden("other_region", zh="只能聘任本地区的监督员。", en="Only in your own region.")
        now = self._clock.now()
        supervisor = Supervisor(
            id=new_id(),
            subject=appointment.subject,
            certificate=appointment.certificate,
            region=appointment.region,
            term_from=appointment.term_from,
            term_until=appointment.term_until,
            appointed_by=by,
            appointed_at=now,
        )
        async with self._database.transaction() as session:
            others = await supervisors.of_subject(session, appointment.subject)
            with as_conflict():
                require_appointable(supervisor, others)
            if await supervisors.certificate_taken(session, appointment.certificate):
                raise Conflict("certificate_taken", zh="聘书编号已使用。", en="The certificate's number is taken.")
            await supervisors.store_supervisor(session, supervisor)
        return AppointedSupervisor(supervisor, supervisor.acts_on(business_date(now)), Reported())

    async def end(self, supervisor_id: UUID, *, by: str, region: str | None) -> AppointedSupervisor:
        """End an appointment today, and with it its open checks; raises NotFound, for another region's too."""
        today = business_date(self._clock.now())
        async with self._database.transaction() as session:
            found = await supervisors.find_supervisor(session, supervisor_id)
            if found is None or not covers(region, found.region):
                raise NotFound("supervisor_unknown", zh="没有这名监督员。", en="There is no such supervisor.")
            ended = end(found, by=by, today=today)
            await supervisors.store_supervisor(session, ended)
            await supervisor_checks.cancel_open(session, [ended.id], by=by, today=today)
            reported = await supervisors.reported(session, [ended.id])
        return AppointedSupervisor(ended, ended.acts_on(today), reported[ended.id])

    async def appointed(self, region: str | None) -> Sequence[AppointedSupervisor]:
        """Return the appointments of a region with what came of them."""
        async with self._database.reading() as session:
            found = await supervisors.list_supervisors(session, region)
        return await self._shown(found)

    async def own(self, subject: str) -> Sequence[AppointedSupervisor]:
        """Return somebody's own appointments with what came of them."""
        async with self._database.transaction() as session:
            found = await supervisors.of_subject(session, subject)
        return await self._shown(found)

    async def recuse(self, subject: str, institution_code: str) -> None:
        """Declare an interest of one's own in an institution, which is not reported on from then on.

        Open checks of the institution go back to the desk.
        """
        today = business_date(self._clock.now())
        async with self._database.transaction() as session:
            appointments = await supervisors.of_subject(session, subject)
            with as_conflict():
                acting(appointments, today)
            own = [each.id for each in appointments]
            await supervisor_checks.cancel_open(session, own, by=subject, today=today, institution=institution_code)
            await desks.declare_interest(session, subject, institution_code, by=subject, now=self._clock.now())

    async def report(self, submission: Submission, submit: SubmitTip, *, subject: str) -> Submitted:
        """Take a report under the appointment that holds today, and return its receipt.

        Raises Conflict without an appointment, with an interest in the institution, or outside the region.
        """
        today = business_date(self._clock.now())
        async with self._database.transaction() as session:
            with as_conflict():
                supervisor = acting(await supervisors.of_subject(session, subject), today)
            code, place = submission.institution_code, submission.region
            if code is not None:
                if await supervisors.has_interest(session, subject, code):
                    raise Conflict("recused", zh="您已就该机构申报回避。", en="You are recused from this institution.")
                known = await institutions.find_institution(session, code)
                place = known.region if known else place
            if place is not None and not covers(supervisor.region, place):
                raise Conflict(
                    "outside_appointment",
                    zh="不在聘任地区内；可作为普通举报人举报。",
                    en="Outside the region of the appointment; you may report like anybody else.",
                )
        marked = replace(submission, channel=Channel.SUPERVISOR, supervisor_id=supervisor.id)
        return await submit(marked)

    async def _shown(self, found: Sequence[Supervisor]) -> list[AppointedSupervisor]:
        today = business_date(self._clock.now())
        async with self._database.reading() as session:
            reported = await supervisors.reported(session, [each.id for each in found])
        return [AppointedSupervisor(each, each.acts_on(today), reported[each.id]) for each in found]
