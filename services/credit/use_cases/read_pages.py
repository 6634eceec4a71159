"""Read what pages show: one institution's score with its way and its peers, and a region at a glance."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.calendar import business_date
from services.credit.domain.errors import NoPolicyInForceError
from services.credit.domain.level import Level, LevelSource
from services.credit.domain.override import Standing
from services.credit.domain.peer_bins import Bin, peer_bins
from services.credit.domain.policy import Policy, PolicyBook
from services.credit.domain.rating import rate
from services.credit.domain.region import reach
from services.credit.domain.score import score_of
from services.credit.domain.text import Text
from services.credit.domain.waterfall import NamedChange, Waterfall, rating_changes, waterfall
from services.credit.storage import annual_ratings, overrides, overviews, register, scores
from services.credit.storage.annual_ratings import CurrentRating
from services.credit.storage.overviews import CauseSum, Due
from services.credit.storage.register import RegisteredInstitution
from services.credit.use_cases.cause_texts import cause_text
from services.credit.use_cases.guard_reading import must_be_in_region, must_concern_institution
from services.credit.use_cases.rating_inputs import CHUNK
from services.credit.use_cases.rating_refusal import must_be_agency, no_rating_policy
from services.credit.use_cases.read_standings import levels_at, running_standing, standings_of
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import Conflict, NotFound
from services.kit.principal import Principal

YEARS_SHOWN = 3
MOST_INSTITUTIONS = 5_000
"""Institutions of one overview; a region with more is looked at part by part."""
MOVERS = 5
MOVED_DAYS = 90
DUE_DAYS = 30
SPARK_MONTHS = 12

_KEY_SUPERVISION = "key_supervision"


@dataclass(frozen=True, slots=True)
class RatedYear:
    """A yearly rating as it holds."""

    rating: CurrentRating
    standing: Standing | None
    waterfall: Waterfall | None
    """Only of the newest year that has a score."""
    grades: tuple[tuple[str, Text], ...]
    """Names and texts of the grades of its rules."""


@dataclass(frozen=True, slots=True)
class InstitutionPage:
    """What the page of an institution shows."""

    registered: RegisteredInstitution
    policy: Policy = field(repr=False)
    """Left out of what a page is recognised by; its version stands for it."""
    today: date
    standing: Standing
    level: Level
    days: tuple[tuple[date, int], ...]
    """Score times 100 from each day on, the first of January of each year among them."""
    causes: tuple[CauseSum, ...]
    waterfall: Waterfall
    peers: int
    bins: tuple[Bin, ...]
    """Empty where there are too few peers to show."""
    years: tuple[RatedYear, ...]
    """Newest first."""


@dataclass(frozen=True, slots=True)
class RegionLine:
    """One institution of an overview."""

    institution_code: str
    score_e2: int
    level: Level
    months: tuple[int, ...]
    """Score times 100 at the end of each of the last months, the running one last."""
    moved_e2: int
    """What was recorded in the last MOVED_DAYS."""
    key_supervision: bool


@dataclass(frozen=True, slots=True)
class RegionPage:
    """What the overview of a region shows."""

    region: str
    today: date
    policy: Policy = field(repr=False)
    lines: tuple[RegionLine, ...]
    """Worst score first."""
    grades: tuple[tuple[str, str, str, int], ...]
    """Policy version, name and text of each grade, and how many have it; best first within a version."""
    due: tuple[Due, ...]


class ReadPages:
    """Gathers pages in short read-only transactions."""

    def __init__(self, database: Database, book: PolicyBook, clock: Clock) -> None:
        self._database = database
        self._book = book
        self._clock = clock

    async def institution(self, code: str, reader: Principal) -> InstitutionPage:
        """Return an institution's page; raises Forbidden for another institution or region, NotFound, Conflict."""
        must_concern_institution(reader, code)
        now = self._clock.now()
        today = business_date(now)
        async with self._database.reading() as session:
            registered = await register.find_institution(session, code)
            if registered is None:
                raise NotFound("institution_unknown", zh="没有登记这家机构。", en="There is no such institution.")
            must_be_in_region(reader, registered.region)
            try:
                policy = self._book.on(today)
                level = (await levels_at(session, self._book, [code], now))[code]
                years = await self._years(session, code, now)
            except NoPolicyInForceError:
                raise no_rating_policy() from None
            delta = (await scores.year_deltas(session, [code], today.year))[code]
            standing = running_standing(policy, delta, (await overrides.of_institutions(session, [code]))[code], now)
            causes = await overviews.causes(session, code, today.year)
            daily = await overviews.daily(session, code, from_year=today.year - YEARS_SHOWN + 1)
            deltas = await overviews.peer_deltas(
                session,
                code,
                region=registered.region,
                kind=registered.kind,
                level=registered.level,
                year=today.year,
            )
        peers = [score_of(policy.score, [one]) for one in deltas]
        changes = [NamedChange(cause_text(one.cause, one.severity, one.rule_code), one.delta_e2) for one in causes]
        return InstitutionPage(
            registered=registered,
            policy=policy,
            today=today,
            standing=standing,
            level=level,
            days=_days(policy, daily, today),
            causes=tuple(causes),
            waterfall=waterfall(policy.score.base_e2, changes, standing),
            peers=len(peers),
            bins=peer_bins(peers, standing.computed_score_e2, policy.score.base_e2),
            years=years,
        )

    async def region(self, region: str, reader: Principal) -> RegionPage:
        """Return a region's overview; raises Forbidden, NotFound for an empty region, Conflict for one too large."""
        must_be_agency(reader)
        must_be_in_region(reader, region)
        prefix, now = reach(region), self._clock.now()
        today = business_date(now)
        async with self._database.reading() as session:
            codes = list(await overviews.active_of(session, prefix, limit=MOST_INSTITUTIONS + 1))
            _check_size(len(codes))
            try:
                policy = self._book.on(today)
                levels: dict[str, Level] = {}
                for start in range(0, len(codes), CHUNK):
                    levels |= await levels_at(session, self._book, codes[start : start + CHUNK], now)
            except NoPolicyInForceError:
                raise no_rating_policy() from None
            deltas = await scores.year_deltas(session, codes, today.year)
            overriding = await overrides.of_institutions(session, codes)
            months = _months(today)
            monthly = await overviews.monthly(session, prefix, since=months[0].replace(month=1))
            moved = await overviews.moved_since(session, prefix, now - timedelta(days=MOVED_DAYS))
            due = await overviews.due(session, prefix, today=today, until=today + timedelta(days=DUE_DAYS))
        lines = [
            RegionLine(
                institution_code=code,
                score_e2=running_standing(policy, deltas[code], overriding[code], now).score_e2,
                level=levels[code],
                months=_spark(policy, monthly.get(code, ()), months),
                moved_e2=moved.get(code, 0),
                key_supervision=self._supervised(levels[code]),
            )
            for code in codes
        ]
        lines.sort(key=lambda one: (one.score_e2, one.institution_code))
        return RegionPage(prefix, today, policy, tuple(lines), self._grades(policy, levels), tuple(due))

    async def _years(self, session: AsyncSession, code: str, now: datetime) -> tuple[RatedYear, ...]:
        found = sorted(await annual_ratings.of_institutions(session, [code], None), key=lambda one: -one.year)
        standings = await standings_of(session, self._book.ratings, found, now)
        years: list[RatedYear] = []
        shown = False
        for rating, standing in zip(found, standings, strict=True):
            way = None
            grades: tuple[tuple[str, Text], ...] = ()
            if rating.policy_version is not None:
                rules = self._book.ratings.version(rating.policy_version)
                grades = tuple((grade.name, grade.text) for grade in rules.grades)
            if standing is not None and not shown and rating.last.calculation_id is not None:
                held = await annual_ratings.calculation(session, rating.last.calculation_id)
                policy = self._book.ratings.version(held.policy_version)
                rated = rate(
                    policy,
                    held.evidence,
                    held.settlements,
                    benchmarks=held.benchmarks,
                    grade_before=held.grade_before,
                )
                way = waterfall(rated.base_e2, rating_changes(policy, rated), standing)
                shown = True
            years.append(RatedYear(rating, standing, way, grades))
        return tuple(years)

    def _supervised(self, level: Level) -> bool:
        """Tell whether the grade recommends key supervision, or is the lowest tier where there is no yearly grade."""
        if level.source is LevelSource.RUNNING:
            return level.place == level.places - 1
        grade = self._book.ratings.version(level.policy_version).grades[level.place]
        return any(one.code == _KEY_SUPERVISION for one in grade.recommendations)

    def _grades(self, policy: Policy, levels: Mapping[str, Level]) -> tuple[tuple[str, str, str, int], ...]:
        counted = Counter((one.source, one.policy_version, one.place) for one in levels.values())
        versions = sorted({(one.source, one.policy_version) for one in levels.values()})
        found: list[tuple[str, str, str, int]] = []
        for source, version in versions:
            scale: Sequence[tuple[str, Text]] = [(tier.name, tier.text) for tier in policy.score.tiers]
            if source is LevelSource.ANNUAL:
                scale = [(grade.name, grade.text) for grade in self._book.ratings.version(version).grades]
            found.extend(
                (version, name, f"{text.zh} {text.en}", counted[source, version, place])
                for place, (name, text) in enumerate(scale)
            )
        return tuple(found)


def _check_size(institutions: int) -> None:
    if not institutions:
        raise NotFound("region_empty", zh="该区划没有定点医药机构。", en="There are no institutions in the region.")
    if institutions > MOST_INSTITUTIONS:
        raise Conflict(
            "region_too_large",
            zh=f"该区划超过{MOST_INSTITUTIONS}家机构，请按下级区划查看。",
            en=f"The region has more than {MOST_INSTITUTIONS} institutions; look at its parts.",
        )


def _days(policy: Policy, daily: Sequence[tuple[date, int]], today: date) -> tuple[tuple[date, int], ...]:
    """Return the score from each day on; the year begins with the base, whatever the year before held."""
    first = daily[0][0].year if daily else today.year
    changes = dict(daily)
    steps: list[tuple[date, int]] = []
    total = 0
    for day in sorted({*changes, *(date(year, 1, 1) for year in range(first, today.year + 1)), today}):
        if (day.month, day.day) == (1, 1):
            total = 0
        total += changes.get(day, 0)
        steps.append((day, score_of(policy.score, [total])))
    return tuple(steps)


def _months(today: date) -> list[date]:
    """Return the first days of the last months, the running one last."""
    index = today.year * 12 + today.month - 1
    return [date(place // 12, place % 12 + 1, 1) for place in range(index - SPARK_MONTHS + 1, index + 1)]


def _spark(policy: Policy, changes: Sequence[tuple[date, int]], months: Sequence[date]) -> tuple[int, ...]:
    return tuple(
        score_of(policy.score, [sum(delta for when, delta in changes if when.year == month.year and when <= month)])
        for month in months
    )
