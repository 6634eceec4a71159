"""Typical cases, and what the guard has to know about the places and names in them."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.tips.domain.access import region_prefix
from services.tips.domain.tip import Kind, Status
from services.tips.domain.typical_case import CaseState, TypicalCase
from services.tips.storage.tables import institutions, tips, typical_cases

_SHORTEST_NAME = 4
"""Characters of an institution's name from which on it counts as one when it occurs in a text."""


async def store_case(session: AsyncSession, case: TypicalCase) -> None:
    """Store a case, new or changed."""
    values = asdict(case) | {"confirmed": list(case.confirmed)}
    statement = insert(typical_cases).values(values)
    await session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))


async def find_case(session: AsyncSession, case_id: UUID) -> TypicalCase | None:
    """Return a case, locked."""
    query = sa.select(typical_cases).where(typical_cases.c.id == case_id).with_for_update()
    row = (await session.execute(query)).mappings().first()
    return None if row is None else _case(dict(row))


async def list_cases(
    session: AsyncSession, *, region: str | None, states: Sequence[CaseState], limit: int
) -> list[TypicalCase]:
    """Return cases of a region, the latest first."""
    table = typical_cases
    query = sa.select(table).where(table.c.state.in_(states)).limit(limit)
    if prefix := region_prefix(region):
        query = query.where(table.c.region.startswith(prefix, autoescape=True))
    order = (table.c.published_on.desc().nulls_first(), table.c.prepared_at.desc())
    return [_case(dict(row)) for row in (await session.execute(query.order_by(*order))).mappings()]


async def names_within(session: AsyncSession, words: str) -> list[str]:
    """Return the names of institutions that occur in a text."""
    name = institutions.c.name
    query = sa.select(name).where(
        sa.func.length(name) >= _SHORTEST_NAME, sa.func.strpos(sa.literal(words, sa.Text), name) > 0
    )
    return list(await session.scalars(query.distinct()))


async def alike(session: AsyncSession, region: str, kind: Kind) -> int:
    """Return how many tips of a kind were found true in a region."""
    true = sa.or_(tips.c.status == Status.SUBSTANTIATED, tips.c.outcome == Status.SUBSTANTIATED)
    query = sa.select(sa.func.count()).where(tips.c.kind == kind, true)
    if prefix := region_prefix(region):
        query = query.where(tips.c.region.startswith(prefix, autoescape=True))
    return int(await session.scalar(query) or 0)


def _case(row: dict[str, Any]) -> TypicalCase:
    return TypicalCase(
        **{
            **row,
            "kind": Kind(row["kind"]),
            "state": CaseState(row["state"]),
            "confirmed": tuple(row["confirmed"]),
        }
    )
