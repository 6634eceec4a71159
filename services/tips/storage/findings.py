"""What tips knows of screening's findings: whose they are, how much was upheld, and whether they fell."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.tips.storage.tables import findings


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding that screening confirmed, and maybe took back."""

    id: UUID
    institution_code: str
    amount_fen: int
    fallen: bool = False


async def remember_confirmed(session: AsyncSession, finding: Finding) -> None:
    """Store a confirmed finding; one that is known, even as fallen, stays as it is."""
    await session.execute(
        insert(findings)
        .values(
            id=finding.id,
            institution_code=finding.institution_code,
            amount_fen=finding.amount_fen,
            fallen=finding.fallen,
        )
        .on_conflict_do_nothing()
    )


async def remember_fallen(session: AsyncSession, finding: Finding) -> None:
    """Mark a finding as fallen, also one whose confirmation has not been seen."""
    await session.execute(
        insert(findings)
        .values(id=finding.id, institution_code=finding.institution_code, amount_fen=finding.amount_fen, fallen=True)
        .on_conflict_do_update(index_elements=[findings.c.id], set_={"fallen": True})
    )


async def find_findings(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Finding]:
    """Return the known ones among some findings, locked: none of them can fall before this transaction ends."""
    query = sa.select(findings).where(findings.c.id.in_(ids)).order_by(findings.c.id).with_for_update()
    return {row["id"]: Finding(**row) for row in (await session.execute(query)).mappings()}
