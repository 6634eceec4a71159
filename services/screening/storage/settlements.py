"""Settlements as screening remembers them: their verdict, and whether they were reversed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.db import driver
from services.screening.storage.tables import settlement

_KNOWN = "select settlement_ref from settlement where settlement_ref = any($1::uuid[])"

_REVERSE = """
insert into settlement (settlement_ref, settlement_id, institution_code, insured_ref, traceparent, reversed_at)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
on conflict (settlement_ref) do update set reversed_at = excluded.reversed_at where settlement.reversed_at is null
returning settlement_ref, verdict is not null
"""


_OUTCOMES = """
update settlement
set verdict = new.verdict, rulebook_version = new.version, amount_at_issue_fen = new.amount, screened_at = new.at
from unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[])
    as new (settlement_ref, verdict, version, amount, at)
where settlement.settlement_ref = new.settlement_ref
"""


class NewOutcome(NamedTuple):
    """What a second look concluded about a settlement."""

    settlement_ref: UUID
    verdict: str
    rulebook_version: str
    amount_at_issue_fen: int
    screened_at: datetime


class ScreenedSettlement(NamedTuple):
    """A row of the table ``settlement``, in the order of its columns as copied."""

    settlement_ref: UUID
    settlement_id: str
    institution_code: str
    insured_ref: str
    verdict: str
    rulebook_version: str
    amount_at_issue_fen: int
    screened_at: datetime
    traceparent: str | None


class Reversal(NamedTuple):
    """What a reversal says of its settlement."""

    settlement_ref: UUID
    settlement_id: str
    institution_code: str
    insured_ref: str
    traceparent: str | None
    reversed_at: datetime


@dataclass(frozen=True, slots=True)
class StoredSettlement:
    """A settlement's outcome; the verdict is None while only its reversal is known."""

    settlement_ref: UUID
    settlement_id: str
    institution_code: str
    verdict: str | None
    rulebook_version: str | None
    amount_at_issue_fen: int | None
    screened_at: datetime | None
    reversed_at: datetime | None


async def known(connection: asyncpg.Connection, settlement_refs: Sequence[UUID]) -> set[UUID]:
    """Return which settlements were screened or reversed already."""
    return {row[0] for row in await connection.fetch(_KNOWN, settlement_refs)}


async def copy(connection: asyncpg.Connection, rows: Sequence[ScreenedSettlement]) -> None:
    """Store screened settlements; raises UniqueViolationError when one became known meanwhile."""
    await connection.copy_records_to_table("settlement", records=rows, columns=ScreenedSettlement._fields)


async def save_outcomes(connection: asyncpg.Connection, outcomes: Sequence[NewOutcome]) -> None:
    """Replace the outcome of settlements that were looked at again."""
    if outcomes:
        await connection.execute(_OUTCOMES, *(list(column) for column in zip(*outcomes, strict=True)))


async def reverse(session: AsyncSession, reversals: Sequence[Reversal]) -> dict[UUID, bool]:
    """Mark settlements as reversed, known or not; return those newly marked and whether they had been screened.

    The row of a settlement that is not known yet keeps it from being screened when it arrives.
    """
    connection = await driver(session)
    by_ref = {reversal.settlement_ref: reversal for reversal in reversals}
    in_order = [by_ref[ref] for ref in sorted(by_ref)]
    rows = await connection.fetch(_REVERSE, *([list(column) for column in zip(*in_order, strict=True)]))
    return {row[0]: row[1] for row in rows}


async def find(session: AsyncSession, settlement_ref: UUID) -> StoredSettlement | None:
    """Return one settlement's outcome, None when screening has not heard of it."""
    column = settlement.c
    query = sa.select(
        column.settlement_ref,
        column.settlement_id,
        column.institution_code,
        column.verdict,
        column.rulebook_version,
        column.amount_at_issue_fen,
        column.screened_at,
        column.reversed_at,
    ).where(column.settlement_ref == settlement_ref)
    row = (await session.execute(query)).one_or_none()
    return StoredSettlement(*row) if row else None
