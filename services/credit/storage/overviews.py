"""What pages show of many entries at once: sums by day, cause and month, and what is due in a region."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.rating_procedure import RatingState
from services.credit.storage.tables import (
    annual_rating,
    institution,
    matter,
    rating_act,
    rating_override,
    rating_repair,
    score_entry,
)

MOST_DUE = 30
"""Deadlines of one page."""


@dataclass(frozen=True, slots=True)
class CauseSum:
    """Entries of one cause."""

    cause: str
    severity: str | None
    rule_code: str | None
    delta_e2: int
    entries: int


@dataclass(frozen=True, slots=True)
class Due:
    """Something that must happen, or ends, by a day."""

    due_on: date
    institution_code: str
    what: str
    """publicity, objection, repair, override or matter."""


def _day() -> sa.ColumnElement[date]:
    return sa.cast(sa.func.timezone("Asia/Shanghai", score_entry.c.recorded_at), sa.Date)


async def daily(session: AsyncSession, code: str, *, from_year: int) -> list[tuple[date, int]]:
    """Return what each day changed of its own year's score, times 100, oldest first."""
    day = _day()
    rows = await session.execute(
        sa.select(day.label("day"), sa.func.sum(score_entry.c.delta_e2).label("delta"))
        .where(
            score_entry.c.institution_code == code,
            score_entry.c.year >= from_year,
            sa.extract("year", day) == score_entry.c.year,
        )
        .group_by(day)
        .order_by(day)
    )
    return [(row.day, int(row.delta)) for row in rows]


async def causes(session: AsyncSession, code: str, year: int) -> list[CauseSum]:
    """Return the sums of a year's entries by what caused them, in a fixed order."""
    columns = (score_entry.c.cause, score_entry.c.severity, score_entry.c.rule_code)
    rows = await session.execute(
        sa.select(*columns, sa.func.sum(score_entry.c.delta_e2).label("delta_e2"), sa.func.count().label("entries"))
        .where(score_entry.c.institution_code == code, score_entry.c.year == year)
        .group_by(*columns)
        .order_by(*(column.asc().nulls_last() for column in columns))
    )
    return [CauseSum(row.cause, row.severity, row.rule_code, int(row.delta_e2), row.entries) for row in rows]


async def peer_deltas(session: AsyncSession, code: str, *, region: str, kind: str, level: int, year: int) -> list[int]:
    """Return the sums of a year's entries of the other active institutions of a region, kind and level."""
    total = sa.func.coalesce(sa.func.sum(score_entry.c.delta_e2), 0)
    rows = await session.scalars(
        sa.select(total)
        .select_from(
            institution.outerjoin(
                score_entry,
                sa.and_(score_entry.c.institution_code == institution.c.institution_code, score_entry.c.year == year),
            )
        )
        .where(
            institution.c.region == region,
            institution.c.kind == kind,
            institution.c.level == level,
            institution.c.active,
            institution.c.institution_code != code,
        )
        .group_by(institution.c.institution_code)
        .order_by(total)
    )
    return [int(one) for one in rows]


async def monthly(session: AsyncSession, region: str, *, since: date) -> dict[str, list[tuple[date, int]]]:
    """Return what each month changed of its own year's score, by institution of a region and first day of the month."""
    month = sa.cast(sa.func.date_trunc("month", sa.func.timezone("Asia/Shanghai", score_entry.c.recorded_at)), sa.Date)
    rows = await session.execute(
        sa.select(
            score_entry.c.institution_code, month.label("month"), sa.func.sum(score_entry.c.delta_e2).label("delta")
        )
        .join(institution, institution.c.institution_code == score_entry.c.institution_code)
        .where(
            institution.c.region.startswith(region, autoescape=True),
            score_entry.c.year >= since.year,
            sa.extract("year", month) == score_entry.c.year,
        )
        .group_by(score_entry.c.institution_code, month)
        .order_by(score_entry.c.institution_code, month)
    )
    found: dict[str, list[tuple[date, int]]] = {}
    for row in rows:
        found.setdefault(row.institution_code, []).append((row.month, int(row.delta)))
    return found


async def moved_since(session: AsyncSession, region: str, since: datetime) -> dict[str, int]:
    """Return what entries recorded since an instant changed, by institution of a region; counter-entries count."""
    rows = await session.execute(
        sa.select(score_entry.c.institution_code, sa.func.sum(score_entry.c.delta_e2).label("delta"))
        .join(institution, institution.c.institution_code == score_entry.c.institution_code)
        .where(institution.c.region.startswith(region, autoescape=True), score_entry.c.recorded_at >= since)
        .group_by(score_entry.c.institution_code)
    )
    return {row.institution_code: int(row.delta) for row in rows}


async def due(session: AsyncSession, region: str, *, today: date, until: date) -> list[Due]:
    """Return what is due or ends in a region by a day, the overdue too, soonest first."""
    last = (
        sa.select(rating_act.c.state, rating_act.c.due_on)
        .where(rating_act.c.rating_id == annual_rating.c.rating_id)
        .order_by(rating_act.c.number.desc())
        .limit(1)
        .lateral("last")
    )
    decided = rating_repair.alias("decided")
    approved, revoked = rating_override.alias("approved"), rating_override.alias("revoked")
    queries = (
        sa.select(last.c.due_on.label("due_on"), annual_rating.c.institution_code, last.c.state.label("what"))
        .select_from(annual_rating.join(last, sa.true()))
        .where(last.c.state.in_((RatingState.PUBLICITY.value, RatingState.OBJECTION.value)), last.c.due_on <= until),
        sa.select(rating_repair.c.due_on, rating_repair.c.institution_code, sa.literal("repair")).where(
            rating_repair.c.act == "applied",
            rating_repair.c.due_on <= until,
            ~sa.exists().where(decided.c.repair_id == rating_repair.c.repair_id, decided.c.act != "applied"),
        ),
        sa.select(rating_override.c.holds_until, rating_override.c.institution_code, sa.literal("override")).where(
            rating_override.c.act == "proposed",
            rating_override.c.holds_until.between(today, until),
            sa.exists().where(approved.c.override_id == rating_override.c.override_id, approved.c.act == "approved"),
            ~sa.exists().where(revoked.c.override_id == rating_override.c.override_id, revoked.c.act == "revoked"),
        ),
        sa.select(matter.c.due_on, matter.c.institution_code, sa.literal("matter")).where(
            matter.c.due_on <= until, matter.c.duty.is_not(None)
        ),
    )
    everything = sa.union_all(*queries).subquery()
    rows = await session.execute(
        sa.select(everything.c.due_on, everything.c.institution_code, everything.c.what)
        .join(institution, institution.c.institution_code == everything.c.institution_code)
        .where(institution.c.region.startswith(region, autoescape=True))
        .order_by(everything.c.due_on, everything.c.institution_code, everything.c.what)
        .limit(MOST_DUE)
    )
    return [Due(row.due_on, row.institution_code, row.what) for row in rows]


async def active_of(session: AsyncSession, region: str, *, limit: int) -> Collection[str]:
    """Return the codes of a region's active institutions, in order, not more than ``limit``."""
    rows = await session.scalars(
        sa.select(institution.c.institution_code)
        .where(institution.c.region.startswith(region, autoescape=True), institution.c.active)
        .order_by(institution.c.institution_code)
        .limit(limit)
    )
    return list(rows)
