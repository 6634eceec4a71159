"""Settlements that were taken: the hot path in arrays and one statement, the rest one row at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.contracts.intake import SettlementAccepted
from services.kit.db import driver

# In the order of the key, so that two clients with the same settlements wait for each other instead of deadlocking.
# The settlement and its fact in one statement: the body crosses the wire once, and neither is there without the other.
# A settlement is stated once, so its own id is the fact's too; ids rise, which keeps the facts in the order posted.
_TAKE = """
with taken as (
    insert into settlement (settlement_ref, institution_code, settlement_id, digest, insured_ref, settled_at,
        accepted_at, total_fen, line_count, traceparent, doubts, body)
    select settlement_ref, institution_code, settlement_id, digest, insured_ref, settled_at, $12::timestamptz,
        total_fen, line_count, traceparent, doubts, body
    from unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::text[], $6::timestamptz[], $7::bigint[],
        $8::integer[], $9::text[], $10::text[], $11::bytea[])
        as posted (settlement_ref, institution_code, settlement_id, digest, insured_ref, settled_at, total_fen,
            line_count, traceparent, doubts, body)
    on conflict (institution_code, settlement_id) do nothing
    returning settlement_ref, insured_ref, traceparent, body
), stated as (
    insert into outbox (event_id, topic, key, type, time, traceparent, payload)
    select settlement_ref, $13, insured_ref, $14, $12, traceparent, body from taken order by settlement_ref
)
select settlement_ref from taken
"""

_FINDINGS = """
(select json_agg(json_build_object('finding_id', finding_id, 'state', finding.state, 'amount_fen', amount_fen)
    order by finding_id)::text
 from settlement_finding finding where finding.settlement_ref = settlement.settlement_ref)
"""

# Both regions are what the fact says of them; the last is what the other region reported of the same settlement.
_REGIONS = """
convert_from(body, 'UTF8')::json #>> '{institution,region}', convert_from(body, 'UTF8')::json ->> 'insured_region',
(select json_agg(json_build_object('settlement_id', report.settlement_id, 'differs', report.differs)
    order by report.settlement_id)::text
 from settlement_second_report report
 where report.institution_code = settlement.institution_code and report.stands_under = settlement.settlement_id)
"""

# The place of treatment by the registry of today, the place of insurance where it is another.
_CONCERNS = """
({prefix} is null
    or institution_code in (
        select object_code from registry_period where kind = 'institution'
            and starts_with(fields ->> 'region', {prefix}) and effective_from <= current_date
            and (effective_until is null or effective_until >= current_date))
    or settlement_ref in (select settlement_ref from settlement_abroad where starts_with(insured_region, {prefix})))
"""

_EXISTING = f"""
select institution_code, settlement_id, settlement_ref, digest, accepted_at, doubts, reversed_at,
    verdict, finding_count, amount_at_issue_fen, rulebook_version, screened_at, {_FINDINGS}
from settlement left join settlement_outcome using (settlement_ref)
where (institution_code, settlement_id) in (select * from unnest($1::text[], $2::text[]))
"""

_COLUMNS = f"""
settlement_ref, institution_code, settlement_id, insured_ref, settled_at, accepted_at, reversed_at,
total_fen, line_count, traceparent, doubts, verdict, finding_count, amount_at_issue_fen, rulebook_version, screened_at,
coalesce(remaining_fen, case when reversed_at is null then total_fen else 0 end), {_FINDINGS}, {_REGIONS}
"""

_SELECT = f"select {_COLUMNS} from settlement left join settlement_outcome using (settlement_ref)"

Key = tuple[str, str]
"""Institution code and the institution's settlement id."""


@dataclass(slots=True)
class NewSettlement:
    """A row to be written, and with it the fact that says so."""

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
    """What tells a resend from a conflict, and what a resend is told."""

    settlement_ref: UUID
    digest: bytes
    accepted_at: datetime
    doubts: str | None = None
    reversed_at: datetime | None = None
    verdict: str | None = None
    finding_count: int | None = None
    amount_at_issue_fen: int | None = None
    rulebook_version: str | None = None
    screened_at: datetime | None = None
    findings: str | None = None
    """JSON list of finding_id, state, amount_fen."""


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
    remaining_fen: int
    """Total less what partial reversals took back."""
    findings: str | None
    """JSON list of finding_id, state, amount_fen."""
    treatment_region: str
    insured_region: str
    reported_again: str | None
    """JSON list of settlement_id, differs: the same settlement as the other region reported it."""


async def take(session: AsyncSession, settlements: Sequence[NewSettlement], *, now: datetime) -> set[UUID]:
    """Write settlements whose key is free and their facts into the outbox; return the refs of those written."""
    connection = await driver(session)
    ordered = sorted(settlements, key=lambda one: (one.institution_code, one.settlement_id))
    rows = await connection.fetch(
        _TAKE,
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
        SettlementAccepted.TOPIC,
        SettlementAccepted.TYPE,
    )
    return {row[0] for row in rows}


async def existing(session: AsyncSession, keys: Iterable[Key]) -> dict[Key, Stored]:
    """Return what is stored under keys; those that are free are left out."""
    wanted = list(keys)
    connection = await driver(session)
    rows = await connection.fetch(_EXISTING, [key[0] for key in wanted], [key[1] for key in wanted])
    return {(row[0], row[1]): Stored(*row[2:]) for row in rows}


async def get(session: AsyncSession, key: Key) -> StoredSettlement | None:
    """Return a settlement by its key."""
    connection = await driver(session)
    row = await connection.fetchrow(f"{_SELECT} where institution_code = $1 and settlement_id = $2", *key)
    return StoredSettlement(*row) if row else None


async def page_of_institution(
    session: AsyncSession, institution_code: str, *, after: str | None, limit: int, region_prefix: str | None = None
) -> list[StoredSettlement]:
    """Return settlements of one institution in the order of its own ids, after an id.

    With the first digits of a region, those only that were treated or are insured there.
    """
    return await _page(
        session,
        f"{_SELECT} where institution_code = $1 and settlement_id > $2 and {_CONCERNS.format(prefix='$4::text')} "
        "order by settlement_id limit $3",
        institution_code,
        after or "",
        limit,
        region_prefix,
    )


async def page_of_all(
    session: AsyncSession, *, after: UUID | None, limit: int, region_prefix: str | None = None
) -> list[StoredSettlement]:
    """Return settlements of all institutions in the order in which they were accepted, after a ref.

    With the first digits of a region, those only that were treated or are insured there.
    """
    return await _page(
        session,
        f"{_SELECT} where settlement_ref > $1 and {_CONCERNS.format(prefix='$3::text')} "
        "order by settlement_ref limit $2",
        after or UUID(int=0),
        limit,
        region_prefix,
    )


async def _page(session: AsyncSession, query: str, *arguments: object) -> list[StoredSettlement]:
    connection: asyncpg.Connection = await driver(session)
    return [StoredSettlement(*row) for row in await connection.fetch(query, *arguments)]


class Reversible(NamedTuple):
    """A settlement that is locked for a reversal."""

    settlement_ref: UUID
    institution_code: str
    settlement_id: str
    insured_ref: str
    total_fen: int
    reversed_at: datetime | None
    traceparent: str | None
    body: bytes


_LOCK = """
select settlement_ref, institution_code, settlement_id, insured_ref, total_fen, reversed_at, traceparent, body
from settlement
where (institution_code, settlement_id) in (select * from unnest($1::text[], $2::text[]))
order by institution_code, settlement_id
for no key update
"""

_MARK = """
update settlement set remaining_fen = marked.remaining_fen, reversed_at = marked.reversed_at
from unnest($1::uuid[], $2::bigint[], $3::timestamptz[]) as marked (settlement_ref, remaining_fen, reversed_at)
where settlement.settlement_ref = marked.settlement_ref
"""


async def lock(session: AsyncSession, keys: Iterable[Key]) -> dict[Key, Reversible]:
    """Return settlements by key, locked until the end of the transaction; those that are not there are left out."""
    wanted = list(keys)
    connection = await driver(session)
    rows = await connection.fetch(_LOCK, [key[0] for key in wanted], [key[1] for key in wanted])
    return {(row[1], row[2]): Reversible(*row) for row in rows}


async def whole(session: AsyncSession, key: Key) -> Reversible | None:
    """Return a settlement with its body, without a lock; None when there is none."""
    connection = await driver(session)
    row = await connection.fetchrow(
        "select settlement_ref, institution_code, settlement_id, insured_ref, total_fen, reversed_at, traceparent, body"
        " from settlement where institution_code = $1 and settlement_id = $2",
        *key,
    )
    return Reversible(*row) if row else None


async def mark(session: AsyncSession, marks: Sequence[tuple[UUID, int, datetime | None]]) -> None:
    """Write what remains of settlements, in fen, and since when nothing does."""
    connection = await driver(session)
    await connection.execute(_MARK, *(list(column) for column in zip(*marks, strict=True)))
