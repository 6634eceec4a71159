"""What a year holds for and against institutions, gathered from every ledger as it was known at an instant."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.calendar import business_date
from services.credit.domain.rating import Evidence
from services.credit.storage.tables import (
    entry_finding,
    finding,
    points_entry,
    rating_record,
    rating_repair,
    rating_volume,
    sanction,
    sanction_annulment,
    score_entry,
)

_FALLEN = ("finding_overturned", "finding_withdrawn")


@dataclass(frozen=True, slots=True)
class Period:
    """The rated year as instants, and what of it was known when."""

    year: int
    start: datetime
    end: datetime
    """First instant after the year."""
    known: datetime | None
    """None for all that has arrived, even when another clock runs ahead of ours."""

    def recorded(self, column: sa.ColumnElement[Any]) -> tuple[sa.ColumnElement[bool], ...]:
        """Return the condition that something was known by its instant, none when everything counts."""
        return () if self.known is None else (column <= self.known,)


@dataclass(slots=True)
class Gathered:
    """Inputs of one institution."""

    settlements: int = 0
    evidence: list[Evidence] = field(default_factory=list)


async def gather(session: AsyncSession, codes: Collection[str], period: Period) -> dict[str, Gathered]:
    """Return the inputs of each institution; one without any has none.

    The counter of settlements is kept by month, so of the month of ``known`` it holds all that has been counted.
    """
    gathered = {code: Gathered() for code in codes}
    if not codes:
        return gathered
    ordered = sorted(codes)
    for query, read in (
        (_findings(ordered, period), _read_finding),
        (_sanctions(ordered, period), _read_sanction),
        (_points(ordered, period), _read_points),
        (_tips(ordered, period), _read_tip),
        (_records(ordered, period), _read_record),
        (_repairs(ordered, period), _read_repair),
    ):
        for row in await session.execute(query):
            gathered[row.institution_code].evidence.append(read(row))
    volumes = await session.execute(
        sa.select(rating_volume.c.institution_code, sa.func.sum(rating_volume.c.settlements).label("settlements"))
        .where(
            rating_volume.c.institution_code.in_(ordered),
            rating_volume.c.month >= date(period.year, 1, 1),
            rating_volume.c.month <= _last_day(period),
        )
        .group_by(rating_volume.c.institution_code)
    )
    for row in volumes:
        gathered[row.institution_code].settlements = int(row.settlements)
    for one in gathered.values():
        one.evidence.sort(key=lambda item: (item.on, item.evidence_id, item.metric))
    return gathered


async def count_settlements(session: AsyncSession, counts: Sequence[tuple[str, date, int]]) -> None:
    """Add screened settlements to the counters, each an institution, a first day of a month and a number."""
    if not counts:
        return
    insert = postgresql.insert(rating_volume)
    await session.execute(
        insert.on_conflict_do_update(
            index_elements=["institution_code", "month"],
            set_={"settlements": rating_volume.c.settlements + insert.excluded.settlements},
        ),
        [{"institution_code": code, "month": month, "settlements": number} for code, month, number in sorted(counts)],
    )


async def last_violation(session: AsyncSession, code: str) -> date | None:
    """Return the day of an institution's last violation that stands: confirmed finding or sanction."""
    confirmed = await session.scalar(
        sa.select(sa.func.max(finding.c.confirmed_at)).where(
            finding.c.institution_code == code, finding.c.confirmed_at.is_not(None), finding.c.ended_at.is_(None)
        )
    )
    decided: date | None = await session.scalar(
        sa.select(sa.func.max(sanction.c.decided_on)).where(
            sanction.c.institution_code == code, ~_sanction_fallen(None)
        )
    )
    days = [day for day in (decided, None if confirmed is None else business_date(confirmed)) if day is not None]
    return max(days, default=None)


def _last_day(period: Period) -> date:
    last = date(period.year, 12, 31)
    return last if period.known is None else min(business_date(period.known), last)


def _findings(codes: Sequence[str], period: Period) -> sa.Select[Any]:
    """Confirmed findings that stood; those of one decision, or else of one settlement, are one case."""
    decision = (
        sa.select(sa.func.min(sanction.c.deciding_authority + " " + sanction.c.document_number))
        .join(points_entry, points_entry.c.sanction_id == sanction.c.sanction_id)
        .join(entry_finding, entry_finding.c.entry_id == points_entry.c.entry_id)
        .where(entry_finding.c.finding_id == finding.c.finding_id, *period.recorded(points_entry.c.recorded_at))
        .scalar_subquery()
    )
    stood: sa.ColumnElement[bool] = finding.c.ended_at.is_(None)
    if period.known is not None:
        stood = sa.or_(stood, finding.c.ended_at > period.known)
    return sa.select(
        finding.c.institution_code,
        finding.c.finding_id,
        finding.c.severity,
        finding.c.amount_fen,
        finding.c.confirmed_at,
        sa.func.coalesce(
            decision, sa.cast(finding.c.settlement_ref, sa.Text), sa.cast(finding.c.finding_id, sa.Text)
        ).label("case_key"),
    ).where(
        finding.c.institution_code.in_(codes),
        finding.c.confirmed_at >= period.start,
        finding.c.confirmed_at < period.end,
        # Said again for the index of findings that stand.
        finding.c.confirmed_at.is_not(None),
        stood,
        *period.recorded(finding.c.confirmed_at),
    )


def _read_finding(row: sa.Row[Any]) -> Evidence:
    day = business_date(row.confirmed_at)
    return Evidence(str(row.finding_id), f"finding:{row.severity}", row.amount_fen, row.case_key, day)


def _sanction_fallen(known: datetime | None) -> sa.ColumnElement[bool]:
    """Hold a sanction for fallen when it was annulled, or when every violation it scored lost all its findings."""
    counter, original = points_entry.alias("counter"), points_entry.alias("original")
    countered = sa.exists().where(
        counter.c.counters_entry_id == original.c.entry_id,
        counter.c.cause_kind.in_(_FALLEN),
        *(() if known is None else (counter.c.recorded_at <= known,)),
    )
    of_sanction = sa.and_(
        original.c.sanction_id == sanction.c.sanction_id,
        original.c.counters_entry_id.is_(None),
        original.c.repairs_entry_id.is_(None),
    )
    annulled = sa.exists().where(
        sanction_annulment.c.sanction_id == sanction.c.sanction_id,
        *(() if known is None else (sanction_annulment.c.recorded_at <= known,)),
    )
    groundless = sa.and_(sa.exists().where(of_sanction), ~sa.exists().where(of_sanction, ~countered))
    return sa.or_(annulled, groundless)


def _sanctions(codes: Sequence[str], period: Period) -> sa.Select[Any]:
    return sa.select(
        sanction.c.institution_code,
        sanction.c.sanction_id,
        sanction.c.kind,
        sanction.c.deciding_authority,
        sanction.c.document_number,
        sanction.c.decided_on,
    ).where(
        sanction.c.institution_code.in_(codes),
        sa.extract("year", sanction.c.decided_on) == period.year,
        *period.recorded(sanction.c.recorded_at),
        ~_sanction_fallen(period.known),
    )


def _read_sanction(row: sa.Row[Any]) -> Evidence:
    # One document is one case, even when it was entered as several decisions.
    case = f"{row.deciding_authority} {row.document_number}"
    return Evidence(str(row.sanction_id), f"sanction:{row.kind}", 1, case, row.decided_on)


def _points(codes: Sequence[str], period: Period) -> sa.Select[Any]:
    """Points of staff, each entry with what repairs and counter-entries took back of it."""
    later = points_entry.alias("later")
    taken_back = (
        sa.select(sa.func.coalesce(sa.func.sum(later.c.points), 0))
        .where(
            sa.or_(
                # The counter-entry of a repair names the same repaired entry, so that both cancel out.
                later.c.repairs_entry_id == points_entry.c.entry_id,
                sa.and_(later.c.counters_entry_id == points_entry.c.entry_id, later.c.repairs_entry_id.is_(None)),
            ),
            *period.recorded(later.c.recorded_at),
            later.c.practitioner_code == points_entry.c.practitioner_code,
        )
        .scalar_subquery()
    )
    rest = points_entry.c.points + taken_back
    return sa.select(
        points_entry.c.institution_code, points_entry.c.entry_id, points_entry.c.decided_on, rest.label("points")
    ).where(
        points_entry.c.institution_code.in_(codes),
        points_entry.c.counters_entry_id.is_(None),
        points_entry.c.repairs_entry_id.is_(None),
        sa.extract("year", points_entry.c.decided_on) == period.year,
        *period.recorded(points_entry.c.recorded_at),
        rest > 0,
    )


def _read_points(row: sa.Row[Any]) -> Evidence:
    return Evidence(str(row.entry_id), "staff_points", int(row.points), str(row.entry_id), row.decided_on)


def _tips(codes: Sequence[str], period: Period) -> sa.Select[Any]:
    return sa.select(
        score_entry.c.institution_code, score_entry.c.cause_id, score_entry.c.amount_fen, score_entry.c.occurred_at
    ).where(
        score_entry.c.institution_code.in_(codes),
        score_entry.c.cause == "tip_substantiated",
        score_entry.c.year == period.year,
        *period.recorded(score_entry.c.recorded_at),
    )


def _read_tip(row: sa.Row[Any]) -> Evidence:
    case = str(row.cause_id)
    return Evidence(case, "tip", row.amount_fen, case, business_date(row.occurred_at))


def _records(codes: Sequence[str], period: Period) -> sa.Select[Any]:
    withdrawal = rating_record.alias("withdrawal")
    withdrawn = sa.exists().where(
        withdrawal.c.withdraws_record_id == rating_record.c.record_id, *period.recorded(withdrawal.c.recorded_at)
    )
    return sa.select(rating_record).where(
        rating_record.c.institution_code.in_(codes),
        rating_record.c.withdraws_record_id.is_(None),
        sa.extract("year", rating_record.c.occurred_on) == period.year,
        *period.recorded(rating_record.c.recorded_at),
        ~withdrawn,
    )


def _read_record(row: sa.Row[Any]) -> Evidence:
    return Evidence(str(row.record_id), row.metric, row.quantity, row.case_key, row.occurred_on)


def _repairs(codes: Sequence[str], period: Period) -> sa.Select[Any]:
    return sa.select(rating_repair).where(
        rating_repair.c.institution_code.in_(codes),
        rating_repair.c.act == "granted",
        rating_repair.c.counts_in == period.year,
        *period.recorded(rating_repair.c.acted_at),
    )


def _read_repair(row: sa.Row[Any]) -> Evidence:
    key = str(row.repair_id)
    return Evidence(key, "repair", 1, key, business_date(row.acted_at))
