"""Read institutions: the score of a year with every entry that made it, and a page of scores."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.calendar import BUSINESS_ZONE, business_date
from services.credit.domain.override import Standing
from services.credit.domain.policy import Policy, PolicyBook, Tier
from services.credit.domain.region import reach
from services.credit.domain.score import ScoreEntry
from services.credit.storage import overrides, register, scores
from services.credit.storage.register import RegisteredInstitution
from services.credit.use_cases.guard_reading import (
    must_be_free_of_person,
    must_be_in_region,
    must_concern_institution,
)
from services.credit.use_cases.read_standings import running_standing
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import NotFound
from services.kit.principal import Principal

_DECEMBER, _LAST_DAY = 12, 31


@dataclass(frozen=True, slots=True)
class InstitutionScore:
    """An institution and its score of a calendar year."""

    registered: RegisteredInstitution
    year: int
    standing: Standing
    """Score and tier as they hold, and as the ledger gives them."""
    policy: Policy

    @property
    def tier(self) -> Tier:
        """The tier that holds."""
        return next(tier for tier in self.policy.score.tiers if tier.name == self.standing.grade)


class ReadInstitutions:
    """Recomputes scores from the ledger."""

    def __init__(self, database: Database, book: PolicyBook, clock: Clock) -> None:
        self._database = database
        self._book = book
        self._clock = clock

    async def one(
        self, code: str, reader: Principal, *, year: int | None, after: int, limit: int
    ) -> tuple[InstitutionScore, list[tuple[int, ScoreEntry]]]:
        """Return the score of a year (the current one) and its entries with positions, those behind ``after``.

        Raises Forbidden for another institution, NotFound when it is not registered or no policy was in force.
        """
        must_concern_institution(reader, code)
        async with self._database.reading() as session:
            registered = await register.find_institution(session, code)
            if registered is None:
                raise NotFound("institution_unknown", zh="没有登记这家机构。", en="There is no such institution.")
            must_be_in_region(reader, registered.region)
            day = self._day(year)
            (score,) = await self._scores(session, [registered], day)
            return score, await scores.of_institution(session, code, day.year, after=after, limit=limit)

    async def page(self, reader: Principal, *, after: str, limit: int) -> list[InstitutionScore]:
        """Return current scores by institution code, those behind ``after``; an institution gets its own only."""
        must_be_free_of_person(reader)
        async with self._database.reading() as session:
            found = await register.list_institutions(
                session, after=after, limit=limit, only=reader.institution, region=reach(reader.region or "")
            )
            return await self._scores(session, found, self._day(None))

    def _day(self, year: int | None) -> date:
        """Return the day whose policy rates a year: today, or the last day of a year that is over."""
        today = business_date(self._clock.now())
        return today if year is None or year >= today.year else date(year, _DECEMBER, _LAST_DAY)

    async def _scores(
        self, session: AsyncSession, found: Sequence[RegisteredInstitution], day: date
    ) -> list[InstitutionScore]:
        policy = self._book.on(day)
        codes = [one.institution_code for one in found]
        deltas = await scores.year_deltas(session, codes, day.year)
        overriding = await overrides.of_institutions(session, codes)
        # A year that is over is read as it ended.
        at = min(self._clock.now(), datetime.combine(day, time.max, BUSINESS_ZONE))
        return [
            InstitutionScore(one, day.year, running_standing(policy, deltas[code], overriding[code], at), policy)
            for code, one in zip(codes, found, strict=True)
        ]
