"""Visits and their parts: a visit is locked before anything of it is read or written, so parts never race."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.db import driver

VISIT_COLUMNS = "visit_ref, institution_code, visit_id, kind, in_house_number, insured_ref, state, missing, opened_at, changed_at, expires_at"  # noqa: E501 - one list
PART_COLUMNS = "kind, part_key, batch, state, settlement_id, digest, sealed, message_id, received_at, traceparent"

# One statement locks the row, new or old, returns it, and moves its time on while it is open.
_OPEN = f"""
insert into visit ({VISIT_COLUMNS}) values ($1, $2, $3, $4, $5, $6, 'open', '[]', $7, $7, $8)
on conflict (institution_code, visit_id) do update set changed_at = excluded.changed_at,
    expires_at = case when visit.state = 'open' then excluded.expires_at else visit.expires_at end,
    in_house_number = coalesce(excluded.in_house_number, visit.in_house_number)
returning {VISIT_COLUMNS}
"""

# What was cancelled gives way to what is sent again; anything else stands, and the caller compares.
_ADD = """
insert into visit_part (visit_ref, kind, part_key, batch, state, digest, sealed, message_id, received_at, traceparent)
select $1, $2, part_key, batch, $3, digest, sealed, $4, $5, $6
from unnest($7::text[], $8::text[], $9::bytea[], $10::bytea[]) as came (part_key, batch, digest, sealed)
on conflict (visit_ref, kind, part_key) do update set
    batch = excluded.batch, state = excluded.state, settlement_id = null, digest = excluded.digest,
    sealed = excluded.sealed, message_id = excluded.message_id, received_at = excluded.received_at,
    traceparent = excluded.traceparent
where visit_part.state = any($11::text[])
returning part_key
"""


_UNFOLD = """
with folded as (
    delete from visit_part where visit_ref = $1 and kind = 'lines'
)
insert into visit_part (visit_ref, kind, part_key, batch, digest, sealed, state, settlement_id, message_id, received_at,
    traceparent)
select $1, 'line', part_key, batch, digest, sealed, state, settlement_id, message_id, received_at, traceparent
from unnest($2::text[], $3::text[], $4::bytea[], $5::bytea[], $6::text[], $7::text[], $8::text[], $9::timestamptz[],
    $10::text[])
    as line (part_key, batch, digest, sealed, state, settlement_id, message_id, received_at, traceparent)
"""


class StoredVisit(NamedTuple):
    """A visit without its parts."""

    visit_ref: UUID
    institution_code: str
    visit_id: str
    kind: str
    in_house_number: str | None
    insured_ref: str
    state: str
    missing: list[str]
    """Codes of what it waits for, each behind the pointer it is told at, if there is one."""
    opened_at: datetime
    changed_at: datetime
    expires_at: datetime | None


class StoredPart(NamedTuple):
    """A part as it came, sealed."""

    kind: str
    part_key: str
    batch: str
    state: str
    settlement_id: str | None
    digest: bytes
    sealed: bytes
    message_id: str
    received_at: datetime
    traceparent: str | None


class NewPart(NamedTuple):
    """One part of a message."""

    part_key: str
    batch: str
    digest: bytes
    sealed: bytes
    serials: tuple[str, ...] = ()
    """Of the lines, where several are kept together as one part."""


class Brought(NamedTuple):
    """What the parts of one message have in common."""

    kind: str
    state: str
    message_id: str
    received_at: datetime
    traceparent: str | None


async def open_locked(
    session: AsyncSession,
    *,
    visit_ref: UUID,
    institution_code: str,
    visit_id: str,
    kind: str,
    in_house_number: str | None,
    insured_ref: str,
    now: datetime,
    expires_at: datetime,
) -> StoredVisit:
    """Return the visit under an id, locked until the transaction ends; it is opened when there is none."""
    connection = await driver(session)
    row = await connection.fetchrow(
        _OPEN, visit_ref, institution_code, visit_id, kind, in_house_number, insured_ref, now, expires_at
    )
    return StoredVisit(*row)


async def find_locked(session: AsyncSession, institution_code: str, visit_id: str) -> StoredVisit | None:
    """Return a visit, locked until the transaction ends."""
    connection = await driver(session)
    row = await connection.fetchrow(
        f"select {VISIT_COLUMNS} from visit where institution_code = $1 and visit_id = $2 for update",
        institution_code,
        visit_id,
    )
    return StoredVisit(*row) if row else None


async def visit_id_in_house(session: AsyncSession, institution_code: str, kind: str, number: str) -> str | None:
    """Return the id of the visit that the institution registered under a number of its own."""
    connection = await driver(session)
    # Two registrations of one number at once: the second waits here until the first has its id.
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"visit:{institution_code}:{kind}:{number}"
    )
    found: str | None = await connection.fetchval(
        "select visit_id from visit where institution_code = $1 and kind = $2 and in_house_number = $3 "
        "and state <> 'cancelled'",
        institution_code,
        kind,
        number,
    )
    return found


async def parts(session: AsyncSession, visit_ref: UUID) -> list[StoredPart]:
    """Return every part of a visit that is not cancelled, in the order in which they came."""
    connection = await driver(session)
    rows = await connection.fetch(
        f"select {PART_COLUMNS} from visit_part where visit_ref = $1 and state <> 'cancelled' "
        "order by received_at, part_key",
        visit_ref,
    )
    return [StoredPart(*row) for row in rows]


async def kept_together(session: AsyncSession, visit_ref: UUID) -> list[StoredPart]:
    """Return the parts of a visit each of which is several lines."""
    connection = await driver(session)
    rows = await connection.fetch(
        f"select {PART_COLUMNS} from visit_part where visit_ref = $1 and kind = 'lines' order by received_at, part_key",
        visit_ref,
    )
    return [StoredPart(*row) for row in rows]


async def unfold(session: AsyncSession, visit_ref: UUID, lines: Sequence[tuple[StoredPart, NewPart]]) -> None:
    """Keep every line of a visit by itself from now on; each comes with the part it was kept in."""
    connection = await driver(session)
    await connection.execute(
        _UNFOLD,
        visit_ref,
        [line.part_key for _, line in lines],
        [line.batch for _, line in lines],
        [line.digest for _, line in lines],
        [line.sealed for _, line in lines],
        [part.state for part, _ in lines],
        [part.settlement_id for part, _ in lines],
        [part.message_id for part, _ in lines],
        [part.received_at for part, _ in lines],
        [part.traceparent for part, _ in lines],
    )


async def mark_settled(session: AsyncSession, visit_ref: UUID, settlement_id: str, serials: Collection[str]) -> None:
    """Mark a settlement as complete, and its lines as taken by it."""
    connection = await driver(session)
    await connection.execute(
        "update visit_part set state = case when kind = 'line' then 'settled' else 'complete' end, "
        "settlement_id = case when kind = 'line' then $2 end "
        "where visit_ref = $1 and (kind = 'line' and part_key = any($3::text[]) or kind = 'settlement' "
        "and part_key = $2)",
        visit_ref,
        settlement_id,
        list(serials),
    )


async def settlements(session: AsyncSession, visit_ref: UUID) -> list[StoredPart]:
    """Return the settlements of a visit, the reversed ones too, in the order in which they came."""
    connection = await driver(session)
    rows = await connection.fetch(
        f"select {PART_COLUMNS} from visit_part where visit_ref = $1 and kind = 'settlement' "
        "order by received_at, part_key",
        visit_ref,
    )
    return [StoredPart(*row) for row in rows]


async def add_parts(
    session: AsyncSession,
    visit_ref: UUID,
    brought: Brought,
    new: Sequence[NewPart],
    *,
    replacing: Collection[str] = ("cancelled",),
) -> set[str]:
    """Write parts whose key is free or in a state that may be replaced; return the keys that were written."""
    connection = await driver(session)
    rows = await connection.fetch(
        _ADD,
        visit_ref,
        brought.kind,
        brought.state,
        brought.message_id,
        brought.received_at,
        brought.traceparent,
        [one.part_key for one in new],
        [one.batch for one in new],
        [one.digest for one in new],
        [one.sealed for one in new],
        list(replacing),
    )
    return {row[0] for row in rows}


async def digests(session: AsyncSession, visit_ref: UUID, kind: str, keys: Collection[str]) -> dict[str, bytes]:
    """Return the digests of parts that stand."""
    connection = await driver(session)
    rows = await connection.fetch(
        "select part_key, digest from visit_part where visit_ref = $1 and kind = $2 and part_key = any($3::text[])",
        visit_ref,
        kind,
        list(keys),
    )
    return {row[0]: row[1] for row in rows}


async def batches_settled(session: AsyncSession, visit_ref: UUID, batches: Collection[str]) -> set[str]:
    """Return those of the batches that have a settlement which is complete."""
    connection = await driver(session)
    rows = await connection.fetch(
        "select batch from visit_part where visit_ref = $1 and kind = 'settlement' and state = 'complete' "
        "and batch = any($2::text[])",
        visit_ref,
        list(batches),
    )
    return {row[0] for row in rows}


async def set_part_states(
    session: AsyncSession,
    visit_ref: UUID,
    kind: str,
    keys: Collection[str],
    state: str,
    *,
    settlement_id: str | None = None,
) -> None:
    """Give parts another state, and lines the settlement that took them."""
    connection = await driver(session)
    await connection.execute(
        "update visit_part set state = $4, settlement_id = $5 "
        "where visit_ref = $1 and kind = $2 and part_key = any($3::text[])",
        visit_ref,
        kind,
        list(keys),
        state,
        settlement_id,
    )


async def free_lines_of(session: AsyncSession, visit_ref: UUID, settlement_id: str) -> None:
    """Let go of the lines that a settlement had taken."""
    connection = await driver(session)
    await connection.execute(
        "update visit_part set state = 'free', settlement_id = null "
        "where visit_ref = $1 and kind in ('line', 'lines') and settlement_id = $2",
        visit_ref,
        settlement_id,
    )


async def cancel_lines(
    session: AsyncSession, visit_ref: UUID, *, batch: str | None = None, serials: Collection[str] | None = None
) -> int:
    """Cancel lines that no settlement took: of one batch, of these serials, or all; return how many."""
    connection = await driver(session)
    rows = await connection.fetch(
        "update visit_part set state = 'cancelled' where visit_ref = $1 and kind = 'line' and state = 'free' "
        "and ($2::text is null or batch = $2) and ($3::text[] is null or part_key = any($3)) returning true",
        visit_ref,
        batch,
        None if serials is None else list(serials),
    )
    return len(rows)


async def has_settled_line(
    session: AsyncSession, visit_ref: UUID, *, batch: str | None = None, serials: Collection[str] | None = None
) -> bool:
    """Tell whether a settlement took a line of this batch or of these serials."""
    connection = await driver(session)
    return bool(
        await connection.fetchval(
            "select exists(select from visit_part where visit_ref = $1 and kind = 'line' and state = 'settled' "
            "and ($2::text is null or batch = $2) and ($3::text[] is null or part_key = any($3)))",
            visit_ref,
            batch,
            None if serials is None else list(serials),
        )
    )


async def cancel_parts(session: AsyncSession, visit_ref: UUID, kinds: Collection[str]) -> None:
    """Cancel every part of these kinds."""
    connection = await driver(session)
    await connection.execute(
        "update visit_part set state = 'cancelled' where visit_ref = $1 and kind = any($2::text[])",
        visit_ref,
        list(kinds),
    )


async def save(
    session: AsyncSession,
    visit_ref: UUID,
    *,
    state: str,
    missing: Sequence[object],
    now: datetime,
    expires_at: datetime | None,
) -> None:
    """Write where a visit stands."""
    connection = await driver(session)
    await connection.execute(
        "update visit set state = $2, missing = $3::jsonb, changed_at = $4, expires_at = $5 where visit_ref = $1",
        visit_ref,
        state,
        msgspec.json.encode(missing).decode(),
        now,
        expires_at,
    )


async def overdue(session: AsyncSession, *, now: datetime, limit: int) -> list[StoredVisit]:
    """Return visits whose time is over, locked; those that another process has in hand are passed over."""
    connection = await driver(session)
    rows = await connection.fetch(
        f"select {VISIT_COLUMNS} from visit where expires_at <= $1 order by expires_at limit $2 for update skip locked",
        now,
        limit,
    )
    return [StoredVisit(*row) for row in rows]


async def page(
    session: AsyncSession,
    *,
    institution_code: str | None,
    states: Collection[str],
    after: UUID | None,
    limit: int,
) -> list[StoredVisit]:
    """Return visits in the order in which they were opened, after a ref."""
    connection = await driver(session)
    rows = await connection.fetch(
        f"select {VISIT_COLUMNS} from visit where ($1::text is null or institution_code = $1) "
        "and state = any($2::text[]) and visit_ref > $3 order by visit_ref limit $4",
        institution_code,
        list(states),
        after or UUID(int=0),
        limit,
    )
    return [StoredVisit(*row) for row in rows]
