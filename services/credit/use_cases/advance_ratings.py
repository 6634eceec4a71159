"""Advance a region's ratings: made public for objections (公示), and concluded when the publicity is over."""

from collections import Counter
from dataclasses import replace
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.calendar import business_date
from services.credit.domain.rating_policy import RatingPolicyBook
from services.credit.domain.rating_procedure import RatingAct, RatingState, publicity_over
from services.credit.domain.region import reach
from services.credit.domain.working_days import add_working_days
from services.credit.storage import annual_ratings, scores
from services.credit.storage.annual_ratings import CurrentRating
from services.credit.use_cases.guard_reading import must_be_in_region
from services.credit.use_cases.rating_inputs import CHUNK
from services.credit.use_cases.rating_refusal import must_be_agency
from services.credit.use_cases.refresh_ratings import Cause, RefreshRatings, acted, state_final
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.principal import Principal
from services.kit.workdays import is_working_day


class AdvanceRatings:
    """Moves every rating of a region that is ready; each is recomputed first, so that nothing stale is published."""

    def __init__(self, database: Database, book: RatingPolicyBook, clock: Clock) -> None:
        self._database = database
        self._book = book
        self._clock = clock
        self._refresh = RefreshRatings(book)

    async def publish(self, officer: Principal, *, year: int, region: str) -> Counter[str]:
        """Make previews public; raises Forbidden for a token that is not an agency's."""
        return await self._advance(officer, RatingState.PREVIEW, year=year, region=region)

    async def conclude(self, officer: Principal, *, year: int, region: str) -> Counter[str]:
        """Conclude ratings whose publicity is over and that no objection holds up; raises Forbidden."""
        return await self._advance(officer, RatingState.PUBLICITY, year=year, region=region)

    async def _advance(self, officer: Principal, state: RatingState, *, year: int, region: str) -> Counter[str]:
        must_be_agency(officer)
        must_be_in_region(officer, region)
        cause = Cause(officer.subject, self._clock.now())
        outcome: Counter[str] = Counter()
        after = ""
        while True:
            async with self._database.transaction() as session:
                ready = await annual_ratings.page(
                    session,
                    year=year,
                    region=reach(region),
                    state=state,
                    grade=None,
                    only=None,
                    after=after,
                    limit=CHUNK,
                )
                if not ready:
                    return outcome
                codes = [one.institution_code for one in ready]
                await scores.lock(session, codes)
                # Read again under the lock: an objection may have come in between.
                for current in await self._refresh(session, codes, [year], cause):
                    if current.last.state is state:
                        outcome[await self._one(session, current, cause)] += 1
                after = codes[-1]

    async def _one(self, session: AsyncSession, current: CurrentRating, cause: Cause) -> str:
        today = business_date(cause.now)
        if current.last.state is RatingState.PREVIEW:
            days = self._book.version(current.policy_version or "").procedure.publicity_days
            until = add_working_days(today, days, is_working_day)
            await acted(session, current, RatingAct.PUBLISHED, cause, due_on=until)
            return RatingAct.PUBLISHED.value
        if not publicity_over(current.last.due_on or date.max, today):
            return "in_publicity"
        last = await acted(session, current, RatingAct.CONCLUDED, cause)
        await state_final(session, self._book, replace(current, last=last), cause)
        return RatingAct.CONCLUDED.value
