"""The part of the registry that credit needs: which institutions and practitioners there are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.storage.tables import institution, practitioner


@dataclass(frozen=True, slots=True)
class RegisteredInstitution:
    """An institution as the registry last stated it."""

    institution_code: str
    kind: str
    level: int
    region: str
    active: bool
    stated_at: datetime
    agreement_from: date | None = None
    agreement_until: date | None = None


@dataclass(frozen=True, slots=True)
class RegisteredPractitioner:
    """A practitioner as the registry last stated it."""

    practitioner_code: str
    category: str
    institution_codes: tuple[str, ...]
    active: bool
    stated_at: datetime
    regions: tuple[str, ...] = ()
    """Of those institutions; read, never put."""


async def put_institutions(session: AsyncSession, entries: Sequence[RegisteredInstitution]) -> None:
    """Store the newest statement about each institution; an older one that comes late changes nothing."""
    newest = {entry.institution_code: entry for entry in sorted(entries, key=lambda entry: entry.stated_at)}
    rows = [
        {
            "institution_code": entry.institution_code,
            "kind": entry.kind,
            "level": entry.level,
            "region": entry.region,
            "active": entry.active,
            "stated_at": entry.stated_at,
            "agreement_from": entry.agreement_from,
            "agreement_until": entry.agreement_until,
        }
        for _, entry in sorted(newest.items())
    ]
    await _put(session, institution, rows)


async def put_practitioners(session: AsyncSession, entries: Sequence[RegisteredPractitioner]) -> None:
    """Store the newest statement about each practitioner; an older one that comes late changes nothing."""
    newest = {entry.practitioner_code: entry for entry in sorted(entries, key=lambda entry: entry.stated_at)}
    rows = [
        {
            "practitioner_code": entry.practitioner_code,
            "category": entry.category,
            "institution_codes": list(entry.institution_codes),
            "active": entry.active,
            "stated_at": entry.stated_at,
        }
        for _, entry in sorted(newest.items())
    ]
    await _put(session, practitioner, rows)


async def _put(session: AsyncSession, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    (key,) = table.primary_key.columns
    insert = postgresql.insert(table)
    changes = {column.name: insert.excluded[column.name] for column in table.columns if column is not key}
    await session.execute(
        insert.on_conflict_do_update(
            index_elements=[key], set_=changes, where=insert.excluded.stated_at >= table.c.stated_at
        ),
        rows,
    )


async def find_institution(session: AsyncSession, code: str) -> RegisteredInstitution | None:
    """Return an institution, None when the registry has not stated it."""
    rows = await session.execute(sa.select(institution).where(institution.c.institution_code == code))
    row = rows.mappings().one_or_none()
    return None if row is None else RegisteredInstitution(**row)


async def find_institutions(session: AsyncSession, codes: Collection[str]) -> dict[str, RegisteredInstitution]:
    """Return the institutions of these codes that the registry has stated."""
    if not codes:
        return {}
    rows = await session.execute(sa.select(institution).where(institution.c.institution_code.in_(sorted(codes))))
    return {row["institution_code"]: RegisteredInstitution(**row) for row in rows.mappings()}


async def list_institutions(
    session: AsyncSession, *, after: str, limit: int, only: str | None, region: str = ""
) -> list[RegisteredInstitution]:
    """Return institutions by code, those behind ``after``; ``only`` limits the list to one, ``region`` to a prefix."""
    query = sa.select(institution).where(institution.c.institution_code > after)
    if region:
        query = query.where(institution.c.region.startswith(region, autoescape=True))
    if only is not None:
        query = query.where(institution.c.institution_code == only)
    rows = await session.execute(query.order_by(institution.c.institution_code).limit(limit))
    return [RegisteredInstitution(**row) for row in rows.mappings()]


async def count_institutions(session: AsyncSession, region: str) -> int:
    """Return how many institutions there are whose region has a prefix."""
    counted = await session.scalar(
        sa.select(sa.func.count())
        .select_from(institution)
        .where(institution.c.region.startswith(region, autoescape=True))
    )
    return int(counted or 0)


async def find_practitioners(
    session: AsyncSession, codes: Collection[str], *, lock: bool = False
) -> dict[str, RegisteredPractitioner]:
    """Return the practitioners of these codes that the registry has stated.

    With ``lock`` their rows are held until the end of the transaction, in the order of their codes: whoever changes a
    practitioner's ledger holds the row, so decisions about one person happen one after the other.
    """
    if not codes:
        return {}
    query = (
        sa.select(practitioner, _REGIONS)
        .where(practitioner.c.practitioner_code.in_(sorted(codes)))
        .order_by(practitioner.c.practitioner_code)
    )
    rows = await session.execute(query.with_for_update(of=practitioner) if lock else query)
    return {row.practitioner_code: _practitioner(row) for row in rows}


def _practitioner(row: sa.Row[Any]) -> RegisteredPractitioner:
    return RegisteredPractitioner(
        practitioner_code=row.practitioner_code,
        category=row.category,
        institution_codes=tuple(row.institution_codes),
        active=row.active,
        stated_at=row.stated_at,
        regions=tuple(row.regions),
    )


_REGIONS = sa.func.array(
    sa.select(institution.c.region)
    .distinct()
    .where(institution.c.institution_code == sa.any_(practitioner.c.institution_codes))
    .correlate(practitioner)
    .scalar_subquery()
).label("regions")


def in_region(column: sa.ColumnElement[str], region: str) -> sa.ColumnElement[bool]:
    """Return the condition that a column names an institution whose region has a prefix; an empty one lets all pass."""
    if not region:
        return sa.true()
    return column.in_(
        sa.select(institution.c.institution_code).where(institution.c.region.startswith(region, autoescape=True))
    )


def codes_in(region: str) -> sa.ColumnElement[Any]:
    """Return the codes of every institution whose region has a prefix, as one array."""
    return sa.func.array(
        sa.select(institution.c.institution_code)
        .where(institution.c.region.startswith(region, autoescape=True))
        .scalar_subquery()
    )
