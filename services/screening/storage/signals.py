"""Signals, indicators and reported stock as stored."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.contracts.intake import StockMoved
from services.screening.domain.indicators import Standing
from services.screening.domain.pattern import Pattern
from services.screening.storage.signal_tables import (
    indicator,
    institution_month,
    item_month,
    signal,
    stock_movement,
    watched_month,
)

_ROWS_AT_ONCE = 2_000


class StoredSignal(NamedTuple):
    """One signal."""

    id: UUID
    month: date
    kind: str
    rule_code: str | None
    subject: str
    institution_code: str | None
    evidence: Mapping[str, Any]
    text_zh: str
    text_en: str
    raised_at: datetime


class Raised(NamedTuple):
    """A pattern that becomes a signal, with the rule it belongs to."""

    id: UUID
    pattern: Pattern
    rule_code: str | None


class Balance(NamedTuple):
    """What an institution had of an item: at the beginning of a month, and what came in during it; times 10,000."""

    institution_code: str
    item_code: str
    available_e4: int


async def keep_movements(session: AsyncSession, moved: Sequence[StockMoved]) -> None:
    """Keep what institutions report of their stock."""
    rows = [
        {
            "movement_ref": one.movement_ref,
            "institution_code": one.institution_code,
            "item_code": one.item_code,
            "kind": one.movement_kind,
            "quantity_e4": one.quantity_e4,
            "effect_e4": one.effect_e4,
            "moved_at": one.moved_at,
            "deletes": one.refers_to_ref if one.movement_kind == "delete" else None,
        }
        for one in moved
        if one.item_code is not None
    ]
    if rows:
        await session.execute(insert(stock_movement).on_conflict_do_nothing(), rows)


async def balances(session: AsyncSession, begin: datetime, end: datetime) -> list[Balance]:
    """Return per institution and item what it had when the month began and received until it ended.

    A count sets the balance; what was taken back counts for nothing.
    """
    column = stock_movement.c
    taken_back = sa.select(column.deletes).where(column.deletes.is_not(None))
    query = (
        sa.select(
            column.institution_code,
            column.item_code,
            column.kind,
            column.quantity_e4,
            column.effect_e4,
            column.moved_at,
        )
        .where(column.moved_at < end, column.kind != "delete", column.movement_ref.not_in(taken_back))
        .order_by(column.institution_code, column.item_code, column.moved_at, column.movement_ref)
    )
    found: dict[tuple[str, str], int] = {}
    rows = await session.stream(query)
    async for institution, item, kind, quantity, effect, at in rows:
        key = institution, item
        before = found.get(key, 0)
        if kind == "count":
            if at < begin or key not in found:
                found[key] = quantity
        elif at < begin or kind not in {"sale", "sale_return"}:
            found[key] = before + (effect or 0)
    return [Balance(institution, item, amount) for (institution, item), amount in found.items()]


async def watched_claims(session: AsyncSession, month: date) -> int | None:
    """Return how many claims of a month were watched, None when it was not yet."""
    return await session.scalar(sa.select(watched_month.c.claims).where(watched_month.c.month == month))


async def replace_month(
    session: AsyncSession,
    month: date,
    *,
    raised: Sequence[Raised],
    standings: Mapping[tuple[str, str], Standing],
    items: Mapping[tuple[str, str], int],
    totals: Mapping[tuple[str, str], int],
    claims: int,
    now: datetime,
) -> None:
    """Store what a month showed; a signal that was known keeps its id, one that no longer holds goes."""
    known = [f"{one.pattern.kind}|{one.pattern.subject}|{one.pattern.text_en}" for one in raised]
    key = signal.c.kind + "|" + signal.c.subject + "|" + signal.c.text_en
    await session.execute(sa.delete(signal).where(signal.c.month == month, key.not_in(known)))
    await _insert(
        session,
        insert(signal).on_conflict_do_nothing(),
        (
            {
                "id": one.id,
                "month": month,
                "kind": one.pattern.kind,
                "rule_code": one.rule_code,
                "subject": one.pattern.subject,
                "institution_code": one.pattern.institution_code,
                "evidence": {
                    "value": one.pattern.value,
                    "limit": one.pattern.limit,
                    "settlements": list(one.pattern.rows),
                },
                "text_zh": one.pattern.text_zh,
                "text_en": one.pattern.text_en,
                "raised_at": now,
            }
            for one in raised
        ),
    )
    await session.execute(sa.delete(indicator).where(indicator.c.month == month))
    await _insert(
        session,
        sa.insert(indicator),
        (
            {"month": month, "institution_code": code, "measure": measure, "standing": asdict(one)}
            for (code, measure), one in standings.items()
        ),
    )
    await session.execute(sa.delete(item_month).where(item_month.c.month == month))
    await _insert(
        session,
        sa.insert(item_month),
        (
            {"month": month, "institution_code": code, "item_code": item, "amount_fen": amount}
            for (code, item), amount in items.items()
        ),
    )
    await session.execute(sa.delete(institution_month).where(institution_month.c.month == month))
    await _insert(
        session,
        sa.insert(institution_month),
        (
            {"month": month, "institution_code": code, "measure": measure, "amount_fen": amount}
            for (code, measure), amount in totals.items()
        ),
    )
    statement = insert(watched_month).values(month=month, claims=claims, watched_at=now)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["month"],
            set_={"claims": statement.excluded.claims, "watched_at": statement.excluded.watched_at},
        )
    )


async def _insert(session: AsyncSession, statement: Any, rows: Iterable[Mapping[str, Any]]) -> None:
    batch: list[Mapping[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _ROWS_AT_ONCE:
            await session.execute(statement, batch)
            batch = []
    if batch:
        await session.execute(statement, batch)


async def items_of(session: AsyncSession, months: Sequence[date]) -> dict[tuple[str, str], int]:
    """Return the amounts of some months added up by institution and item."""
    column = item_month.c
    query = (
        sa.select(column.institution_code, column.item_code, sa.cast(sa.func.sum(column.amount_fen), sa.BigInteger))
        .where(column.month.in_(months))
        .group_by(column.institution_code, column.item_code)
    )
    return {(row[0], row[1]): row[2] for row in await session.execute(query)}


async def usual_of(session: AsyncSession, months: Sequence[date]) -> dict[tuple[str, str], int]:
    """Return averages of some months by institution and measure, of institutions that were there in all of them."""
    column = institution_month.c
    counted = sa.select(sa.func.count(column.month.distinct())).where(column.month.in_(months))
    there = await session.scalar(counted) or 0
    query = (
        sa.select(
            column.institution_code, column.measure, sa.cast(sa.func.sum(column.amount_fen) / there, sa.BigInteger)
        )
        .where(column.month.in_(months))
        .group_by(column.institution_code, column.measure)
        .having(sa.func.count() == there)
    )
    return {(row[0], row[1]): row[2] for row in await session.execute(query)} if there else {}


async def months_watched(session: AsyncSession, months: Sequence[date]) -> int:
    """Return how many of some months were watched."""
    query = sa.select(sa.func.count()).where(watched_month.c.month.in_(months))
    return await session.scalar(query) or 0


async def page(
    session: AsyncSession, *, institution: str | None, kind: str | None, before: UUID | None, limit: int
) -> list[StoredSignal]:
    """Return signals, newest first, from below ``before``."""
    query = sa.select(*(signal.c[name] for name in StoredSignal._fields)).order_by(signal.c.id.desc()).limit(limit)
    if institution is not None:
        query = query.where(signal.c.institution_code == institution)
    if kind is not None:
        query = query.where(signal.c.kind == kind)
    if before is not None:
        query = query.where(signal.c.id < before)
    return [StoredSignal(*row) for row in await session.execute(query)]


async def standings_of(session: AsyncSession, institution: str, month: date) -> dict[str, Mapping[str, Any]]:
    """Return an institution's indicators of a month by measure."""
    query = sa.select(indicator.c.measure, indicator.c.standing).where(
        indicator.c.institution_code == institution, indicator.c.month == month
    )
    return {row[0]: row[1] for row in await session.execute(query)}
