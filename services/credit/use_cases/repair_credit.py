"""Repair an institution's credit (信用修复): applied for after clean months, decided in time, counted next period."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.calendar import business_date
from services.credit.domain.errors import NoPolicyInForceError
from services.credit.domain.rating_policy import RatingPolicyBook, RatingProcedure
from services.credit.domain.rating_procedure import may_repair_from
from services.credit.domain.region import reach
from services.credit.domain.working_days import add_working_days
from services.credit.storage import rating_evidence, rating_repairs, register, scores
from services.credit.storage.rating_repairs import RepairAct, RepairEntry
from services.credit.use_cases.guard_reading import must_be_free_of_person, must_govern
from services.credit.use_cases.rating_refusal import must_be_agency, no_rating_policy
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import Conflict, NotFound
from services.kit.principal import Principal
from services.kit.workdays import is_working_day


class RepairCredit:
    """Takes applications and decides them; the original deduction stays in its year."""

    def __init__(self, database: Database, book: RatingPolicyBook, clock: Clock) -> None:
        self._database = database
        self._book = book
        self._clock = clock

    async def apply(
        self, repair_id: UUID, code: str, applicant: Principal, *, explanation: str, commitment: str
    ) -> list[RepairEntry]:
        """Enter an application with its commitment; repeating it answers as the first time.

        Raises Forbidden, NotFound for an unknown institution, and Conflict when nothing needs repair, when the clean
        months are not over, when another application waits, or when the id stands for a different one.
        """
        async with self._database.transaction() as session:
            await must_govern(session, applicant, code)
            await scores.lock(session, [code])
            now = self._clock.now()
            procedure = await self._procedure(session, code, now)
            entry = RepairEntry(
                repair_id=repair_id,
                act=RepairAct.APPLIED,
                institution_code=code,
                acted_at=now,
                acted_by=applicant.subject,
                reason=explanation,
                document_number=commitment,
                due_on=add_working_days(business_date(now), procedure.decide_repair_days, is_working_day),
            )
            known = await rating_repairs.of_repair(session, repair_id)
            if known:
                return _same(known, entry)
            await self._check(session, code, procedure, now)
            await rating_repairs.add(session, entry)
            return [entry]

    async def decide(
        self, repair_id: UUID, officer: Principal, *, granted: bool, reason: str, document_number: str
    ) -> list[RepairEntry]:
        """Decide an application; granted, it counts in the rating of the next calendar year.

        Raises Forbidden, NotFound, and Conflict when it was decided before, or when a violation came in between.
        """
        must_be_agency(officer)
        async with self._database.transaction() as session:
            known = await rating_repairs.of_repair(session, repair_id)
            if not known:
                raise NotFound("repair_unknown", zh="没有这项修复申请。", en="There is no such application.")
            code = known[0].institution_code
            await must_govern(session, officer, code)
            await scores.lock(session, [code])
            now = self._clock.now()
            if granted:
                await self._check_clean(session, code, await self._procedure(session, code, now), now)
            entry = RepairEntry(
                repair_id=repair_id,
                act=RepairAct.GRANTED if granted else RepairAct.REFUSED,
                institution_code=code,
                acted_at=now,
                acted_by=officer.subject,
                reason=reason,
                document_number=document_number,
                counts_in=business_date(now).year + 1 if granted else None,
            )
            if not await rating_repairs.add(session, entry):
                raise Conflict("repair_decided", zh="该申请已作出决定。", en="The application has been decided.")
            return [known[0], entry]

    async def page(
        self, reader: Principal, *, institution_code: str | None, after: UUID | None, limit: int
    ) -> list[list[RepairEntry]]:
        """Return repairs by id, those behind ``after``; an institution gets its own only; raises Forbidden."""
        must_be_free_of_person(reader)
        async with self._database.reading() as session:
            if institution_code is not None:
                await must_govern(session, reader, institution_code)
            return await rating_repairs.page(
                session,
                institution_code=institution_code or reader.institution,
                region=reach(reader.region or ""),
                after=after,
                limit=limit,
            )

    async def _procedure(self, session: AsyncSession, code: str, now: datetime) -> RatingProcedure:
        institution = await register.find_institution(session, code)
        if institution is None:
            raise NotFound("institution_unknown", zh="没有登记这家机构。", en="The institution is not registered.")
        try:
            return self._book.on(institution.region, business_date(now)).procedure
        except NoPolicyInForceError:
            raise no_rating_policy() from None

    async def _check(self, session: AsyncSession, code: str, procedure: RatingProcedure, now: datetime) -> None:
        if await rating_repairs.undecided(session, code):
            raise Conflict("repair_waits", zh="已有申请待决定。", en="Another application waits for its decision.")
        await self._check_clean(session, code, procedure, now)

    async def _check_clean(self, session: AsyncSession, code: str, procedure: RatingProcedure, now: datetime) -> None:
        last = await rating_evidence.last_violation(session, code)
        if last is None:
            raise Conflict("nothing_to_repair", zh="没有需要修复的失信记录。", en="There is nothing to repair.")
        earliest = may_repair_from(last, procedure)
        if business_date(now) < earliest:
            raise Conflict(
                "repair_too_early",
                zh=f"最近一次违规后满{procedure.repair_months}个月，即{earliest}起方可申请。",
                en=f"It can be applied for from {earliest}, {procedure.repair_months} months after the last violation.",
            )


def _same(known: list[RepairEntry], entry: RepairEntry) -> list[RepairEntry]:
    first = known[0]
    if (first.institution_code, first.reason, first.document_number) != (
        entry.institution_code,
        entry.reason,
        entry.document_number,
    ):
        raise Conflict("repair_differs", zh="该编号已有内容不同的申请。", en="A different application has this id.")
    return known
