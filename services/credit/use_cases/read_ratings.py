"""Read yearly ratings with their explanation, and recompute them dry: another day's knowledge, another policy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.errors import NoPolicyInForceError
from services.credit.domain.override import Standing
from services.credit.domain.rating import Benchmark, Evidence, Rated, rate
from services.credit.domain.rating_policy import RatingPolicy, RatingPolicyBook, Recommendation
from services.credit.domain.rating_procedure import RatingState, recommendations
from services.credit.domain.region import reach
from services.credit.storage import annual_ratings, rating_evidence, rating_records, register
from services.credit.storage.annual_ratings import Calculation, CurrentRating, RecordedAct
from services.credit.storage.rating_records import RatingRecord
from services.credit.storage.register import RegisteredInstitution
from services.credit.use_cases.guard_reading import (
    must_be_free_of_person,
    must_be_in_region,
    must_concern_institution,
    must_govern,
    narrowed,
)
from services.credit.use_cases.rating_inputs import group_of, institutions_in, peers_of, period_of, policy_of
from services.credit.use_cases.rating_refusal import no_rating_policy, rating_unknown
from services.credit.use_cases.read_standings import standings_of
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import NotFound
from services.kit.principal import Principal


@dataclass(frozen=True, slots=True)
class RatingFile:
    """A yearly rating, everything it is made of and everything that happened to it."""

    current: CurrentRating
    acts: list[RecordedAct]
    calculation: Calculation | None
    """None for an institution that is not rated."""
    rated: Rated | None
    """The calculation repeated from its inputs."""
    policy: RatingPolicy | None
    recommendations: tuple[Recommendation, ...]
    """Of the grade that holds."""
    standing: Standing | None
    """How it holds now; None for an institution that is not rated."""


@dataclass(frozen=True, slots=True)
class Recomputation:
    """A rating made dry; nothing of it is stored."""

    institution_code: str
    year: int
    known_at: datetime
    policy: RatingPolicy
    rated: Rated
    settlements: int
    stored: CurrentRating | None
    """The rating that stands, None when there is none."""


@dataclass(frozen=True, slots=True)
class _Inputs:
    settlements: int
    evidence: Sequence[Evidence]
    grade_before: str | None


class ReadRatings:
    """Answers questions about yearly ratings."""

    def __init__(self, database: Database, book: RatingPolicyBook, clock: Clock) -> None:
        self._database = database
        self._book = book
        self._clock = clock

    async def page(
        self,
        reader: Principal,
        *,
        year: int,
        region: str,
        state: RatingState | None,
        grade: str | None,
        after: str,
        limit: int,
    ) -> list[tuple[CurrentRating, Standing | None]]:
        """Return ratings of a year by institution, each with how it holds now; an institution gets its own only.

        ``grade`` selects by the computed grade. Raises Forbidden.
        """
        must_be_free_of_person(reader)
        async with self._database.reading() as session:
            found = await annual_ratings.page(
                session,
                year=year,
                region=narrowed(reader, region),
                state=state,
                grade=grade,
                only=reader.institution,
                after=after,
                limit=limit,
            )
            try:
                standings = await standings_of(session, self._book, found, self._clock.now())
            except NoPolicyInForceError:
                raise no_rating_policy() from None
        return list(zip(found, standings, strict=True))

    async def one(self, code: str, year: int, reader: Principal) -> RatingFile:
        """Return a rating with its explanation; raises Forbidden, NotFound, Conflict when its policy is gone."""
        must_concern_institution(reader, code)
        async with self._database.reading() as session:
            current = await annual_ratings.find(session, code, year)
            if current is None:
                raise rating_unknown()
            must_be_in_region(reader, current.region)
            acts = await annual_ratings.acts(session, current.rating_id)
            if current.last.calculation_id is None:
                return RatingFile(current, acts, None, None, None, (), None)
            held = await annual_ratings.calculation(session, current.last.calculation_id)
            earlier = await annual_ratings.final_grades(session, [code], year)
            policy = self._version(held.policy_version)
            (standing,) = await standings_of(session, self._book, [current], self._clock.now())
        return RatingFile(
            current=current,
            acts=acts,
            calculation=held,
            rated=_repeated(policy, held),
            policy=policy,
            recommendations=recommendations(
                policy, held.grade if standing is None else standing.grade, earlier[code], year
            ),
            standing=standing,
        )

    async def recompute(
        self, code: str, year: int, reader: Principal, *, at: datetime | None, policy_version: str | None
    ) -> Recomputation:
        """Rate dry: the stored inputs again, or with ``at`` or without a rating what the ledgers hold (held then).

        ``policy_version`` tries another policy on the same inputs. Raises Forbidden, NotFound, Conflict without policy.
        """
        must_concern_institution(reader, code)
        async with self._database.reading() as session:
            institution = await register.find_institution(session, code)
            if institution is None:
                raise NotFound("institution_unknown", zh="没有登记这家机构。", en="The institution is not registered.")
            must_be_in_region(reader, institution.region)
            stored = await annual_ratings.find(session, code, year)
            held = await _held(session, stored)
            policy = self._policy(institution, year, policy_version, held)
            inputs = await _inputs(session, code, year, at, held if at is None else None)
            if at is None and held is not None and held.policy_version == policy.version:
                benchmarks = held.benchmarks
            else:
                benchmarks = await _benchmarks(session, institution, policy, year, at)
        rated = rate(
            policy, inputs.evidence, inputs.settlements, benchmarks=benchmarks, grade_before=inputs.grade_before
        )
        return Recomputation(code, year, at or self._clock.now(), policy, rated, inputs.settlements, stored)

    async def records(
        self, reader: Principal, *, institution_code: str | None, after: int, limit: int
    ) -> list[tuple[int, RatingRecord]]:
        """Return recorded inputs with their positions; an institution gets its own only; raises Forbidden."""
        must_be_free_of_person(reader)
        async with self._database.reading() as session:
            if institution_code is not None:
                await must_govern(session, reader, institution_code)
            return await rating_records.page(
                session,
                institution_code=institution_code or reader.institution,
                region=reach(reader.region or ""),
                after=after,
                limit=limit,
            )

    def _policy(
        self, institution: RegisteredInstitution, year: int, version: str | None, held: Calculation | None
    ) -> RatingPolicy:
        if version is None and held is not None:
            version = held.policy_version
        if version is not None:
            return self._version(version)
        try:
            return policy_of(self._book, institution, year)
        except NoPolicyInForceError:
            raise no_rating_policy() from None

    def _version(self, version: str) -> RatingPolicy:
        try:
            return self._book.version(version)
        except NoPolicyInForceError:
            raise no_rating_policy() from None


def _repeated(policy: RatingPolicy, held: Calculation) -> Rated:
    return rate(policy, held.evidence, held.settlements, benchmarks=held.benchmarks, grade_before=held.grade_before)


async def _held(session: AsyncSession, stored: CurrentRating | None) -> Calculation | None:
    calculation_id: UUID | None = None if stored is None else stored.last.calculation_id
    return None if calculation_id is None else await annual_ratings.calculation(session, calculation_id)


async def _inputs(
    session: AsyncSession, code: str, year: int, known: datetime | None, held: Calculation | None
) -> _Inputs:
    if held is not None:
        return _Inputs(held.settlements, held.evidence, held.grade_before)
    gathered = (await rating_evidence.gather(session, [code], period_of(year, known)))[code]
    earlier = await annual_ratings.final_grades(session, [code], year)
    return _Inputs(gathered.settlements, gathered.evidence, earlier[code].get(year - 1))


async def _benchmarks(
    session: AsyncSession, institution: RegisteredInstitution, policy: RatingPolicy, year: int, known: datetime | None
) -> dict[str, Benchmark]:
    """Compare with the institutions of the same region, kind and level."""
    if not any(indicator.compared for indicator in policy.indicators):
        return {}
    group = group_of(policy, institution)
    peers = [one for one in await institutions_in(session, institution.region) if group_of(policy, one) == group]
    policies = dict.fromkeys((one.institution_code for one in peers), policy)
    return (await peers_of(session, peers, policies, period_of(year, known))).get(group, {})
