"""Where findings of screening stand."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.db import driver

# A fact that arrives late, or anew, must not hide a newer one; of the same instant, what is further along stands.
_UPSERT = """
insert into settlement_finding as finding (finding_id, settlement_ref, state, amount_fen, changed_at)
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::timestamptz[])
on conflict (finding_id) do update set
    state = excluded.state, amount_fen = coalesce(excluded.amount_fen, finding.amount_fen),
    changed_at = excluded.changed_at
where finding.changed_at < excluded.changed_at
    or (finding.changed_at = excluded.changed_at and finding.state = 'raised')
"""


class FindingState(NamedTuple):
    """What a fact says of a finding."""

    finding_id: UUID
    settlement_ref: UUID
    state: str
    amount_fen: int | None
    changed_at: datetime


async def save(session: AsyncSession, states: Sequence[FindingState]) -> None:
    """Write where findings stand, each finding once, unless something newer is known."""
    if not states:
        return
    connection = await driver(session)
    await connection.execute(
        _UPSERT, *(list(column) for column in zip(*sorted(states, key=lambda one: one.finding_id), strict=True))
    )
