"""Shortened terms and new registrations; rows are added and read, never changed."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.term_change import TermChange, TermChangeKind
from services.credit.storage.tables import term_change


async def add(session: AsyncSession, change: TermChange) -> None:
    """Store a change."""
    await session.execute(
        sa.insert(term_change).values(
            change_id=change.change_id,
            practitioner_code=change.practitioner_code,
            kind=change.kind.value,
            sanction_id=change.sanction_id,
            at=change.at,
            days=change.days,
            recorded_at=change.recorded_at,
            matter_id=change.matter_id,
            policy_version=change.policy_version,
        )
    )


async def of_practitioners(session: AsyncSession, codes: Collection[str]) -> dict[str, list[TermChange]]:
    """Return the changes of each practitioner in the order of their recording; one without any has an empty list."""
    changes: dict[str, list[TermChange]] = {code: [] for code in codes}
    if codes:
        rows = await session.execute(
            sa.select(term_change)
            .where(term_change.c.practitioner_code.in_(sorted(codes)))
            .order_by(term_change.c.recorded_at, term_change.c.change_id)
        )
        for row in rows.mappings():
            fields = dict(row)
            fields["kind"] = TermChangeKind(fields["kind"])
            changes[row["practitioner_code"]].append(TermChange(**fields))
    return changes
