"""Read the public list: no token, no person, nothing that is not final."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.credit.domain.calendar import MONTHS_A_YEAR, business_date
from services.credit.domain.policy import Authority, PolicyBook
from services.credit.domain.public_list import PENALTY_YEARS
from services.credit.domain.rating_procedure import months_later
from services.credit.domain.region import reach
from services.credit.domain.text import Text
from services.credit.storage import public_list
from services.credit.storage.public_list import StandingPenalty
from services.credit.use_cases.read_standings import standings_of
from services.kit.clock import Clock
from services.kit.db import Database


@dataclass(frozen=True, slots=True)
class PublicRating:
    """A final yearly rating as the public reads it, under the override that holds."""

    institution_code: str
    region: str
    year: int
    grade: str
    text: Text
    final_since: date
    article: str


@dataclass(frozen=True, slots=True)
class PublicPenalty:
    """A penalty as the public reads it."""

    penalty: StandingPenalty
    text: Text
    article: str


class ReadPublicList:
    """Answers the public."""

    def __init__(self, database: Database, book: PolicyBook, clock: Clock) -> None:
        self._database = database
        self._book = book
        self._clock = clock

    async def ratings(self, *, year: int, region: str, after: str, limit: int) -> list[PublicRating]:
        """Return final ratings of a year by institution, those behind ``after``."""
        now = self._clock.now()
        async with self._database.reading() as session:
            found = await public_list.ratings(session, year=year, region=reach(region), after=after, limit=limit)
            standings = await standings_of(session, self._book.ratings, found, now)
        shown = []
        for rating, standing in zip(found, standings, strict=True):
            if standing is None:
                continue
            policy = self._book.ratings.version(rating.policy_version or "")
            shown.append(
                PublicRating(
                    institution_code=rating.institution_code,
                    region=rating.region,
                    year=rating.year,
                    grade=standing.grade,
                    text=policy.grades[policy.places[standing.grade]].text,
                    final_since=business_date(rating.last.acted_at),
                    article=policy.article,
                )
            )
        return shown

    async def penalties(self, *, region: str, before: tuple[date, UUID] | None, limit: int) -> list[PublicPenalty]:
        """Return administrative penalties, the latest first, those behind ``before``."""
        public = {
            (policy.version, code): kind
            for policy in self._book.all()
            for code, kind in policy.points.kinds.items()
            if kind.decided_by is Authority.DEPARTMENT
        }
        since = months_later(business_date(self._clock.now()), -PENALTY_YEARS * MONTHS_A_YEAR)
        async with self._database.reading() as session:
            found = await public_list.penalties(
                session, kinds=public.keys(), region=reach(region), since=since, before=before, limit=limit
            )
        return [
            PublicPenalty(one, public[one.policy_version, one.kind].text, public[one.policy_version, one.kind].article)
            for one in found
        ]
