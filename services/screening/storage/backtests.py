"""Back-tests as stored: asked for, taken up by one worker at a time, and their result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.clock import business_date
from services.screening.storage.backtest_tables import backtest

_OPEN = ("waiting", "running")


@dataclass(frozen=True, slots=True)
class StoredBacktest:
    """One back-test and how far it has come."""

    id: UUID
    version: str
    against: str
    period_from: datetime
    period_until: datetime
    purpose: str
    status: str
    requested_by: str
    requested_at: datetime
    finished_at: datetime | None
    claims_in_period: int | None
    done_until: datetime | None
    tally: Mapping[str, Any] | None
    problem: str | None

    @property
    def days(self) -> tuple[date, date]:
        """First and last business day of the period."""
        return business_date(self.period_from), business_date(self.period_until - timedelta(microseconds=1))


_COLUMNS = [column for column in backtest.c if column.name != "leased_until"]


async def add(session: AsyncSession, wanted: StoredBacktest) -> None:
    """Store one that was asked for."""
    await session.execute(sa.insert(backtest), [{name: getattr(wanted, name) for name in StoredBacktest.__slots__}])


async def find(session: AsyncSession, backtest_id: UUID) -> StoredBacktest | None:
    """Return one, None when there is none."""
    row = (await session.execute(sa.select(*_COLUMNS).where(backtest.c.id == backtest_id))).one_or_none()
    return StoredBacktest(*row) if row else None


async def of_version(session: AsyncSession, version: str) -> Sequence[StoredBacktest]:
    """Return those of a rulebook, newest first."""
    query = sa.select(*_COLUMNS).where(backtest.c.version == version).order_by(backtest.c.requested_at.desc())
    return [StoredBacktest(*row) for row in await session.execute(query)]


async def take(session: AsyncSession, *, now: datetime, until: datetime) -> StoredBacktest | None:
    """Lease the oldest one that nobody is at; None when there is none."""
    query = (
        sa.select(backtest.c.id)
        .where(backtest.c.status.in_(_OPEN))
        .where(sa.or_(backtest.c.leased_until.is_(None), backtest.c.leased_until < now))
        .order_by(backtest.c.requested_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    found = await session.scalar(query)
    if found is None:
        return None
    await session.execute(
        sa.update(backtest).where(backtest.c.id == found).values(status="running", leased_until=until)
    )
    return await find(session, found)


async def save_progress(
    session: AsyncSession,
    backtest_id: UUID,
    *,
    done_until: datetime,
    claims_in_period: int,
    tally: Mapping[str, Any],
    leased_until: datetime,
) -> bool:
    """Store how far it has come; False when it was stopped meanwhile."""
    statement = (
        sa.update(backtest)
        .where(backtest.c.id == backtest_id, backtest.c.status == "running")
        .values(done_until=done_until, claims_in_period=claims_in_period, tally=tally, leased_until=leased_until)
        .returning(backtest.c.id)
    )
    return await session.scalar(statement) is not None


async def renew(session: AsyncSession, backtest_id: UUID, *, until: datetime) -> None:
    """Keep the lease while nothing can be stored yet."""
    await session.execute(sa.update(backtest).where(backtest.c.id == backtest_id).values(leased_until=until))


async def release(session: AsyncSession, backtest_id: UUID) -> None:
    """Let another worker, or the next turn, go on at once."""
    await session.execute(sa.update(backtest).where(backtest.c.id == backtest_id).values(leased_until=None))


async def end(
    session: AsyncSession, backtest_id: UUID, status: str, *, now: datetime, problem: str | None = None
) -> bool:
    """End one that is open; False when it was over already."""
    statement = (
        sa.update(backtest)
        .where(backtest.c.id == backtest_id, backtest.c.status.in_(_OPEN))
        .values(status=status, finished_at=now, leased_until=None, problem=problem)
        .returning(backtest.c.id)
    )
    return await session.scalar(statement) is not None
