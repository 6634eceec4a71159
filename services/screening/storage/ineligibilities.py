"""Measures under which a practitioner's services are not paid for, as credit stated them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.db import driver

_IMPOSE = """
insert into ineligibility (measure_id, practitioner_code, effective_from, effective_until)
select * from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[])
on conflict (measure_id) do update
set effective_from = excluded.effective_from, effective_until = excluded.effective_until
"""

_LIFT = """
insert into ineligibility (measure_id, practitioner_code, lifted_from)
select measure_id, max(practitioner_code), min(lifted_from)
from unnest($1::uuid[], $2::text[], $3::timestamptz[]) as end_of (measure_id, practitioner_code, lifted_from)
group by measure_id
on conflict (measure_id) do update set lifted_from = least(ineligibility.lifted_from, excluded.lifted_from)
"""


class Imposed(NamedTuple):
    """A suspension or termination."""

    measure_id: UUID
    practitioner_code: str
    effective_from: datetime
    effective_until: datetime
    """First instant at which the measure no longer bars payment."""


class Lifted(NamedTuple):
    """The end of a measure before its time."""

    measure_id: UUID
    practitioner_code: str
    lifted_from: datetime


async def impose(session: AsyncSession, measures: Sequence[Imposed]) -> None:
    """Store measures; one that was lifted before it became known stays lifted."""
    if not measures:
        return
    connection = await driver(session)
    by_id = {measure.measure_id: measure for measure in measures}
    await connection.execute(_IMPOSE, *([list(column) for column in zip(*by_id.values(), strict=True)]))


async def lift(session: AsyncSession, ends: Sequence[Lifted]) -> None:
    """Store ends of measures, also of measures not known yet: the end is kept and meets its measure later."""
    if not ends:
        return
    connection = await driver(session)
    await connection.execute(_LIFT, *([list(column) for column in zip(*ends, strict=True)]))
