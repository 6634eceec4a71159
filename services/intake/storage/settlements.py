"""Settlements that were taken: the hot path in arrays and one statement, the rest one row at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.db import driver

# In the order of the key, so that two clients with the same settlements wait for each other instead of deadlocking.
_INSERT = """
insert into settlement (settlement_ref, institution_code, settlement_id, digest, insured_ref, settled_at, accepted_at,
    total_fen, line_count, traceparent, doubts, body)
select settlement_ref, institution_code, settlement_id, digest, insured_ref, settled_at, $12::timestamptz,
    total_fen, line_count, traceparent, doubts, body
from unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::text[], $6::timestamptz[], $7::bigint[],
    $8::integer[], $9::text[], $10::text[], $11::bytea[])
    as posted (settlement_ref, institution_code, settlement_id, digest, insured_ref, settled_at, total_fen,
        line_count, traceparent, doubts, body)
on conflict (institution_code, settlement_id) do nothing
returning settlement_ref
"""

_EXISTING = """
select institution_code, settlement_id, settlement_ref, digest from settlement
where (institution_code, settlement_id) in (select * from unnest($1::text[], $2::text[]))
"""

_COLUMNS = """
settlement_ref, institution_code, settlement_id, insured_ref, settled_at, accepted_at, reversed_at,
total_fen, line_count, traceparent, doubts, verdict, finding_count, amount_at_issue_fen, rulebook_version, screened_at
"""

_SELECT = f"select {_COLUMNS} from settlement left join settlement_outcome using (settlement_ref)"

Key = tuple[str, str]
"""Institution code and the institution's settlement id."""


@dataclass(slots=True)
class NewSettlement:
    """A row to be written."""

    settlement_ref: UUID
    institution_code: str
    settlement_id: str
    digest: bytes
    insured_ref: str
    settled_at: datetime
    total_fen: int
    line_count: int
    traceparent: str | None
    doubts: str | None
    body: bytes


class Stored(NamedTuple):
    """What tells a resend from a conflict."""

    settlement_ref: UUID
    digest: bytes


class StoredSettlement(NamedTuple):
    """A settlement and what is known of it since, without its body."""

    settlement_ref: UUID
    institution_code: str
    settlement_id: str
    insured_ref: str
    settled_at: datetime
    accepted_at: datetime
    reversed_at: datetime | None
    total_fen: int
    line_count: int
    traceparent: str | None
    doubts: str | None
    verdict: str | None
    finding_count: int | None
    amount_at_issue_fen: int | None
    rulebook_version: str | None
    screened_at: datetime | None


async def add(session: AsyncSession, settlements: Sequence[NewSettlement], *, now: datetime) -> set[UUID]:
    """Write settlements whose key is free; return the refs of those that were written."""
    connection = await driver(session)
    ordered = sorted(settlements, key=lambda one: (one.institution_code, one.settlement_id))
    rows = await connection.fetch(
        _INSERT,
        [one.settlement_ref for one in ordered],
        [one.institution_code for one in ordered],
        [one.settlement_id for one in ordered],
        [one.digest for one in ordered],
        [one.insured_ref for one in ordered],
        [one.settled_at for one in ordered],
        [one.total_fen for one in ordered],
        [one.line_count for one in ordered],
        [one.traceparent for one in ordered],
        [one.doubts for one in ordered],
        [one.body for one in ordered],
        now,
    )
    return {row[0] for row in rows}


async def existing(session: AsyncSession, keys: Iterable[Key]) -> dict[Key, Stored]:
    """Return what is stored under keys; those that are free are left out."""
    wanted = list(keys)
    connection = await driver(session)
    rows = await connection.fetch(_EXISTING, [key[0] for key in wanted], [key[1] for key in wanted])
    return {(row[0], row[1]): Stored(row[2], row[3]) for row in rows}


async def get(session: AsyncSession, key: Key) -> StoredSettlement | None:
    """Return a settlement by its key."""
    connection = await driver(session)
    row = await connection.fetchrow(f"{_SELECT} where institution_code = $1 and settlement_id = $2", *key)
    return StoredSettlement(*row) if row else None


async def page_of_institution(
    session: AsyncSession, institution_code: str, *, after: str | None, limit: int
) -> list[StoredSettlement]:
    """Return settlements of one institution in the order of its own ids, after an id."""
    return await _page(
        session,
        f"{_SELECT} where institution_code = $1 and settlement_id > $2 order by settlement_id limit $3",
        institution_code,
        after or "",
        limit,
    )


async def page_of_all(session: AsyncSession, *, after: UUID | None, limit: int) -> list[StoredSettlement]:
    """Return settlements of all institutions in the order in which they were accepted, after a ref."""
    return await _page(
        session, f"{_SELECT} where settlement_ref > $1 order by settlement_ref limit $2", after or UUID(int=0), limit
    )


async def _page(session: AsyncSession, query: str, *arguments: object) -> list[StoredSettlement]:
    connection: asyncpg.Connection = await driver(session)
    return [StoredSettlement(*row) for row in await connection.fetch(query, *arguments)]


async def reverse(session: AsyncSession, key: Key, *, now: datetime) -> bool:
    """Mark a settlement as reversed; False when there is none or it was reversed before."""
    connection = await driver(session)
    changed = await connection.fetchval(
        "update settlement set reversed_at = $3 "
        "where institution_code = $1 and settlement_id = $2 and reversed_at is null returning true",
        *key,
        now,
    )
    return bool(changed)
