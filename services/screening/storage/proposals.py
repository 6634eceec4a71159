"""Proposals of conditions read from published text, and what a person confirmed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.screening.storage.rulebook_life_tables import condition_proposal


@dataclass(frozen=True, slots=True)
class StoredProposal:
    """One proposal."""

    id: UUID
    version: str
    rule_code: str
    point_id: str
    point: Mapping[str, Any]
    text: str
    proposed: Mapping[str, Any]
    reading: str
    confidence: str
    rest: str
    proposed_at: datetime
    confirmed_at: datetime | None = None
    confirmed_by: str | None = None
    confirmed: Mapping[str, Any] | None = None


_COLUMNS = [condition_proposal.c[name] for name in StoredProposal.__slots__]

_CHUNK = 1_000


async def add(session: AsyncSession, proposals: Sequence[StoredProposal]) -> None:
    """Store proposals; an earlier one for the same point, unless confirmed, is replaced."""
    column = condition_proposal.c
    for start in range(0, len(proposals), _CHUNK):
        rows = [
            {name: getattr(one, name) for name in StoredProposal.__slots__} for one in proposals[start : start + _CHUNK]
        ]
        statement = insert(condition_proposal).values(rows)
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["version", "point_id"],
                set_={
                    name: statement.excluded[name]
                    for name in ("point", "text", "proposed", "reading", "confidence", "rest", "proposed_at")
                },
                where=column.confirmed_at.is_(None),
            )
        )


async def find(session: AsyncSession, proposal_id: UUID) -> StoredProposal | None:
    """Return one, locked for this transaction; None when there is none."""
    query = sa.select(*_COLUMNS).where(condition_proposal.c.id == proposal_id).with_for_update()
    row = (await session.execute(query)).one_or_none()
    return StoredProposal(*row) if row else None


async def confirm(
    session: AsyncSession, proposal_id: UUID, condition: Mapping[str, Any], *, by: str, now: datetime
) -> None:
    """Write down what a person confirmed."""
    await session.execute(
        sa.update(condition_proposal)
        .where(condition_proposal.c.id == proposal_id)
        .values(confirmed=dict(condition), confirmed_by=by, confirmed_at=now)
    )


async def page(
    session: AsyncSession, version: str, *, rule_code: str | None, is_open: bool | None, after: UUID | None, limit: int
) -> list[StoredProposal]:
    """Return the proposals of a rulebook in the order they were made."""
    column = condition_proposal.c
    query = sa.select(*_COLUMNS).where(column.version == version).order_by(column.id).limit(limit)
    if rule_code is not None:
        query = query.where(column.rule_code == rule_code)
    if is_open is not None:
        query = query.where(column.confirmed_at.is_(None) if is_open else column.confirmed_at.is_not(None))
    if after is not None:
        query = query.where(column.id > after)
    return [StoredProposal(*row) for row in await session.execute(query)]


@dataclass(frozen=True, slots=True)
class ProposalCount:
    """Proposals of one rule by how the text was read."""

    rule_code: str
    reading: str
    confirmed: bool
    proposals: int


async def count(session: AsyncSession, version: str) -> list[ProposalCount]:
    """Count the proposals of a rulebook."""
    column = condition_proposal.c
    confirmed = column.confirmed_at.is_not(None)
    query = (
        sa.select(column.rule_code, column.reading, confirmed, sa.func.count())
        .where(column.version == version)
        .group_by(column.rule_code, column.reading, confirmed)
        .order_by(column.rule_code, column.reading, confirmed)
    )
    return [ProposalCount(*row) for row in await session.execute(query)]
