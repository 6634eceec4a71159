"""Record what no event brings about an institution, with its document, and take such a record back."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.calendar import business_date
from services.credit.domain.errors import NoPolicyInForceError
from services.credit.domain.rating_policy import RatingPolicyBook
from services.credit.storage import rating_records, register, scores
from services.credit.storage.rating_records import RatingRecord
from services.credit.use_cases.guard_reading import must_govern
from services.credit.use_cases.rating_refusal import field_refused, must_be_agency, no_rating_policy
from services.credit.use_cases.refresh_ratings import Cause, RefreshRatings
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import Conflict, NotFound
from services.kit.principal import Principal


@dataclass(frozen=True, slots=True)
class RecordedInput:
    """What an officer enters."""

    record_id: UUID
    institution_code: str
    metric: str
    quantity: int
    case_key: str
    occurred_on: date
    document_number: str


class RecordRatingInput:
    """Adds records; a rating of that year that is not final follows at once."""

    def __init__(self, database: Database, book: RatingPolicyBook, clock: Clock) -> None:
        self._database = database
        self._book = book
        self._clock = clock
        self._refresh = RefreshRatings(book)

    async def __call__(self, record: RecordedInput, officer: Principal) -> tuple[RatingRecord, bool]:
        """Store a record and tell whether this request made it.

        Raises Forbidden, NotFound for an institution the registry does not know, Malformed for a kind or value the
        policy does not take, Conflict for a different record under the id.
        """
        must_be_agency(officer)
        async with self._database.transaction() as session:
            await must_govern(session, officer, record.institution_code)
            await scores.lock(session, [record.institution_code])
            now = self._clock.now()
            stored = _entered(record, officer, now)
            await self._check(session, record, now)
            return await self._store(session, stored)

    async def withdraw(
        self, record_id: UUID, withdrawal_id: UUID, officer: Principal, *, document_number: str
    ) -> tuple[RatingRecord, bool]:
        """Take a record back by another; raises Forbidden, NotFound, and Conflict when it was taken back before."""
        must_be_agency(officer)
        async with self._database.transaction() as session:
            found = await rating_records.find(session, record_id)
            if found is None or found.withdraws_record_id is not None:
                raise NotFound("record_unknown", zh="没有这条记录。", en="There is no such record.")
            await must_govern(session, officer, found.institution_code)
            await scores.lock(session, [found.institution_code])
            return await self._store(
                session,
                RatingRecord(
                    record_id=withdrawal_id,
                    institution_code=found.institution_code,
                    metric=found.metric,
                    quantity=found.quantity,
                    case_key=found.case_key,
                    occurred_on=found.occurred_on,
                    document_number=document_number,
                    recorded_at=self._clock.now(),
                    recorded_by=officer.subject,
                    withdraws_record_id=record_id,
                ),
            )

    async def _store(self, session: AsyncSession, stored: RatingRecord) -> tuple[RatingRecord, bool]:
        if not await rating_records.add(session, stored):
            return await _repeated(session, stored), False
        cause = Cause(stored.recorded_by, stored.recorded_at, stored.metric, stored.document_number)
        await self._refresh(session, [stored.institution_code], [stored.occurred_on.year], cause)
        return stored, True

    async def _check(self, session: AsyncSession, record: RecordedInput, now: datetime) -> None:
        institution = await register.find_institution(session, record.institution_code)
        if institution is None:
            raise NotFound("institution_unknown", zh="没有登记这家机构。", en="The institution is not registered.")
        if record.occurred_on > business_date(now):
            raise field_refused(
                "/occurred_on", "date_in_future", "日期不能晚于今天。", "The day cannot lie in the future."
            )
        try:
            policy = self._book.on(institution.region, record.occurred_on)
        except NoPolicyInForceError:
            raise no_rating_policy() from None
        kind = policy.records.get(record.metric)
        if kind is None:
            raise field_refused(
                "/metric", "metric_unknown", "现行规则不采集这种记录。", "The policy takes no such record."
            )
        if not kind.least <= record.quantity <= kind.most:
            raise field_refused(
                "/quantity",
                "quantity_out_of_range",
                f"数值应在{kind.least}至{kind.most}之间。",
                f"The value lies between {kind.least} and {kind.most}.",
            )


def _entered(record: RecordedInput, officer: Principal, now: datetime) -> RatingRecord:
    return RatingRecord(
        record_id=record.record_id,
        institution_code=record.institution_code,
        metric=record.metric,
        quantity=record.quantity,
        case_key=record.case_key,
        occurred_on=record.occurred_on,
        document_number=record.document_number,
        recorded_at=now,
        recorded_by=officer.subject,
    )


async def _repeated(session: AsyncSession, stored: RatingRecord) -> RatingRecord:
    found = await rating_records.find(session, stored.record_id)
    if found is None:
        raise Conflict("record_withdrawn", zh="该记录已被撤回。", en="The record has been taken back already.")
    if not found.same_as(stored):
        raise Conflict(
            "record_differs", zh="该编号已登记了内容不同的记录。", en="A different record stands under this id."
        )
    return found
