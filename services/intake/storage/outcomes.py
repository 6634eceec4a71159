"""What screening concluded about settlements."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.db import driver

# A screening that arrives late must not hide a newer one.
_UPSERT = """
insert into settlement_outcome (
    settlement_ref, verdict, finding_count, amount_at_issue_fen, rulebook_version, screened_at)
select * from unnest($1::uuid[], $2::text[], $3::integer[], $4::bigint[], $5::text[], $6::timestamptz[])
on conflict (settlement_ref) do update set
    verdict = excluded.verdict, finding_count = excluded.finding_count,
    amount_at_issue_fen = excluded.amount_at_issue_fen, rulebook_version = excluded.rulebook_version,
    screened_at = excluded.screened_at
where settlement_outcome.screened_at < excluded.screened_at
"""


class Outcome(NamedTuple):
    """The outcome of one screening."""

    settlement_ref: UUID
    verdict: str
    finding_count: int
    amount_at_issue_fen: int
    rulebook_version: str
    screened_at: datetime


async def save(session: AsyncSession, outcomes: Sequence[Outcome]) -> None:
    """Write outcomes, each settlement once, unless a newer one is known."""
    if not outcomes:
        return
    connection = await driver(session)
    columns = zip(*outcomes, strict=True)
    await connection.execute(_UPSERT, *(list(column) for column in columns))
