"""Statements of the registry and the periods that follow from them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.domain.effective import Period, Statement
from services.intake.domain.registry_fields import Key, Kind
from services.intake.storage.tables import registry_day
from services.kit.db import driver

_ADD = """
insert into registry_statement
    (statement_id, kind, object_code, source, stated_at, effective_from, effective_until, fields, recorded_at)
select statement_id, kind, object_code, source, stated_at, effective_from, effective_until, fields::jsonb, $9
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::date[], $7::date[], $8::text[])
    as said (statement_id, kind, object_code, source, stated_at, effective_from, effective_until, fields)
"""

_FORGET = """
delete from registry_period where (kind, object_code) in (select * from unnest($1::text[], $2::text[]))
"""

_WRITE = """
insert into registry_period (kind, object_code, effective_from, effective_until, fields, sources)
select kind, object_code, effective_from, effective_until, fields::jsonb, sources::jsonb
from unnest($1::text[], $2::text[], $3::date[], $4::date[], $5::text[], $6::text[])
    as derived (kind, object_code, effective_from, effective_until, fields, sources)
"""

_STATEMENTS = """
select kind, object_code, statement_id, recorded_at, source, stated_at, effective_from, effective_until, fields::text
from registry_statement
where (kind, object_code) in (select * from unnest($1::text[], $2::text[])) order by stated_at, statement_id
"""

_PERIODS = """
select kind, object_code, effective_from, effective_until, fields::text, sources::text from registry_period
where (kind, object_code) in (select * from unnest($1::text[], $2::text[])) order by effective_from
"""

# For each object one descent of the index, whatever the planner believes of the table's size.
_HELD = """
select wanted.kind, wanted.object_code, effective_from, effective_until, fields::text
from unnest($1::text[], $2::text[]) as wanted (kind, object_code)
cross join lateral (
    select effective_from, effective_until, fields from registry_period as period
    where period.kind = wanted.kind and period.object_code = wanted.object_code order by effective_from offset 0
) as period
"""

_PAGE = """
select kind, object_code, effective_from, effective_until, fields::text, sources::text from registry_period
where kind = $1 and effective_from <= $2 and (effective_until is null or effective_until >= $2)
    and object_code > $3 and ($4::text is null or starts_with(object_code, $4))
    and ($5::text is null or fields ->> 'region' = $5)
    {condition}
order by object_code limit $6
"""

_REGISTERED_AT = "and kind = 'practitioner' and fields @> $7::jsonb"

_TURNING = """
select distinct kind, object_code from registry_period
where (effective_from > $1 and effective_from <= $2) or (effective_until >= $1 and effective_until < $2)
"""

_NO_SOURCES: Mapping[str, str] = {}

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class Recorded(NamedTuple):
    """A statement as it was recorded."""

    statement_id: UUID
    recorded_at: datetime
    statement: Statement


async def one_at_a_time(session: AsyncSession) -> None:
    """Let registry changes wait for each other, so that facts leave in the order in which entries were written."""
    await session.execute(sa.text("select pg_advisory_xact_lock(hashtext('intake.registry'))"))


def _text(value: object) -> str:
    return _encode(value).decode()


def _columns(keys: Iterable[Key]) -> tuple[list[str], list[str]]:
    wanted = list(keys)
    return [kind for kind, _ in wanted], [code for _, code in wanted]


async def statements_of(session: AsyncSession, keys: Collection[Key]) -> dict[Key, list[Recorded]]:
    """Return what was said about objects, in the order in which it was stated; the unknown are left out."""
    connection = await driver(session)
    found: dict[Key, list[Recorded]] = {}
    for row in await connection.fetch(_STATEMENTS, *_columns(keys)):
        said = Statement(row[4], row[5], row[6], row[7], _decode(row[8]))
        found.setdefault((row[0], row[1]), []).append(Recorded(row[2], row[3], said))
    return found


async def add(session: AsyncSession, said: Sequence[tuple[Key, UUID, Statement]], *, now: datetime) -> None:
    """Add statements."""
    connection = await driver(session)
    await connection.execute(
        _ADD,
        [identity for _, identity, _ in said],
        *_columns(key for key, _, _ in said),
        [one.source for _, _, one in said],
        [one.stated_at for _, _, one in said],
        [one.effective_from for _, _, one in said],
        [one.effective_until for _, _, one in said],
        [_text(one.fields) for _, _, one in said],
        now,
    )


async def write_periods(session: AsyncSession, derived: Mapping[Key, Sequence[Period]]) -> None:
    """Write the periods of objects in place of those they had."""
    connection = await driver(session)
    await connection.execute(_FORGET, *_columns(derived))
    rows = [(key, one) for key, periods in derived.items() for one in periods]
    await connection.execute(
        _WRITE,
        *_columns(key for key, _ in rows),
        [one.effective_from for _, one in rows],
        [one.effective_until for _, one in rows],
        [_text(one.fields) for _, one in rows],
        [_text(one.sources) for _, one in rows],
    )


def _period(row: asyncpg.Record) -> Period:
    return Period(row[2], row[3], _decode(row[4]), _decode(row[5]))


async def periods_of(session: AsyncSession, keys: Collection[Key]) -> dict[Key, list[Period]]:
    """Return the periods of objects, in order; the unknown are left out."""
    connection = await driver(session)
    found: dict[Key, list[Period]] = {}
    for row in await connection.fetch(_PERIODS, *_columns(keys)):
        found.setdefault((row[0], row[1]), []).append(_period(row))
    return found


async def held_of(session: AsyncSession, keys: Collection[Key]) -> dict[Key, list[Period]]:
    """Return the periods of objects without their sources: what every settlement asks for."""
    connection = await driver(session)
    found: dict[Key, list[Period]] = {}
    for row in await connection.fetch(_HELD, *_columns(keys)):
        found.setdefault((row[0], row[1]), []).append(Period(row[2], row[3], _decode(row[4]), _NO_SOURCES))
    return found


async def page(
    session: AsyncSession,
    kind: Kind,
    *,
    day: date,
    after: str | None,
    limit: int,
    beginning: str | None = None,
    region: str | None = None,
    registered_at: str | None = None,
) -> list[tuple[str, Period]]:
    """Return objects of a kind as they read on a day, in the order of their codes, after a code."""
    connection = await driver(session)
    arguments: list[Any] = [kind, day, after or "", beginning, region, limit]
    condition = ""
    if registered_at is not None:
        condition = _REGISTERED_AT
        arguments.append(_text({"registrations": [{"institution_code": registered_at}]}))
    rows = await connection.fetch(_PAGE.format(condition=condition), *arguments)
    return [(row[1], _period(row)) for row in rows]


async def holds_any(session: AsyncSession, kind: Kind) -> bool:
    """Tell whether the registry holds anything of a kind."""
    connection = await driver(session)
    return bool(await connection.fetchval("select exists (select from registry_period where kind = $1)", kind))


async def turn_day(session: AsyncSession, today: date) -> list[Key]:
    """Move the day through which changes were stated to today; return the objects that read differently since."""
    last = await session.scalar(sa.select(registry_day.c.day))
    if last is None:
        await session.execute(sa.insert(registry_day).values(day=today))
        return []
    if last >= today:
        return []
    await session.execute(sa.update(registry_day).values(day=today))
    connection = await driver(session)
    return [(row[0], row[1]) for row in await connection.fetch(_TURNING, last, today)]
