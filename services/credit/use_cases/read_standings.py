"""Read how institutions stand: running score and yearly rating, each under the override that holds."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.calendar import business_date
from services.credit.domain.errors import NoPolicyInForceError
from services.credit.domain.level import LEVEL_YEARS, Level, LevelSource
from services.credit.domain.override import Override, OverrideTarget, Standing, in_force, standing_of
from services.credit.domain.policy import Policy, PolicyBook
from services.credit.domain.rating_policy import RatingPolicyBook
from services.credit.domain.score import score_of, tier_of
from services.credit.storage import levels, overrides, register
from services.credit.storage.annual_ratings import CurrentRating
from services.credit.storage.levels import FinalRating
from services.credit.use_cases.guard_reading import must_be_free_of_person, must_be_in_region
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import NotFound
from services.kit.principal import Principal


def annual_standing(
    book: RatingPolicyBook, rating: CurrentRating | FinalRating, found: Sequence[Override], at: datetime
) -> Standing | None:
    """Return how a yearly rating holds at an instant, None for one without a score; raises NoPolicyInForceError."""
    if rating.policy_version is None or rating.score_e2 is None or rating.grade is None:
        return None
    override = in_force(found, OverrideTarget.ANNUAL, rating.year, at)
    return standing_of(book.version(rating.policy_version).scale, rating.score_e2, rating.grade, override)


def running_standing(policy: Policy, delta_e2: int, found: Sequence[Override], at: datetime) -> Standing:
    """Return how the running score holds at an instant, given the sum of its year's ledger."""
    score_e2 = score_of(policy.score, [delta_e2])
    scale = [(tier.name, tier.from_e2) for tier in policy.score.tiers]
    override = in_force(found, OverrideTarget.RUNNING, None, at)
    return standing_of(scale, score_e2, tier_of(policy.score, score_e2).name, override)


@dataclass(frozen=True, slots=True)
class LevelAnswer:
    """The level of one institution that was asked for; None where the registry does not know it."""

    institution_code: str
    level: Level | None


async def levels_at(session: AsyncSession, book: PolicyBook, codes: Collection[str], at: datetime) -> dict[str, Level]:
    """Return the level of each institution at an instant: its final yearly grade, else its running tier.

    A yearly grade counts while it is final, its rules are installed and its year is not older than LEVEL_YEARS.
    Raises NoPolicyInForceError when no running policy was in force.
    """
    today = business_date(at)
    running = book.on(today)
    final = await levels.final_at(session, codes, at=at, from_year=today.year - LEVEL_YEARS)
    deltas = await levels.deltas_at(session, codes, today.year, at)
    found = await overrides.of_institutions(session, codes)
    made = {}
    for code in codes:
        rating = final.get(code)
        level = None if rating is None else _annual_level(book.ratings, rating, found[code], at)
        made[code] = level or _running_level(running, deltas[code], found[code], at, today.year)
    return made


class ReadLevels:
    """Answers what level institutions have, for whoever makes it a condition of something."""

    def __init__(self, database: Database, book: PolicyBook, clock: Clock) -> None:
        self._database = database
        self._book = book
        self._clock = clock

    async def __call__(
        self, codes: Sequence[str], reader: Principal, *, at: datetime | None
    ) -> tuple[datetime, list[LevelAnswer]]:
        """Return the instant and the levels in the order asked; one that is not registered has none.

        Raises Forbidden for another institution or region, NotFound when no policy was in force then.
        """
        must_be_free_of_person(reader)
        for code in codes:
            reader.must_be_institution(code)
        instant = at or self._clock.now()
        wanted = sorted(set(codes))
        async with self._database.reading() as session:
            known = await register.find_institutions(session, wanted)
            for one in known.values():
                must_be_in_region(reader, one.region)
            try:
                found = await levels_at(session, self._book, list(known), instant)
            except NoPolicyInForceError:
                raise NotFound(
                    "no_policy_in_force", zh="当时没有生效的政策。", en="No policy was in force then."
                ) from None
        return instant, [LevelAnswer(code, found.get(code)) for code in codes]


async def standings_of(
    session: AsyncSession, book: RatingPolicyBook, found: Sequence[CurrentRating], at: datetime
) -> list[Standing | None]:
    """Return how yearly ratings hold at an instant, in their order."""
    overriding = await overrides.of_institutions(session, {one.institution_code for one in found})
    return [annual_standing(book, one, overriding[one.institution_code], at) for one in found]


def _annual_level(book: RatingPolicyBook, rating: FinalRating, found: Sequence[Override], at: datetime) -> Level | None:
    try:
        policy = book.version(rating.policy_version)
    except NoPolicyInForceError:
        return None
    standing = annual_standing(book, rating, found, at)
    if standing is None:
        return None
    place = policy.places[standing.grade]
    return Level(
        source=LevelSource.ANNUAL,
        year=rating.year,
        place=place,
        places=len(policy.grades),
        text=policy.grades[place].text,
        policy_version=policy.version,
        standing=standing,
    )


def _running_level(policy: Policy, delta_e2: int, found: Sequence[Override], at: datetime, year: int) -> Level:
    standing = running_standing(policy, delta_e2, found, at)
    names = [tier.name for tier in policy.score.tiers]
    place = names.index(standing.grade)
    return Level(
        source=LevelSource.RUNNING,
        year=year,
        place=place,
        places=len(names),
        text=policy.score.tiers[place].text,
        policy_version=policy.version,
        standing=standing,
    )
