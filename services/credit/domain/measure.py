"""Measures against payment eligibility (医保支付资格): what suspension and termination follow from a points ledger."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from uuid import UUID

from services.credit.domain.calendar import MONTHS_A_YEAR, add_months
from services.credit.domain.ledger import PointsEntry, standing_entries
from services.credit.domain.policy import AtOnceWithin, PointsPolicy, PolicyBook
from services.credit.domain.term_change import TermChange, TermChangeKind


class MeasureKind(StrEnum):
    """What happens to the eligibility."""

    SUSPENSION = "suspension"
    """暂停."""
    TERMINATION = "termination"
    """终止."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One suspension or termination, with its ground."""

    kind: MeasureKind
    sanction_id: UUID
    """The sanction whose points reached the threshold."""
    year: int
    points: int
    """Points of the year after that sanction."""
    effective_from: datetime
    effective_until: datetime
    """Suspension: first eligible instant. Termination: first instant at which a new registration is possible."""
    policy_version: str
    registered_again_at: datetime | None = None
    """Termination: the instant of the new registration after the ban."""

    @property
    def ground(self) -> tuple[object, ...]:
        """What makes it this measure and no other, whatever becomes of its end."""
        return (self.kind, self.sanction_id, self.year, self.points, self.effective_from, self.policy_version)

    @property
    def ends_at(self) -> datetime | None:
        """First instant at which it keeps nobody from fund-paid services any longer; None while that is open."""
        return self.effective_until if self.kind is MeasureKind.SUSPENSION else self.registered_again_at

    def in_force(self, at: datetime) -> bool:
        """Tell whether the measure keeps the person from fund-paid services at an instant.

        A termination does not end by itself: after the ban it takes a new commitment and a new registration
        (医保办发〔2024〕34号 Art. 39).
        """
        return self.effective_from <= at and (self.ends_at is None or at < self.ends_at)


@dataclass(frozen=True, slots=True)
class StatedMeasure:
    """A measure that others have been told of, under the id they know it by."""

    measure_id: UUID
    practitioner_code: str
    measure: Measure


def measures(entries: Sequence[PointsEntry], book: PolicyBook, changes: Sequence[TermChange] = ()) -> list[Measure]:
    """Fold a practitioner's ledger into the measures that follow from it, in the ledger's order.

    Each sanction is judged by the points of its year up to and including it, repairs before it taken off, and by the
    policy its entries name. A repair undoes no measure. Countered entries count as if they had never been, so what
    they caused falls from its beginning. ``changes`` are shortened terms and new registrations. Raises
    NoPolicyInForceError when the ledger names a version that is not installed.
    """
    totals: dict[int, int] = {}
    found: list[Measure] = []
    for (_, repair), group in groupby(standing_entries(entries), key=_decision):
        scored = list(group)
        last = scored[-1]
        before = totals.get(last.year, 0)
        totals[last.year] = before + sum(entry.points for entry in scored)
        if repair:
            continue
        terminated = any(
            one.kind is MeasureKind.TERMINATION and one.year == last.year and one.in_force(last.recorded_at)
            for one in found
        )
        measure = _measure(scored, totals[last.year], book.version(last.policy_version).points, terminated=terminated)
        if measure is not None:
            found.append(_changed(measure, changes))
    return found


def _decision(entry: PointsEntry) -> tuple[UUID, bool]:
    return entry.sanction_id, entry.repairs_entry_id is not None


def _measure(scored: Sequence[PointsEntry], after: int, policy: PointsPolicy, *, terminated: bool) -> Measure | None:
    """Judge one sanction's entries by the points of the year after it."""
    if after >= policy.terminate_from:
        if _at_once(scored, policy):
            return _build(scored[-1], after, MeasureKind.TERMINATION, policy.ban_years_at_once * MONTHS_A_YEAR)
        if not terminated:
            return _build(scored[-1], after, MeasureKind.TERMINATION, policy.ban_years_accumulated * MONTHS_A_YEAR)
        return None  # already terminated by this year's points; further points do not start the ban again
    if after >= policy.suspend_from:
        return _build(scored[-1], after, MeasureKind.SUSPENSION, policy.months_by_points[after])
    return None


def _changed(measure: Measure, changes: Sequence[TermChange]) -> Measure:
    """Give a measure the end that repairs and a new registration brought it."""
    ends = [
        change.at
        for change in changes
        if change.kind is TermChangeKind.SHORTENED and change.sanction_id == measure.sanction_id
    ]
    until = min([measure.effective_until, *ends])
    registered = [change.at for change in changes if change.kind is TermChangeKind.REGISTERED and change.at >= until]
    again = min(registered, default=None) if measure.kind is MeasureKind.TERMINATION else None
    return replace(measure, effective_until=until, registered_again_at=again)


def _at_once(scored: Sequence[PointsEntry], policy: PointsPolicy) -> bool:
    """Tell whether the threshold is reached in one go (一次性记满), whatever stood before."""
    if policy.at_once_within is AtOnceWithin.VIOLATION:
        return max(entry.points for entry in scored) >= policy.terminate_from
    return sum(entry.points for entry in scored) >= policy.terminate_from


def _build(entry: PointsEntry, points: int, kind: MeasureKind, months: int) -> Measure:
    return Measure(
        kind=kind,
        sanction_id=entry.sanction_id,
        year=entry.year,
        points=points,
        effective_from=entry.recorded_at,
        effective_until=add_months(entry.recorded_at, months),
        policy_version=entry.policy_version,
    )
