"""Inputs of ratings: the period as instants, the peers to compare with, and a calculation made from them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.calendar import BUSINESS_ZONE
from services.credit.domain.rating import Benchmark, Evidence, benchmarks_of, quantities_of, rate
from services.credit.domain.rating_policy import RatingPolicy, RatingPolicyBook
from services.credit.domain.rating_procedure import Agreement, period_end, reason_not_rated
from services.credit.storage import rating_evidence, register
from services.credit.storage.annual_ratings import Calculation
from services.credit.storage.rating_evidence import Gathered, Period
from services.credit.storage.register import RegisteredInstitution
from services.kit.ids import new_id

CHUNK = 200
"""Institutions of one query or transaction."""

PeerGroup = tuple[str, str, int]
"""Policy version, kind and level: those who are compared with each other."""

PeerNumbers = tuple[PeerGroup, int, Sequence[int]]
"""Group of an institution, its settlements and its quantities."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a calculation takes from before: which evidence is out, and the last final grade."""

    excluded: tuple[str, ...] = ()
    grade_before: str | None = None


def period_of(year: int, known: datetime | None = None) -> Period:
    """Return a calendar year (自然年度) of Asia/Shanghai as far as it was known at an instant, None for all."""
    first, after = date(year, 1, 1), period_end(year)
    return Period(
        year=year,
        start=datetime(first.year, 1, 1, tzinfo=BUSINESS_ZONE),
        end=datetime(after.year, 1, 1, tzinfo=BUSINESS_ZONE),
        known=known,
    )


def agreement_of(institution: RegisteredInstitution) -> Agreement:
    """Return what the registry says of an institution's agreement."""
    return Agreement(institution.active, institution.agreement_from, institution.agreement_until)


def policy_of(book: RatingPolicyBook, institution: RegisteredInstitution, year: int) -> RatingPolicy:
    """Return the policy that rates an institution's year, the one in force on its last day.

    Raises NoPolicyInForceError.
    """
    return book.on(institution.region, date(year, 12, 31))


def group_of(policy: RatingPolicy, institution: RegisteredInstitution) -> PeerGroup:
    """Return whom an institution is compared with."""
    return policy.version, institution.kind, institution.level


async def institutions_in(session: AsyncSession, region: str) -> list[RegisteredInstitution]:
    """Return every institution whose region has a prefix, by code."""
    found: list[RegisteredInstitution] = []
    while True:
        after = found[-1].institution_code if found else ""
        more = await register.list_institutions(session, after=after, limit=CHUNK, only=None, region=region)
        found.extend(more)
        if len(more) < CHUNK:
            return found


async def peers_of(
    session: AsyncSession,
    institutions: Sequence[RegisteredInstitution],
    policies: Mapping[str, RatingPolicy],
    period: Period,
) -> dict[PeerGroup, dict[str, Benchmark]]:
    """Find the benchmarks of every group among institutions that are rated; ``policies`` are by institution."""
    found: list[PeerNumbers] = []
    for start in range(0, len(institutions), CHUNK):
        numbers = await peer_numbers(session, institutions[start : start + CHUNK], policies, period)
        found.extend(numbers.values())
    return benchmarks_by_group({policy.version: policy for policy in policies.values()}, found)


async def peer_numbers(
    session: AsyncSession,
    institutions: Sequence[RegisteredInstitution],
    policies: Mapping[str, RatingPolicy],
    period: Period,
) -> dict[str, PeerNumbers]:
    """Read what those institutions that are rated are compared by, by institution; a chunk at a time."""
    compared = [
        one
        for one in institutions
        if any(indicator.compared for indicator in policies[one.institution_code].indicators)
        and reason_not_rated(agreement_of(one), period.year, policies[one.institution_code].procedure) is None
    ]
    gathered = await rating_evidence.gather(session, [one.institution_code for one in compared], period)
    found: dict[str, PeerNumbers] = {}
    for one in compared:
        policy, inputs = policies[one.institution_code], gathered[one.institution_code]
        found[one.institution_code] = (
            group_of(policy, one),
            inputs.settlements,
            quantities_of(policy, inputs.evidence),
        )
    return found


def benchmarks_by_group(
    by_version: Mapping[str, RatingPolicy], numbers: Iterable[PeerNumbers]
) -> dict[PeerGroup, dict[str, Benchmark]]:
    """Find the benchmarks of every group from the numbers of its members."""
    grouped: dict[PeerGroup, list[tuple[int, Sequence[int]]]] = {}
    for group, settlements, quantities in numbers:
        grouped.setdefault(group, []).append((settlements, quantities))
    return {group: benchmarks_of(by_version[group[0]], found) for group, found in grouped.items()}


def without(evidence: Sequence[Evidence], excluded: Sequence[str]) -> tuple[Evidence, ...]:
    """Return evidence less what an upheld objection took out."""
    return tuple(one for one in evidence if one.evidence_id not in excluded)


def calculate(
    policy: RatingPolicy,
    rating_id: UUID,
    gathered: Gathered,
    benchmarks: Mapping[str, Benchmark],
    basis: Basis,
    *,
    now: datetime,
) -> Calculation:
    """Make a calculation that holds all it was made from."""
    evidence = without(gathered.evidence, basis.excluded)
    rated = rate(policy, evidence, gathered.settlements, benchmarks=benchmarks, grade_before=basis.grade_before)
    return Calculation(
        calculation_id=new_id(),
        rating_id=rating_id,
        policy_version=policy.version,
        score_e2=rated.score_e2,
        grade=rated.grade,
        grade_before=basis.grade_before,
        settlements=gathered.settlements,
        benchmarks=benchmarks,
        evidence=evidence,
        excluded=basis.excluded,
        computed_at=now,
    )


def says_the_same(one: Calculation, other: Calculation) -> bool:
    """Tell whether two calculations agree in all that a reader would see."""
    return (
        one.policy_version == other.policy_version
        and (one.score_e2, one.grade) == (other.score_e2, other.grade)
        and one.benchmarks == other.benchmarks
        and one.evidence == other.evidence
    )
