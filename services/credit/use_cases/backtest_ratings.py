"""Back-test a rating policy over a past year before it is adopted: who would score and be graded differently."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.errors import NoPolicyInForceError
from services.credit.domain.rating import Benchmark, Rated, rate
from services.credit.domain.rating_policy import RatingPolicy, RatingPolicyBook
from services.credit.domain.rating_procedure import reason_not_rated
from services.credit.domain.region import reach
from services.credit.storage import annual_ratings, rating_evidence, register
from services.credit.storage.register import RegisteredInstitution
from services.credit.use_cases.guard_reading import must_be_in_region
from services.credit.use_cases.rating_inputs import (
    CHUNK,
    PeerGroup,
    agreement_of,
    group_of,
    institutions_in,
    peers_of,
    period_of,
    policy_of,
)
from services.credit.use_cases.rating_refusal import must_be_agency, no_rating_policy, region_too_large
from services.kit.db import Database
from services.kit.principal import Principal

MOST_AT_ONCE = 500
"""Institutions of one back-test at once; it holds one transaction and everything in memory, a job holds a chunk."""


@dataclass(frozen=True, slots=True)
class TestedInstitution:
    """What one institution would get under either policy."""

    institution_code: str
    policy_version: str
    """The policy in force."""
    score_e2: int
    grade: str
    tested_score_e2: int
    tested_grade: str

    @property
    def change_e2(self) -> int:
        """Change of the score as it stands, times 100; scales of different length make it incomparable."""
        return self.tested_score_e2 - self.score_e2


@dataclass(frozen=True, slots=True)
class Backtest:
    """The outcome for a region."""

    policy: RatingPolicy
    year: int
    institutions: tuple[TestedInstitution, ...]
    """By code; those who would not be rated are left out."""

    def moves(self) -> dict[tuple[str, str], int]:
        """Count institutions by their grade now and their grade under the tested policy."""
        return dict(sorted(Counter((one.grade, one.tested_grade) for one in self.institutions).items()))


Scheme = tuple[Mapping[str, RatingPolicy], Mapping[PeerGroup, Mapping[str, Benchmark]]]
"""Policy by institution, and the benchmarks of the groups under them."""


class BacktestRatings:
    """Rates a whole region twice from today's ledgers; nothing is stored."""

    def __init__(self, database: Database, book: RatingPolicyBook) -> None:
        self._database = database
        self._book = book

    async def __call__(self, officer: Principal, *, year: int, region: str, policy_version: str) -> Backtest:
        """Compare a policy with those in force.

        Raises Forbidden, and Conflict for a version not installed or a region of more than MOST_AT_ONCE institutions.
        """
        must_be_agency(officer)
        must_be_in_region(officer, region)
        period, prefix = period_of(year), reach(region)
        async with self._database.reading() as session:
            if await register.count_institutions(session, prefix) > MOST_AT_ONCE:
                raise region_too_large(MOST_AT_ONCE)
            institutions = await institutions_in(session, prefix)
            try:
                tested = self._book.version(policy_version)
                in_force = {one.institution_code: policy_of(self._book, one, year) for one in institutions}
            except NoPolicyInForceError:
                raise no_rating_policy() from None
            candidate = dict.fromkeys(in_force, tested)
            schemes: Sequence[Scheme] = [
                (policies, await peers_of(session, institutions, policies, period))
                for policies in (in_force, candidate)
            ]
            found: list[TestedInstitution] = []
            for start in range(0, len(institutions), CHUNK):
                found.extend(await compare(session, institutions[start : start + CHUNK], schemes, year))
        return Backtest(tested, year, tuple(found))


async def compare(
    session: AsyncSession, chunk: Sequence[RegisteredInstitution], schemes: Sequence[Scheme], year: int
) -> list[TestedInstitution]:
    """Rate some institutions under both schemes, the one in force first; those not rated are left out."""
    codes = [one.institution_code for one in chunk]
    gathered = await rating_evidence.gather(session, codes, period_of(year))
    before = await annual_ratings.final_grades(session, codes, year)
    found = []
    for one in chunk:
        code, inputs = one.institution_code, gathered[one.institution_code]
        if any(reason_not_rated(agreement_of(one), year, scheme[0][code].procedure) for scheme in schemes):
            continue
        now, then = (_rated(one, scheme, inputs, before[code].get(year - 1)) for scheme in schemes)
        found.append(TestedInstitution(code, now.policy_version, now.score_e2, now.grade, then.score_e2, then.grade))
    return found


def _rated(
    institution: RegisteredInstitution, scheme: Scheme, inputs: rating_evidence.Gathered, grade_before: str | None
) -> Rated:
    policies, benchmarks = scheme
    policy = policies[institution.institution_code]
    return rate(
        policy,
        inputs.evidence,
        inputs.settlements,
        benchmarks=benchmarks.get(group_of(policy, institution), {}),
        grade_before=grade_before,
    )
