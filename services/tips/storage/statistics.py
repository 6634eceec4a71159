"""Counts what a period holds, and keeps what was published of it; rows are only ever added."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.clock import BUSINESS_ZONE
from services.tips.domain.reward_claim import RewardState
from services.tips.domain.statistics import TOTAL, Answers, Counted, Measure, Paid, Period
from services.tips.domain.tip import Kind, Status
from services.tips.storage.tables import institutions, reward_repayments, rewards, statistics_publications, tips

_PUBLISHING_LOCK = 0x7469_7073_7374_6174

NO_REGION = "000000"
"""Stands for tips of which the place of the act was not known."""


async def last_day(session: AsyncSession) -> date | None:
    """Return the last day that is published, while nobody else publishes."""
    await session.execute(sa.select(sa.func.pg_advisory_xact_lock(_PUBLISHING_LOCK)))
    day: date | None = await session.scalar(sa.select(sa.func.max(statistics_publications.c.last_day)))
    return day


async def first_day(session: AsyncSession) -> date | None:
    """Return the day of the first tip."""
    day: date | None = await session.scalar(sa.select(sa.func.min(tips.c.received_on)))
    return day


async def store(session: AsyncSession, period: Period, document: Mapping[str, Any], *, now: datetime) -> None:
    """Publish a period."""
    values = {"first_day": period.first, "last_day": period.last, "published_at": now, "document": document}
    await session.execute(sa.insert(statistics_publications).values(values))


async def published(session: AsyncSession) -> Sequence[Mapping[str, Any]]:
    """Return everything that is published, the latest period first."""
    table = statistics_publications
    return list(await session.scalars(sa.select(table.c.document).order_by(table.c.first_day.desc())))


async def count(session: AsyncSession, period: Period) -> Counted:
    """Count what happened in a period by region (city) and kind."""
    city = _city(tips.c.region)
    counts: dict[tuple[Measure, str, Kind], int] = {}
    for measure, condition in _conditions(period).items():
        query = sa.select(city, tips.c.kind, sa.func.count()).where(condition).group_by(city, tips.c.kind)
        if measure is Measure.PAID:
            query = query.join_from(tips, rewards, rewards.c.tip_id == tips.c.id)
        for region, kind, number in await session.execute(query):
            counts[measure, region, Kind(kind)] = number
    registered = await session.scalars(sa.select(_city(institutions.c.region)).distinct())
    regions = {*registered, *(region for _, region, _ in counts)}
    return Counted(
        sorted(regions),
        counts,
        await _paid(session, period),
        await _answers(session, period),
        await _repaid(session, period),
    )


async def note_deducted(session: AsyncSession, regions: Collection[str], period: Period) -> None:
    """Note that a period deducts what was paid back in some regions, so that no later one does."""
    of = sa.select(tips.c.id).where(_city(tips.c.region).in_(regions))
    statement = sa.update(reward_repayments).where(_waiting(period), reward_repayments.c.tip_id.in_(of))
    await session.execute(statement.values(deducted_in=period.first))


async def _paid(session: AsyncSession, period: Period) -> dict[str, Paid]:
    city = _city(tips.c.region)
    query = (
        sa.select(city, sa.func.sum(rewards.c.paid_fen), sa.func.max(rewards.c.paid_fen))
        .join_from(rewards, tips, rewards.c.tip_id == tips.c.id)
        .where(_paid_in(period))
        .group_by(city)
    )
    return {region: Paid(int(amount), int(largest)) for region, amount, largest in await session.execute(query)}


async def _repaid(session: AsyncSession, period: Period) -> dict[str, Paid]:
    city, amount = _city(tips.c.region), reward_repayments.c.amount_fen
    query = (
        sa.select(city, sa.func.sum(amount), sa.func.max(amount))
        .join_from(reward_repayments, tips, reward_repayments.c.tip_id == tips.c.id)
        .where(_waiting(period))
        .group_by(city)
    )
    return {region: Paid(int(together), int(largest)) for region, together, largest in await session.execute(query)}


def _waiting(period: Period) -> sa.ColumnElement[bool]:
    """What was paid back up to the end of a period and is deducted in none yet."""
    return sa.and_(reward_repayments.c.deducted_in.is_(None), _day(reward_repayments.c.noted_at) <= period.last)


async def _answers(session: AsyncSession, period: Period) -> dict[str, Answers]:
    days = _day(tips.c.decided_at) - tips.c.received_on
    city = _city(tips.c.region)
    found: dict[str, Answers] = {}
    for place in (city, sa.literal(TOTAL)):
        query = sa.select(
            place.label("place"),
            sa.func.count(),
            sa.func.percentile_cont(0.5).within_group(days),
            sa.func.percentile_cont(0.95).within_group(days),
        ).where(tips.c.decided_at.is_not(None), _day(tips.c.decided_at).between(period.first, period.last))
        for name, number, median, tail in await session.execute(query.group_by(sa.text("place"))):
            found[name] = Answers(number, float(median), float(tail))
    return found


def _conditions(period: Period) -> dict[Measure, sa.ColumnElement[bool]]:
    true = sa.or_(tips.c.status == Status.SUBSTANTIATED, tips.c.outcome == Status.SUBSTANTIATED)
    return {
        Measure.RECEIVED: tips.c.received_on.between(period.first, period.last),
        Measure.ACCEPTED: _day(tips.c.accepted_at).between(period.first, period.last),
        Measure.SUBSTANTIATED: sa.and_(true, _day(tips.c.decided_at).between(period.first, period.last)),
        Measure.PAID: _paid_in(period),
    }


def _paid_in(period: Period) -> sa.ColumnElement[bool]:
    return sa.and_(rewards.c.state == RewardState.PAID, _day(rewards.c.paid_at).between(period.first, period.last))


def _day(instant: sa.ColumnElement[datetime]) -> sa.ColumnElement[date]:
    return sa.cast(sa.func.timezone(BUSINESS_ZONE.key, instant), sa.Date)


def _city(region: sa.ColumnElement[str | None]) -> sa.ColumnElement[str]:
    """Return the city of a region, four digits and two zeros; regions below it are too small to be told."""
    return sa.func.coalesce(sa.func.left(region, 4) + "00", NO_REGION)
