"""Practitioners of the registry, and the measures of credit that stand against them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.domain.registry import Measure, Practitioner
from services.intake.storage.tables import practitioner, practitioner_measure
from services.kit.db import driver

_COLUMNS = "code, category, name, institution_codes, active"

# A practitioner's institutions are an array, and arrays of arrays must be rectangular: the codes travel joined.
_UPSERT = """
insert into practitioner (code, category, name, institution_codes, active, changed_at)
select code, category, name, string_to_array(institutions, ','), active, $6::timestamptz
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[])
    as posted (code, category, name, institutions, active)
on conflict (code) do update set
    category = excluded.category, name = excluded.name, institution_codes = excluded.institution_codes,
    active = excluded.active, changed_at = excluded.changed_at
"""

_ADD_MEASURES = """
insert into practitioner_measure (measure_id, practitioner_code, kind, effective_from, effective_until)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[])
on conflict (measure_id) do nothing
"""

_END_MEASURES = """
update practitioner_measure as measure set ended_from = ended.effective_from
from unnest($1::uuid[], $2::timestamptz[]) as ended (measure_id, effective_from)
where measure.measure_id = ended.measure_id
"""


async def find(session: AsyncSession, codes: Iterable[str]) -> dict[str, Practitioner]:
    """Return those of the practitioners that are known, by code."""
    connection = await driver(session)
    rows = await connection.fetch(f"select {_COLUMNS} from practitioner where code = any($1::text[])", list(codes))
    return {
        row["code"]: Practitioner(
            row["code"], row["category"], row["name"], tuple(row["institution_codes"]), row["active"]
        )
        for row in rows
    }


async def save(session: AsyncSession, practitioners: Sequence[Practitioner], *, now: datetime) -> None:
    """Write practitioners, each code once, over what is known of them."""
    connection = await driver(session)
    await connection.execute(
        _UPSERT,
        [one.code for one in practitioners],
        [one.category for one in practitioners],
        [one.name for one in practitioners],
        [",".join(one.institution_codes) for one in practitioners],
        [one.active for one in practitioners],
        now,
    )


async def page(
    session: AsyncSession, *, after: str | None, limit: int, institution_code: str | None
) -> list[Practitioner]:
    """Return practitioners in the order of their codes, after a code; of one institution when it is given."""
    query = sa.select(*practitioner.c[*(_COLUMNS.split(", "))]).order_by(practitioner.c.code).limit(limit)
    if after is not None:
        query = query.where(practitioner.c.code > after)
    if institution_code is not None:
        query = query.where(practitioner.c.institution_codes.contains([institution_code]))
    rows = await session.execute(query)
    return [Practitioner(row.code, row.category, row.name, tuple(row.institution_codes), row.active) for row in rows]


async def measures_of(session: AsyncSession, codes: Sequence[str]) -> dict[str, list[Measure]]:
    """Return the measures against practitioners, by practitioner; those without any are left out."""
    if not codes:
        return {}
    table = practitioner_measure
    rows = await session.execute(sa.select(table).where(table.c.practitioner_code.in_(codes)))
    found: dict[str, list[Measure]] = {}
    for row in rows:
        measure = Measure(
            row.measure_id, row.practitioner_code, row.kind, row.effective_from, row.effective_until, row.ended_from
        )
        found.setdefault(row.practitioner_code, []).append(measure)
    return found


async def add_measures(session: AsyncSession, measures: Sequence[Measure]) -> None:
    """Write measures that are not known yet."""
    connection = await driver(session)
    await connection.execute(
        _ADD_MEASURES,
        [one.measure_id for one in measures],
        [one.practitioner_code for one in measures],
        [one.kind for one in measures],
        [one.effective_from for one in measures],
        [one.effective_until for one in measures],
    )


async def end_measures(session: AsyncSession, ends: dict[UUID, datetime]) -> None:
    """Write from when measures hold no longer."""
    connection = await driver(session)
    await connection.execute(_END_MEASURES, list(ends), list(ends.values()))
