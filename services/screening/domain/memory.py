"""What a claim leaves for later ones, and what a batch of claims needs to know of earlier ones."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from services.screening.domain.claim import Claim, ClaimLine
from services.screening.domain.position import position
from services.screening.domain.prior import CodeSale, RememberedLine, Visit


class Remembering(Protocol):
    """Says what is kept of a claim."""

    @property
    def visit_settings(self) -> frozenset[str]:
        """Care settings whose visits some check asks for."""

    @property
    def remembers_sales(self) -> bool:
        """Whether a check asks for sold traceability codes."""

    def remembers(self, item_code: str) -> bool:
        """Whether some check asks for earlier lines of this item."""


class MemoryPlan(Remembering, Protocol):
    """The part of a plan that says which history can ever be asked for."""

    @property
    def asks(self) -> dict[str, frozenset[str]]:
        """Per item code of a claim, the item codes whose history its checks ask for."""

    @property
    def remembered_days(self) -> int:
        """How many days before a claim's first day a check can look."""

    @property
    def visit_days(self) -> int:
        """How many days before a claim's first day a check asks for visits."""

    @property
    def checks_practitioners(self) -> bool:
        """Whether a check asks for measures against practitioners."""

    @property
    def reads_lists(self) -> bool:
        """Whether a check reads the settlement list filed for a claim."""

    @property
    def checks_deaths(self) -> bool:
        """Whether a check asks whether a person has died."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What one claim leaves; store it, and store nothing else for the checks' sake."""

    lines: tuple[RememberedLine, ...]
    visits: tuple[Visit, ...]
    sales: tuple[CodeSale, ...]


@dataclass(frozen=True, slots=True)
class HistoryNeeds:
    """What to read before a batch is screened; read more and nothing changes, read less and findings are missed."""

    lines: frozenset[tuple[str, str]]
    """(insured_ref, item_code) pairs. There is no upper bound in time: a claim may arrive after a later one."""
    since: datetime | None
    """Lines charged before this instant are not asked for; None when no lines are."""
    visits: frozenset[str]
    """Insured persons whose visits are asked for."""
    visits_since: datetime | None
    """Visits that ended before this instant are not asked for; None when no visits are."""
    traceability_codes: frozenset[str]
    practitioners: frozenset[str]
    lists: frozenset[UUID]
    """Claims whose settlement list is asked for."""
    persons: frozenset[str] = frozenset()
    """Insured persons whose death is asked for."""

    def of_lines(self, lines: frozenset[tuple[str, str]]) -> "HistoryNeeds":
        """The same with other lines."""
        return replace(self, lines=lines)

    def joined(self, other: "HistoryNeeds") -> "HistoryNeeds":
        """What both together ask for."""
        return HistoryNeeds(
            self.lines | other.lines,
            _earliest(self.since, other.since),
            self.visits | other.visits,
            _earliest(self.visits_since, other.visits_since),
            self.traceability_codes | other.traceability_codes,
            self.practitioners | other.practitioners,
            self.lists | other.lists,
            self.persons | other.persons,
        )


def _earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(one, other) if one and other else one or other


def traced(line: ClaimLine) -> bool:
    """Whether the line's traceability codes count: herbs (饮片) carry none that name a single pack."""
    return bool(line.traceability_codes) and line.item_kind != "herb"


def remember(plan: Remembering, claim: Claim) -> Remembered:
    """Pick from a claim what some check of the plan can ask for later."""
    placed = position(claim.institution.code, claim.settlement_id, claim.settled_at)
    lines = tuple(
        RememberedLine(
            claim.insured_ref,
            line.item_code,
            line.charged_at,
            line.quantity_e4,
            line.amount_fen,
            claim.settlement_ref,
            claim.institution.code,
            line.number,
            placed,
        )
        for line in claim.lines
        if plan.remembers(line.item_code)
    )
    visits: tuple[Visit, ...] = ()
    if claim.care_setting in plan.visit_settings:
        visits = (
            Visit(
                claim.insured_ref,
                claim.settlement_ref,
                claim.institution.code,
                claim.care_setting,
                claim.medical_type,
                claim.diagnosis_codes[0] if claim.diagnosis_codes else None,
                claim.started_at,
                claim.ended_at,
                claim.total_fen,
                placed,
            ),
        )
    sales: tuple[CodeSale, ...] = ()
    if plan.remembers_sales:
        sales = tuple(
            CodeSale(
                code,
                claim.insured_ref,
                claim.settlement_ref,
                claim.institution.code,
                line.number,
                line.charged_at,
                line.split_pack,
                line.quantity_e4 < 0,
                placed,
            )
            for line in claim.lines
            if traced(line)
            for code in line.traceability_codes
        )
    return Remembered(lines, visits, sales)


def needs(plan: MemoryPlan, claims: Iterable[Claim]) -> HistoryNeeds:
    """Say what has to be read so that the batch can be screened with no further question."""
    lines: set[tuple[str, str]] = set()
    since: datetime | None = None
    visits: set[str] = set()
    visited: datetime | None = None
    codes: set[str] = set()
    practitioners: set[str] = set()
    settlements: set[UUID] = set()
    persons: set[str] = set()
    asks = plan.asks
    for claim in claims:
        asked = False
        settlements.add(claim.settlement_ref)
        person = claim.insured_ref
        persons.add(person)
        attending = claim.practitioner_code
        if attending is not None:
            practitioners.add(attending)
        if claim.care_setting in plan.visit_settings:
            visits.add(person)
            if visited is None or claim.started_at < visited:
                visited = claim.started_at
        earliest = claim.started_at
        for line in claim.lines:
            wanted = asks.get(line.item_code)
            if wanted is not None:
                asked = True
                lines.update([(person, code) for code in wanted])
                earliest = min(earliest, line.charged_at)
            if line.traceability_codes and line.item_kind != "herb":
                codes.update(line.traceability_codes)
            if line.practitioner_code is not None:
                practitioners.add(line.practitioner_code)
        if asked and (since is None or earliest < since):
            since = earliest
    return HistoryNeeds(
        lines=frozenset(lines),
        # one day more, because windows are whole business days and the first instant may fall late in its day
        since=None if since is None else since - timedelta(days=plan.remembered_days + 1),
        visits=frozenset(visits),
        visits_since=None if visited is None else visited - timedelta(days=plan.visit_days + 1),
        traceability_codes=frozenset(codes) if plan.remembers_sales else frozenset(),
        practitioners=frozenset(practitioners) if plan.checks_practitioners else frozenset(),
        lists=frozenset(settlements) if plan.reads_lists else frozenset(),
        persons=frozenset(persons) if plan.checks_deaths else frozenset(),
    )
