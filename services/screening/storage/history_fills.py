"""Remembering from kept claims what only a newer rulebook asks for, and forgetting what nothing can ask for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.screening.domain.prior import RememberedLine, Visit
from services.screening.storage.rulebook_life_tables import history_fill

# Locked in the order of all other transactions that lock settlements: a reversal waits, or has come first.
_STANDING = """
select settlement_ref from settlement
where settlement_ref = any($1::uuid[]) and reversed_at is null
order by settlement_ref for share
"""

_LINES = """
insert into remembered_line (
    insured_ref, item_code, charged_at, quantity_e4, amount_fen, settlement_ref, institution_code, line_number, position
)
select * from unnest(
    $1::text[], $2::text[], $3::timestamptz[], $4::bigint[], $5::bigint[], $6::uuid[], $7::text[], $8::int[],
    $9::bigint[]
)
on conflict do nothing
"""

_VISITS = """
insert into visit (
    insured_ref, settlement_ref, institution_code, care_setting, medical_type, main_diagnosis, started_at, ended_at,
    total_fen, position
)
select * from unnest(
    $1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[],
    $9::bigint[], $10::bigint[]
)
on conflict do nothing
"""

_FORGET_LINES = """
delete from remembered_line where ctid = any(array(
    select ctid from remembered_line where charged_at < $1 limit $2
))
"""

_FORGET_UNASKED = """
delete from remembered_line where ctid = any(array(
    select ctid from remembered_line
    where charged_at < $1 and not exists (select from asked_item where asked_item.item_code = remembered_line.item_code)
    limit $2
))
"""

_FORGET_VISITS = """
delete from visit where ctid = any(array(
    select ctid from visit where ended_at < $1 or (ended_at < $2 and care_setting <> all($3::text[])) limit $4
))
"""

_FORGET_HELD = """
delete from held_finding where ctid = any(array(select ctid from held_finding where held_at < $1 limit $2))
"""


@dataclass(frozen=True, slots=True)
class StoredFill:
    """One fill and how far it has come."""

    version: str
    not_before: datetime
    since: datetime | None
    until: datetime | None
    done_until: datetime | None
    claims: int
    finished_at: datetime | None


_COLUMNS = [history_fill.c[name] for name in StoredFill.__slots__]


async def ask(session: AsyncSession, version: str, *, not_before: datetime, until: datetime) -> None:
    """Have history filled for a rulebook; asking again begins anew."""
    values = {
        "not_before": not_before,
        "until": until,
        "since": None,
        "done_until": None,
        "claims": 0,
        "finished_at": None,
        "leased_until": None,
    }
    await session.execute(
        insert(history_fill)
        .values(version=version, **values)
        .on_conflict_do_update(index_elements=["version"], set_=values)
    )


async def find(session: AsyncSession, version: str) -> StoredFill | None:
    """Return the fill of a rulebook, None when none was asked for."""
    row = (await session.execute(sa.select(*_COLUMNS).where(history_fill.c.version == version))).one_or_none()
    return StoredFill(*row) if row else None


async def under_way(session: AsyncSession) -> bool:
    """Tell whether some fill is not finished."""
    found = await session.scalar(sa.select(sa.literal(1)).where(history_fill.c.finished_at.is_(None)).limit(1))
    return found is not None


async def take(session: AsyncSession, *, now: datetime, until: datetime) -> StoredFill | None:
    """Lease the oldest fill that is due and that nobody is at."""
    column = history_fill.c
    query = (
        sa.select(*_COLUMNS)
        .where(column.finished_at.is_(None), column.not_before <= now)
        .where(sa.or_(column.leased_until.is_(None), column.leased_until < now))
        .order_by(column.not_before)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        return None
    await session.execute(sa.update(history_fill).where(column.version == row.version).values(leased_until=until))
    return StoredFill(*row)


async def save(session: AsyncSession, fill: StoredFill, *, leased_until: datetime | None) -> bool:
    """Store how far a fill has come; False when it was asked for anew meanwhile."""
    column = history_fill.c
    statement = (
        sa.update(history_fill)
        .where(column.version == fill.version, column.not_before == fill.not_before)
        .values(
            since=fill.since,
            done_until=fill.done_until,
            claims=fill.claims,
            finished_at=fill.finished_at,
            leased_until=leased_until,
        )
        .returning(column.version)
    )
    return await session.scalar(statement) is not None


async def lock_standing(connection: asyncpg.Connection, settlement_refs: Iterable[UUID]) -> set[UUID]:
    """Return those settlements that are not reversed, and keep them so for this transaction."""
    return {row[0] for row in await connection.fetch(_STANDING, list(settlement_refs))}


async def remember(connection: asyncpg.Connection, lines: Sequence[RememberedLine], visits: Sequence[Visit]) -> None:
    """Store what is not stored yet."""
    if lines:
        await connection.execute(_LINES, *(list(column) for column in zip(*lines, strict=True)))
    if visits:
        await connection.execute(_VISITS, *(list(column) for column in zip(*visits, strict=True)))


async def forget_lines(connection: asyncpg.Connection, before: datetime, *, limit: int) -> int:
    """Delete remembered lines charged before an instant; return how many."""
    return _number(await connection.execute(_FORGET_LINES, before, limit))


async def forget_unasked_lines(
    connection: asyncpg.Connection, before: datetime, asked: Iterable[str], *, limit: int
) -> int:
    """Delete remembered lines of items that nothing asks for any more, charged before an instant."""
    await connection.execute("create temporary table asked_item (item_code text primary key) on commit drop")
    await connection.copy_records_to_table("asked_item", records=[(code,) for code in asked], schema_name="pg_temp")
    return _number(await connection.execute(_FORGET_UNASKED, before, limit))


async def forget_visits(
    connection: asyncpg.Connection,
    before: datetime,
    unasked_before: datetime,
    care_settings: Iterable[str],
    *,
    limit: int,
) -> int:
    """Delete visits that ended before an instant, and of kinds that nothing asks for before another."""
    return _number(await connection.execute(_FORGET_VISITS, before, unasked_before, list(care_settings), limit))


async def forget_held(connection: asyncpg.Connection, before: datetime, *, limit: int) -> int:
    """Delete held findings that nobody has asked for since an instant."""
    return _number(await connection.execute(_FORGET_HELD, before, limit))


def _number(status: str) -> int:
    return int(status.rpartition(" ")[2])
