"""The measures of credit that stand against practitioners."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.domain.registry import Measure
from services.intake.storage.tables import practitioner_measure
from services.kit.db import driver

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
