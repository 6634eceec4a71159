"""Visits in arrays: what messages that came at the same time bring, written in a few statements for all of them.

Only what is usual: a visit that is open and the same person's, parts that meet none of other content. Whatever is not
comes back as left out, and is dealt with one visit at a time. Visits are locked in the order of their keys.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.storage.visits import PART_COLUMNS, VISIT_COLUMNS, Brought, NewPart, StoredPart, StoredVisit
from services.kit.db import driver

VisitKey = tuple[str, str]
"""Institution code and visit id."""
_BETWEEN = "\x1f"
"""Stands between serials on their way, for an array of arrays must not be ragged; no serial holds it."""
NumberKey = tuple[str, str, str]
"""Institution code, kind of visit, and the institution's own number of it."""

# An open visit's end is moved on by an hour or more or not at all, so that most messages touch none of its indexes.
_OPEN = """
insert into visit (visit_ref, institution_code, visit_id, kind, in_house_number, insured_ref, state, missing, opened_at,
    changed_at, expires_at)
select visit_ref, institution_code, visit_id, kind, in_house_number, insured_ref, 'open', '[]', $7, $7, expires_at
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $8::timestamptz[])
    as came (visit_ref, institution_code, visit_id, kind, in_house_number, insured_ref, expires_at)
on conflict (institution_code, visit_id) do update set changed_at = excluded.changed_at,
    expires_at = case when excluded.expires_at - visit.expires_at > interval '1 hour' then excluded.expires_at
        else visit.expires_at end,
    in_house_number = coalesce(excluded.in_house_number, visit.in_house_number)
where visit.state = 'open' and visit.kind = excluded.kind and visit.insured_ref = excluded.insured_ref
returning institution_code, visit_id, visit_ref
"""

# A message of which one part meets another that stands is left out whole. Its visit is locked, so none comes between.
_ADD = """
with brought as (
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[])
        as message (visit_ref, kind, state, message_id, received_at, traceparent)
), came as (
    select visit_ref, kind, state, message_id, received_at, traceparent, part_key, batch, digest, sealed,
        string_to_array(serials, $13) as serials
    from brought join unnest($7::uuid[], $8::text[], $9::text[], $10::bytea[], $11::bytea[], $12::text[])
        as part (visit_ref, part_key, batch, digest, sealed, serials) using (visit_ref)
), met as (
    select visit_ref from came join visit_part standing using (visit_ref, kind, part_key)
    where standing.state not in ('held', 'cancelled')
    union
    -- A line stands by itself, or among those it came with.
    select came.visit_ref from came join visit_part standing on standing.visit_ref = came.visit_ref
        and standing.kind = 'line' and standing.part_key = any(came.serials)
    where came.kind = 'lines'
    union
    select came.visit_ref from came join visit_part standing on standing.visit_ref = came.visit_ref
        and standing.kind = 'lines' and (standing.serials && came.serials or came.part_key = any(standing.serials))
    where came.kind in ('line', 'lines')
), written as (
    insert into visit_part (visit_ref, kind, part_key, batch, state, digest, sealed, message_id, received_at,
        traceparent, serials)
    select visit_ref, kind, part_key, batch, state, digest, sealed, message_id, received_at, traceparent, serials
    from came where visit_ref not in (select visit_ref from met)
    on conflict (visit_ref, kind, part_key) do update set
        batch = excluded.batch, state = excluded.state, settlement_id = null, digest = excluded.digest,
        sealed = excluded.sealed, message_id = excluded.message_id, received_at = excluded.received_at,
        traceparent = excluded.traceparent, serials = excluded.serials
)
select visit_ref from met
"""

_LOCK = f"""
select {VISIT_COLUMNS} from visit
where (institution_code, visit_id) in (select * from unnest($1::text[], $2::text[])) and state = 'open'
order by institution_code collate "C", visit_id collate "C" for update
"""

_PARTS = f"""
select visit_ref, {PART_COLUMNS} from visit_part where visit_ref = any($1::uuid[]) and state <> 'cancelled'
order by visit_ref, received_at, part_key
"""

# Settlements are written once, as they end. One of the same id that was cancelled gives way.
_SETTLE = """
with complete as (
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::bytea[], $6::text[], $7::timestamptz[],
        $8::text[], $9::text[], $10::timestamptz[])
        as part (visit_ref, part_key, batch, digest, sealed, message_id, received_at, traceparent, state, expires_at)
), kept as (
    insert into visit_part (visit_ref, kind, part_key, batch, state, digest, sealed, message_id, received_at,
        traceparent)
    select visit_ref, 'settlement', part_key, batch, 'complete', digest, sealed, message_id, received_at, traceparent
    from complete
    on conflict (visit_ref, kind, part_key) do update set
        batch = excluded.batch, state = excluded.state, settlement_id = null, digest = excluded.digest,
        sealed = excluded.sealed, message_id = excluded.message_id, received_at = excluded.received_at,
        traceparent = excluded.traceparent
), taken as (
    update visit_part set state = 'settled', settlement_id = line.settlement_id
    from unnest($11::uuid[], $12::text[], $13::text[], $14::text[]) as line (visit_ref, kind, part_key, settlement_id)
    where visit_part.visit_ref = line.visit_ref and visit_part.kind = line.kind and visit_part.part_key = line.part_key
)
update visit set state = complete.state, missing = '[]', changed_at = complete.received_at,
    expires_at = complete.expires_at
from complete where visit.visit_ref = complete.visit_ref
"""


class OpenedVisit(NamedTuple):
    """A visit that a message is about."""

    visit_ref: UUID
    """Taken when the visit is new."""
    key: VisitKey
    kind: str
    in_house_number: str | None
    insured_ref: str
    expires_at: datetime


class CompleteSettlement(NamedTuple):
    """A settlement of a visit whose fact is in the outbox."""

    visit_ref: UUID
    part: StoredPart
    lines: Collection[StoredPart]
    """It took these whole: a line, or several that are kept together."""
    visit_state: str
    expires_at: datetime | None


async def in_house(session: AsyncSession, numbers: Collection[NumberKey]) -> dict[NumberKey, str]:
    """Return the ids of the visits that institutions registered under numbers of their own.

    Two registrations of one number at once: the second waits here until the first has its id.
    """
    connection = await driver(session)
    wanted = sorted(numbers)
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended(name, 0)) from unnest($1::text[]) as name",
        [f"visit:{institution}:{kind}:{number}" for institution, kind, number in wanted],
    )
    rows = await connection.fetch(
        "select institution_code, kind, in_house_number, visit_id from visit "
        "where (institution_code, kind, in_house_number) in (select * from unnest($1::text[], $2::text[], $3::text[])) "
        "and state <> 'cancelled'",
        [one[0] for one in wanted],
        [one[1] for one in wanted],
        [one[2] for one in wanted],
    )
    return {(row[0], row[1], row[2]): row[3] for row in rows}


async def open_locked(session: AsyncSession, opened: Iterable[OpenedVisit], *, now: datetime) -> dict[VisitKey, UUID]:
    """Return the refs of visits, locked; new ones are opened, and one that is not usual is left out."""
    connection = await driver(session)
    ordered = sorted(opened, key=lambda one: one.key)
    rows = await connection.fetch(
        _OPEN,
        [one.visit_ref for one in ordered],
        [one.key[0] for one in ordered],
        [one.key[1] for one in ordered],
        [one.kind for one in ordered],
        [one.in_house_number for one in ordered],
        [one.insured_ref for one in ordered],
        now,
        [one.expires_at for one in ordered],
    )
    return {(row[0], row[1]): row[2] for row in rows}


async def add_parts(session: AsyncSession, messages: Mapping[UUID, tuple[Brought, Sequence[NewPart]]]) -> set[UUID]:
    """Write the parts of messages, each about one visit that is locked; return the visits whose message met another."""
    connection = await driver(session)
    brought = [(ref, one) for ref, (one, _) in messages.items()]
    parts = [(ref, part) for ref, (_, new) in messages.items() for part in new]
    rows = await connection.fetch(
        _ADD,
        [ref for ref, _ in brought],
        [one.kind for _, one in brought],
        [one.state for _, one in brought],
        [one.message_id for _, one in brought],
        [one.received_at for _, one in brought],
        [one.traceparent for _, one in brought],
        [ref for ref, _ in parts],
        [part.part_key for _, part in parts],
        [part.batch for _, part in parts],
        [part.digest for _, part in parts],
        [part.sealed for _, part in parts],
        [_BETWEEN.join(part.serials) or None for _, part in parts],
        _BETWEEN,
    )
    return {row[0] for row in rows}


async def lock_open(session: AsyncSession, keys: Iterable[VisitKey]) -> dict[VisitKey, StoredVisit]:
    """Return those of the visits that are open, locked until the transaction ends."""
    connection = await driver(session)
    wanted = list(keys)
    rows = await connection.fetch(_LOCK, [key[0] for key in wanted], [key[1] for key in wanted])
    return {(row["institution_code"], row["visit_id"]): StoredVisit(*row) for row in rows}


async def parts(session: AsyncSession, visit_refs: Collection[UUID]) -> dict[UUID, list[StoredPart]]:
    """Return every part of visits that is not cancelled, in the order in which they came."""
    connection = await driver(session)
    found: dict[UUID, list[StoredPart]] = {ref: [] for ref in visit_refs}
    for row in await connection.fetch(_PARTS, list(visit_refs)):
        ref, *values = row
        found[ref].append(StoredPart(*values))
    return found


async def settle(session: AsyncSession, settled: Sequence[CompleteSettlement]) -> None:
    """Write settlements that are complete, what they took, and where their visits then stand."""
    connection = await driver(session)
    lines = [(one.visit_ref, line, one.part.part_key) for one in settled for line in one.lines]
    await connection.execute(
        _SETTLE,
        [one.visit_ref for one in settled],
        [one.part.part_key for one in settled],
        [one.part.batch for one in settled],
        [one.part.digest for one in settled],
        [one.part.sealed for one in settled],
        [one.part.message_id for one in settled],
        [one.part.received_at for one in settled],
        [one.part.traceparent for one in settled],
        [one.visit_state for one in settled],
        [one.expires_at for one in settled],
        [ref for ref, _, _ in lines],
        [line.kind for _, line, _ in lines],
        [line.part_key for _, line, _ in lines],
        [settlement_id for _, _, settlement_id in lines],
    )
