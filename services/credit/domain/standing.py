"""Standing of a practitioner at an instant: points of the year, status, and until when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.credit.domain.agreement import AgreementLink, linked_measures
from services.credit.domain.calendar import business_year
from services.credit.domain.ledger import PointsEntry, known_at, standing_entries, year_total
from services.credit.domain.measure import Measure, MeasureKind, measures
from services.credit.domain.policy import PolicyBook
from services.credit.domain.term_change import TermChange


class Status(StrEnum):
    """Registration status (登记备案状态): 正常, 暂停, 终止."""

    ELIGIBLE = "eligible"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Whether the fund pays for what a practitioner orders at an instant."""

    status: Status
    until: datetime | None
    """Suspended: first eligible instant. Terminated: first instant of a possible new registration. Else None."""
    measure: Measure | None
    """The measure that decides, the gravest and longest in force."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the ledger says of one practitioner at an instant."""

    practitioner_code: str
    at: datetime
    year: int
    points: int
    """Points of that calendar year recorded up to the instant."""
    eligibility: Eligibility
    entries: tuple[PointsEntry, ...]
    """All entries of the ledger as known, in order."""
    measures: tuple[Measure, ...]
    """All measures that follow from them, whether over, running or to come."""


def eligibility(found: Iterable[Measure], at: datetime) -> Eligibility:
    """Return the eligibility at an instant: several measures overlap, the gravest and then the longest decides."""
    running = [measure for measure in found if measure.in_force(at)]
    if not running:
        return Eligibility(Status.ELIGIBLE, None, None)
    gravest = max(running, key=lambda measure: (measure.kind is MeasureKind.TERMINATION, measure.effective_until))
    status = Status.TERMINATED if gravest.kind is MeasureKind.TERMINATION else Status.SUSPENDED
    return Eligibility(status, gravest.effective_until, gravest)


def standing(
    practitioner_code: str,
    entries: Sequence[PointsEntry],
    at: datetime,
    book: PolicyBook,
    changes: Sequence[TermChange] = (),
    links: Sequence[AgreementLink] = (),
    *,
    known: datetime | None = None,
) -> Standing:
    """Recompute the standing at ``at`` from the practitioner's ledger.

    ``known`` limits the ledger to what it held at that instant, so a past reading can be repeated; None reads it with
    today's knowledge, in which a countered entry has never counted. Raises NoPolicyInForceError.
    """
    ledger = known_at(entries, known)
    year = business_year(at)
    moved = [change for change in changes if known is None or change.recorded_at <= known]
    tied = [link for link in links if known is None or link.recorded_at <= known]
    found = [*measures(ledger, book, moved), *linked_measures(tied, moved)]
    counted = [entry for entry in standing_entries(ledger) if entry.recorded_at <= at]
    return Standing(
        practitioner_code=practitioner_code,
        at=at,
        year=year,
        points=year_total(counted, year),
        eligibility=eligibility(found, at),
        entries=tuple(ledger),
        measures=tuple(found),
    )
