"""Proposals for points: a sanction's findings and the persons they name, until somebody decides."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.storage.register import in_region
from services.credit.storage.tables import finding, proposal, sanction, sanction_annulment


@dataclass(frozen=True, slots=True)
class Proposal:
    """A person who may be responsible for findings that a sanction answers."""

    proposal_id: UUID
    sanction_id: UUID
    practitioner_code: str
    institution_code: str
    finding_ids: tuple[UUID, ...]
    policy_version: str
    made_at: datetime
    decision: str | None = None
    """``accepted`` or ``declined``; None while a person has yet to decide."""
    reason: str | None = None
    """Why it was declined."""
    decided_at: datetime | None = None
    decided_by: str | None = None
    traceparent: str | None = None


async def add(session: AsyncSession, made: Sequence[Proposal]) -> None:
    """Store new proposals."""
    if made:
        rows = [{**asdict(one), "finding_ids": list(one.finding_ids)} for one in made]
        await session.execute(sa.insert(proposal), rows)


async def find(session: AsyncSession, proposal_id: UUID, *, lock: bool = False) -> Proposal | None:
    """Return a proposal, None when there is none of this id; ``lock`` holds it until the commit."""
    query = sa.select(proposal).where(proposal.c.proposal_id == proposal_id)
    row = (await session.execute(query.with_for_update() if lock else query)).mappings().one_or_none()
    return None if row is None else _proposal(row)


async def decide(
    session: AsyncSession, proposal_id: UUID, decision: str, *, reason: str | None, now: datetime, by: str
) -> None:
    """Note the decision about a proposal that the caller holds."""
    await session.execute(
        sa.update(proposal)
        .where(proposal.c.proposal_id == proposal_id)
        .values(decision=decision, reason=reason, decided_at=now, decided_by=by)
    )


async def list_open(
    session: AsyncSession, *, institution_code: str | None, region: str, after: UUID | None, limit: int
) -> list[tuple[Proposal, str]]:
    """Return proposals that wait and still have a ground with the kinds of their sanctions, by id behind ``after``."""
    ground = sa.exists().where(finding.c.finding_id == sa.any_(proposal.c.finding_ids), finding.c.ended_at.is_(None))
    annulled = sa.exists().where(sanction_annulment.c.sanction_id == proposal.c.sanction_id)
    query = (
        sa.select(proposal, sanction.c.kind)
        .join_from(proposal, sanction)
        .where(proposal.c.decision.is_(None), ground, ~annulled, in_region(proposal.c.institution_code, region))
    )
    if institution_code is not None:
        query = query.where(proposal.c.institution_code == institution_code)
    if after is not None:
        query = query.where(proposal.c.proposal_id > after)
    rows = await session.execute(query.order_by(proposal.c.proposal_id).limit(limit))
    return [(_proposal(row), row["kind"]) for row in rows.mappings()]


def _proposal(row: sa.RowMapping) -> Proposal:
    fields: dict[str, Any] = {column.name: row[column.name] for column in proposal.columns}
    fields["finding_ids"] = tuple(fields["finding_ids"])
    return Proposal(**fields)
