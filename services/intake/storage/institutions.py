"""Institutions of the registry."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.domain.registry import Institution
from services.intake.storage.tables import institution
from services.kit.db import driver

_COLUMNS = "code, kind, name, level, region, agreement_from, agreement_until, active"

_UPSERT = f"""
insert into institution ({_COLUMNS}, changed_at)
select *, $9::timestamptz from unnest(
    $1::text[], $2::text[], $3::text[], $4::smallint[], $5::text[], $6::date[], $7::date[], $8::boolean[])
on conflict (code) do update set
    kind = excluded.kind, name = excluded.name, level = excluded.level, region = excluded.region,
    agreement_from = excluded.agreement_from, agreement_until = excluded.agreement_until,
    active = excluded.active, changed_at = excluded.changed_at
"""


def _institution(row: asyncpg.Record) -> Institution:
    return Institution(*row)


async def find(session: AsyncSession, codes: Iterable[str]) -> dict[str, Institution]:
    """Return those of the institutions that are known, by code."""
    connection = await driver(session)
    rows = await connection.fetch(f"select {_COLUMNS} from institution where code = any($1::text[])", list(codes))
    return {row["code"]: _institution(row) for row in rows}


async def save(session: AsyncSession, institutions: Sequence[Institution], *, now: datetime) -> None:
    """Write institutions, each code once, over what is known of them."""
    connection = await driver(session)
    await connection.execute(
        _UPSERT,
        [one.code for one in institutions],
        [one.kind for one in institutions],
        [one.name for one in institutions],
        [one.level for one in institutions],
        [one.region for one in institutions],
        [one.agreement_from for one in institutions],
        [one.agreement_until for one in institutions],
        [one.active for one in institutions],
        now,
    )


async def page(
    session: AsyncSession, *, after: str | None, limit: int, kind: str | None, region: str | None
) -> list[Institution]:
    """Return institutions in the order of their codes, after a code."""
    query = sa.select(*institution.c[*(_COLUMNS.split(", "))]).order_by(institution.c.code).limit(limit)
    if after is not None:
        query = query.where(institution.c.code > after)
    if kind is not None:
        query = query.where(institution.c.kind == kind)
    if region is not None:
        query = query.where(institution.c.region == region)
    return [Institution(*row) for row in await session.execute(query)]
