"""Prepare, approve, show and withdraw typical cases."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.clock import Clock, business_date
from services.kit.db import Database
from services.kit.errors import Forbidden, NotFound
from services.kit.ids import new_id
from services.tips.domain.access import covers
from services.tips.domain.tip import Kind
from services.tips.domain.typical_case import CaseState, Doubt, TypicalCase, doubts, publish, revise, take_down
from services.tips.storage import typical_cases
from services.tips.use_cases.errors import as_conflict

_MOST_SHOWN = 200
_CITY_ENDS = "00"


@dataclass(frozen=True, slots=True)
class Words:
    """What a handler writes."""

    region: str
    month: str
    kind: Kind
    title: str
    body: str
    title_en: str | None = None
    body_en: str | None = None


@dataclass(frozen=True, slots=True)
class Teller:
    """Somebody of the agency who prepares or approves cases."""

    subject: str
    region: str | None


@dataclass(frozen=True, slots=True)
class CheckedCase:
    """A case and what in it may tell who is meant."""

    case: TypicalCase
    doubts: Sequence[Doubt]


class TellCases:
    """Takes a case through two people and a guard; what the guard blocks is not published by anybody."""

    def __init__(self, database: Database, clock: Clock, *, smallest: int) -> None:
        self._database = database
        self._clock = clock
        self._smallest = smallest

    async def prepare(self, words: Words, teller: Teller, case_id: UUID | None = None) -> CheckedCase:
        """Write a draft, or write one anew; raises NotFound, Forbidden for another region, and Conflict."""
        _require_region(teller, words.region)
        now = self._clock.now()
        async with self._database.transaction() as session:
            case = TypicalCase(
                id=case_id or new_id(),
                region=words.region,
                month=words.month,
                kind=words.kind,
                title=words.title,
                body=words.body,
                title_en=words.title_en,
                body_en=words.body_en,
                state=CaseState.DRAFT,
                prepared_by=teller.subject,
                prepared_at=now,
            )
            if case_id is not None:
                stored = await _found(session, case_id, teller)
                with as_conflict():
                    case = revise(stored, case)
            await typical_cases.store_case(session, case)
            return await self._checked(session, case)

    async def publish(self, case_id: UUID, confirmed: Collection[str], teller: Teller) -> CheckedCase:
        """Publish a draft as a second person; raises NotFound, and Conflict for what the guard holds against it."""
        today = business_date(self._clock.now())
        async with self._database.transaction() as session:
            case = await _found(session, case_id, teller)
            checked = await self._checked(session, case)
            with as_conflict():
                told = publish(case, checked.doubts, confirmed, by=teller.subject, today=today)
            await typical_cases.store_case(session, told)
        return CheckedCase(told, checked.doubts)

    async def take_down(self, case_id: UUID, teller: Teller) -> CheckedCase:
        """Withdraw a case; raises NotFound."""
        today = business_date(self._clock.now())
        async with self._database.transaction() as session:
            case = take_down(await _found(session, case_id, teller), by=teller.subject, today=today)
            await typical_cases.store_case(session, case)
            return await self._checked(session, case)

    async def at_desk(self, teller: Teller) -> list[CheckedCase]:
        """Return the cases of the teller's region with what the guard says of drafts."""
        async with self._database.reading() as session:
            found = await typical_cases.list_cases(
                session, region=teller.region, states=list(CaseState), limit=_MOST_SHOWN
            )
            return [
                await self._checked(session, case) if case.state is CaseState.DRAFT else CheckedCase(case, ())
                for case in found
            ]

    async def published(self) -> list[TypicalCase]:
        """Return what the public reads, the latest first."""
        async with self._database.reading() as session:
            return await typical_cases.list_cases(session, region=None, states=[CaseState.PUBLISHED], limit=_MOST_SHOWN)

    async def _checked(self, session: AsyncSession, case: TypicalCase) -> CheckedCase:
        found = doubts(
            case,
            institutions=await typical_cases.names_within(session, case.words),
            alike=await typical_cases.alike(session, case.region, case.kind),
            smallest=self._smallest,
            region_is_county=not case.region.endswith(_CITY_ENDS),
        )
        return CheckedCase(case, found)


def _require_region(teller: Teller, region: str) -> None:
    if not covers(teller.region, region):
        raise Forbidden("other_region", zh="只能编写本地区的案例。", en="Only cases of your own region can be told.")


async def _found(session: AsyncSession, case_id: UUID, teller: Teller) -> TypicalCase:
    case = await typical_cases.find_case(session, case_id)
    if case is None or not covers(teller.region, case.region):
        raise NotFound("case_unknown", zh="没有这个案例。", en="There is no such case.")
    return case
