"""Measures as stated to others, indexed so that eligibility is one read; what they must be follows from the ledger."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.measure import Measure, MeasureKind, StatedMeasure
from services.credit.domain.standing import Status
from services.credit.storage.register import codes_in
from services.credit.storage.tables import measure, practitioner


@dataclass(frozen=True, slots=True)
class FiledMeasure:
    """A measure as the person's file keeps it, also when it was undone."""

    stated: StatedMeasure
    stated_at: datetime
    undone_at: datetime | None


async def history(session: AsyncSession, code: str) -> list[FiledMeasure]:
    """Return every measure ever stated of a practitioner, oldest first."""
    rows = await session.execute(
        sa.select(measure)
        .where(measure.c.practitioner_code == code)
        .order_by(measure.c.stated_at, measure.c.measure_id)
    )
    return [FiledMeasure(_stated(row), row["stated_at"], row["undone_at"]) for row in rows.mappings()]


async def add(session: AsyncSession, stated: Sequence[StatedMeasure], *, now: datetime) -> None:
    """Store measures that are being stated."""
    if not stated:
        return
    rows = [
        {
            "measure_id": one.measure_id,
            "practitioner_code": one.practitioner_code,
            "kind": one.measure.kind.value,
            "sanction_id": one.measure.sanction_id,
            "year": one.measure.year,
            "points": one.measure.points,
            "effective_from": one.measure.effective_from,
            "effective_until": one.measure.effective_until,
            "policy_version": one.measure.policy_version,
            "registered_again_at": one.measure.registered_again_at,
            "stated_at": now,
        }
        for one in stated
    ]
    await session.execute(sa.insert(measure), rows)


async def undo(session: AsyncSession, ids: Collection[UUID], *, now: datetime) -> None:
    """Mark measures as undone from their beginning."""
    if ids:
        await session.execute(sa.update(measure).where(measure.c.measure_id.in_(sorted(ids))).values(undone_at=now))


async def ease(session: AsyncSession, eased: Sequence[StatedMeasure]) -> None:
    """Note the earlier ends of measures that stand."""
    for one in eased:
        await session.execute(
            sa.update(measure)
            .where(measure.c.measure_id == one.measure_id)
            .values(effective_until=one.measure.effective_until, registered_again_at=one.measure.registered_again_at)
        )


async def standing(session: AsyncSession, codes: Collection[str]) -> dict[str, list[StatedMeasure]]:
    """Return the measures of each practitioner that are not undone, whether running or over."""
    found: dict[str, list[StatedMeasure]] = {code: [] for code in codes}
    if codes:
        rows = await session.execute(
            sa.select(measure)
            .where(measure.c.practitioner_code.in_(sorted(codes)), measure.c.undone_at.is_(None))
            .order_by(measure.c.effective_from)
        )
        for row in rows.mappings():
            found[row["practitioner_code"]].append(_stated(row))
    return found


@dataclass(frozen=True, slots=True)
class RegisteredMeasures:
    """A practitioner the registry knows, and the measures that are not undone."""

    institution_codes: tuple[str, ...]
    regions: tuple[str, ...]
    """Of those institutions."""
    measures: list[StatedMeasure]


async def of_registered(connection: asyncpg.Connection, codes: Collection[str]) -> dict[str, RegisteredMeasures]:
    """Return each practitioner the registry knows with the measures that stand, in one prepared, indexed statement."""
    found: dict[str, RegisteredMeasures] = {}
    for row in await connection.fetch(_OF_REGISTERED, list(codes)):
        code = row["registered_code"]
        held = found.get(code)
        if held is None:
            held = found[code] = RegisteredMeasures(tuple(row["institution_codes"]), tuple(row["regions"]), [])
        if row["measure_id"] is not None:
            held.measures.append(_stated(row))
    return found


_OF_REGISTERED = """
select known.practitioner_code as registered_code, known.institution_codes,
    array(select distinct region from institution where institution_code = any (known.institution_codes)) as regions,
    measure.*
from practitioner as known
left join measure on measure.practitioner_code = known.practitioner_code and measure.undone_at is null
where known.practitioner_code = any ($1)
"""


async def list_practitioners(
    session: AsyncSession,
    *,
    status: Status | None,
    at: datetime,
    institution_code: str | None,
    region: str,
    after: str,
    limit: int,
) -> list[str]:
    """Return codes of practitioners behind ``after``, of one institution or all, with one status or any at ``at``.

    ``region`` is a prefix in which one of their institutions must lie.
    """
    query = sa.select(practitioner.c.practitioner_code).where(practitioner.c.practitioner_code > after)
    if institution_code is not None:
        query = query.where(practitioner.c.institution_codes.contains([institution_code]))
    if region:
        query = query.where(practitioner.c.institution_codes.overlap(codes_in(region)))
    running = sa.and_(
        measure.c.practitioner_code == practitioner.c.practitioner_code,
        measure.c.undone_at.is_(None),
        measure.c.effective_from <= at,
    )
    terminated = sa.exists().where(
        running,
        measure.c.kind == MeasureKind.TERMINATION.value,
        sa.or_(measure.c.registered_again_at.is_(None), measure.c.registered_again_at > at),
    )
    suspended = sa.exists().where(
        running, measure.c.kind == MeasureKind.SUSPENSION.value, measure.c.effective_until > at
    )
    match status:
        case Status.TERMINATED:
            query = query.where(terminated)
        case Status.SUSPENDED:
            query = query.where(suspended, ~terminated)
        case Status.ELIGIBLE:
            query = query.where(~suspended, ~terminated)
        case None:
            pass
    return list(await session.scalars(query.order_by(practitioner.c.practitioner_code).limit(limit)))


def _stated(row: Mapping[str, Any] | sa.RowMapping) -> StatedMeasure:
    return StatedMeasure(
        measure_id=row["measure_id"],
        practitioner_code=row["practitioner_code"],
        measure=Measure(
            kind=MeasureKind(row["kind"]),
            sanction_id=row["sanction_id"],
            year=row["year"],
            points=row["points"],
            effective_from=row["effective_from"],
            effective_until=row["effective_until"],
            policy_version=row["policy_version"],
            registered_again_at=row["registered_again_at"],
        ),
    )
