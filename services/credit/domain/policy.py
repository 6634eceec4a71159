"""Policy as data: bands, thresholds, deductions and tiers of one version, and the book of all versions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.credit.domain.errors import NoPolicyInForceError
from services.credit.domain.inspection_policy import InspectionPolicy
from services.credit.domain.insured_policy import InsuredPolicy
from services.credit.domain.procedure_policy import ProcedurePolicy, RepairPolicy
from services.credit.domain.rating_policy import RatingPolicyBook
from services.credit.domain.text import Text


class Severity(StrEnum):
    """How sure a finding is: 明确违规 or 可疑."""

    VIOLATION = "violation"
    SUSPICION = "suspicion"


class AtOnceWithin(StrEnum):
    """What "twelve points in one go" (一次性记满) is measured over."""

    VIOLATION = "violation"
    """A single violation scored with twelve points."""
    SANCTION = "sanction"
    """All violations of one decision together."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A situation that puts a violation into a band (记分情形)."""

    code: str
    band: int
    """Band from 1 (lowest) to 4."""
    text: Text
    article: str


class Authority(StrEnum):
    """Who decides: the one that sanctions the institution also determines the responsibility of persons."""

    AGENCY = "agency"
    """经办机构, for agreement sanctions (协议处理)."""
    DEPARTMENT = "department"
    """医疗保障行政部门, for administrative penalties (行政处罚)."""


@dataclass(frozen=True, slots=True)
class SanctionKind:
    """A kind of sanction against an institution, without which nobody is scored (医保发〔2024〕23号)."""

    code: str
    bands: frozenset[int]
    """Bands its violations may be put into, before mitigation or aggravation."""
    needs_findings: bool
    """Whether a violation under it must rest on confirmed findings."""
    decided_by: Authority
    """Who imposes it and therefore also determines who is responsible (医保办发〔2024〕34号 Art. 24)."""
    text: Text
    article: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a deduction table."""

    from_fen: int
    """Smallest amount of the step, in fen."""
    deduct_e2: int
    """Deduction, score times 100."""


@dataclass(frozen=True, slots=True)
class Tier:
    """One grade of institutions."""

    name: str
    from_e2: int
    """Lowest score of the grade, times 100."""
    text: Text


@dataclass(frozen=True, slots=True)
class PointsPolicy:
    """Rules for the points of practitioners."""

    bands: tuple[tuple[int, int], ...]
    """Lowest and highest points of each band, lowest band first."""
    degree_positions: Mapping[str, int]
    """Degree of responsibility to the place inside the band, from 0."""
    causes: Mapping[str, Cause]
    kinds: Mapping[str, SanctionKind]
    covered: Mapping[str, frozenset[str]]
    """Kind of institution to the categories of practitioners that are scored there."""
    suspend_from: int
    months_by_points: Mapping[int, int]
    """Points of the year to months of suspension, for every value from ``suspend_from`` up to termination."""
    terminate_from: int
    ban_years_accumulated: int
    ban_years_at_once: int
    at_once_within: AtOnceWithin
    procedure: ProcedurePolicy
    repair: RepairPolicy
    ban_years_agreement: int = 1
    """Years before a new registration when the agreement was terminated and the person was responsible (Art. 34)."""


@dataclass(frozen=True, slots=True)
class ScorePolicy:
    """Rules for the score of institutions; every figure is score times 100."""

    base_e2: int
    floor_e2: int
    finding_deductions: Mapping[Severity, tuple[Step, ...]]
    tip_deductions: tuple[Step, ...]
    tiers: tuple[Tier, ...]
    """Grades, best first."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of the rules."""

    version: str
    title: Text
    effective_from: date
    effective_until: date | None
    """First day on which it is no longer in force; None while open."""
    points: PointsPolicy
    score: ScorePolicy
    inspection: InspectionPolicy | None = None
    """None where the version orders no draws."""
    insured: InsuredPolicy | None = None
    """None where the version leaves insured persons out."""


class PolicyBook:
    """All installed versions: by day for new decisions, by version for decisions already made."""

    def __init__(self, policies: Iterable[Policy], ratings: RatingPolicyBook | None = None) -> None:
        self.ratings = ratings or RatingPolicyBook([])
        """Rules of the yearly rating, by region."""
        self._by_version = {policy.version: policy for policy in policies}
        self._by_start = sorted(self._by_version.values(), key=lambda policy: policy.effective_from, reverse=True)

    def on(self, day: date) -> Policy:
        """Return the policy in force on a business date, the one that started last; raises NoPolicyInForceError."""
        for policy in self._by_start:
            if policy.effective_from <= day and (policy.effective_until is None or day < policy.effective_until):
                return policy
        raise NoPolicyInForceError(f"no policy in force on {day}")

    def version(self, version: str) -> Policy:
        """Return an installed version; raises NoPolicyInForceError."""
        try:
            return self._by_version[version]
        except KeyError:
            raise NoPolicyInForceError(f"policy version {version} is not installed") from None

    def all(self) -> list[Policy]:
        """Return every installed version, the newest first."""
        return list(self._by_start)
