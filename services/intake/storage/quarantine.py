"""Entries of the quarantine and what was done about them; bodies come and go encrypted."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.db import driver
from services.kit.ids import new_id

_ENTRY = (
    "entry_id, institution_code, region, kind, source, reference, subject, code, problems, size, corrections, "
    "times_seen, state, received_at, received_from, changed_at, result, traceparent, sealed is not null, waits"
)

# The same body again while it waits is counted, not kept twice. The region is the institution's own by the registry.
_KEEP = """
insert into quarantine_entry (entry_id, institution_code, region, kind, source, reference, subject, code, problems,
    digest, size, sealed, times_seen, state, received_at, received_from, changed_at, traceparent, own_id, waits)
select entry_id, institution_code,
    coalesce((select fields ->> 'region' from registry_period
        where kind = 'institution' and object_code = coalesce(came.institution_code, came.located_by)
        order by effective_from desc limit 1), came.region),
    kind, source, reference, subject, code, problems::jsonb, digest, size, sealed, seen, 'open', $12, $13, $12, $14,
    own_id, waits
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::bytea[], $10::integer[], $11::bytea[], $15::integer[], $16::text[], $17::text[], $18::text[], $19::boolean[])
    as came (entry_id, institution_code, kind, source, reference, subject, code, problems, digest, size, sealed, seen,
        own_id, region, located_by, waits)
on conflict (coalesce(institution_code, ''), kind, digest) where state in ('open', 'releasing') do update set
    times_seen = quarantine_entry.times_seen + excluded.times_seen, changed_at = excluded.changed_at,
    waits = quarantine_entry.waits or excluded.waits
returning xmax = 0
"""

_SUPERSEDE = """
with gone as (
    update quarantine_entry entry set state = 'superseded', changed_at = $1
    where state = 'open' and (
        kind in ('settlement', 'visit') and exists (
            select from settlement where settlement.institution_code = entry.institution_code
                and settlement.settlement_id = entry.subject and settlement.accepted_at > entry.received_at)
        or kind = 'message' and reference !~ '^fsi:(2208|2305):' and exists (
            select from visit where visit.institution_code = entry.institution_code
                and visit.visit_id = entry.subject and visit.state = 'settled' and visit.changed_at > entry.received_at)
        or kind = 'message' and reference ~ '^fsi:(2208|2305):' and exists (
            select from settlement where settlement.institution_code = entry.institution_code
                and settlement.settlement_id = entry.subject and settlement.reversed_at > entry.received_at)
        or kind = 'reversal' and exists (
            select from settlement join settlement_reversal made using (settlement_ref)
            where settlement.institution_code = entry.institution_code
                and settlement.settlement_id in (entry.subject, (
                    select stands_under from settlement_second_report second
                    where second.institution_code = entry.institution_code and second.settlement_id = entry.subject))
                and made.reversal_id = entry.own_id and made.reversed_at > entry.received_at)
    ) returning entry_id
)
select count(*) from gone
"""

_EXPIRE = """
with old as (
    select entry_id from quarantine_entry where received_at < $2 and sealed is not null limit $3 for update skip locked
), gone as (
    update quarantine_entry set sealed = null, sealed_correction = null, changed_at = $1,
        state = case when state in ('open', 'releasing') then 'expired' else state end
    where entry_id in (select entry_id from old) returning entry_id
), actions as (
    update quarantine_action set sealed = null where entry_id in (select entry_id from gone) and sealed is not null
)
select count(*) from gone
"""


class NewEntry(NamedTuple):
    """An entry to be written."""

    institution_code: str | None
    kind: str
    source: str
    reference: str
    subject: str | None
    code: str
    problems: str
    digest: bytes
    size: int
    sealed: bytes
    times_seen: int = 1
    own_id: str | None = None
    region: str | None = None
    located_by: str | None = None
    waits: bool = False


class StoredEntry(NamedTuple):
    """An entry without its body."""

    entry_id: UUID
    institution_code: str | None
    region: str | None
    kind: str
    source: str
    reference: str
    subject: str | None
    code: str
    problems: list[tuple[str, str]]
    size: int
    corrections: int
    times_seen: int
    state: str
    received_at: datetime
    received_from: str
    changed_at: datetime
    result: dict[str, object] | None
    traceparent: str | None
    has_body: bool
    waits: bool
    """It is released of itself when its settlement comes."""


class StoredAction(NamedTuple):
    """Something that was done about an entry."""

    action: str
    by: str
    at: datetime
    why: str | None
    code: str | None


class Load(NamedTuple):
    """What waits of one institution."""

    entries: int
    size: int


async def waiting(session: AsyncSession, institutions: Collection[str | None]) -> dict[str | None, Load]:
    """Return how much waits of institutions; None is where the sender could not be told."""
    connection = await driver(session)
    rows = await connection.fetch(
        "select institution_code, count(*), coalesce(sum(size), 0) from quarantine_entry "
        "where state in ('open', 'releasing') and (institution_code = any($1::text[]) "
        "or $2 and institution_code is null) group by institution_code",
        [code for code in institutions if code is not None],
        None in institutions,
    )
    return {row[0]: Load(row[1], row[2]) for row in rows}


async def keep(
    session: AsyncSession, entries: Sequence[NewEntry], *, now: datetime, received_from: str, traceparent: str | None
) -> int:
    """Write entries; return how many are new. No two of them may have the same body."""
    connection = await driver(session)
    # Ids rise in the order in which the bodies came; rows are locked in the order of their key.
    identified = [(new_id(), entry) for entry in entries]
    identified.sort(key=lambda one: (one[1].institution_code or "", one[1].kind, one[1].digest))
    ordered = [entry for _, entry in identified]
    rows = await connection.fetch(
        _KEEP,
        [entry_id for entry_id, _ in identified],
        [one.institution_code for one in ordered],
        [one.kind for one in ordered],
        [one.source for one in ordered],
        [one.reference for one in ordered],
        [one.subject for one in ordered],
        [one.code for one in ordered],
        [one.problems for one in ordered],
        [one.digest for one in ordered],
        [one.size for one in ordered],
        [one.sealed for one in ordered],
        now,
        received_from,
        traceparent,
        [one.times_seen for one in ordered],
        [one.own_id for one in ordered],
        [one.region for one in ordered],
        [one.located_by for one in ordered],
        [one.waits for one in ordered],
    )
    return sum(row[0] for row in rows)


async def page(
    session: AsyncSession,
    *,
    institution_code: str | None,
    region_prefix: str | None,
    states: Collection[str],
    source: str | None,
    code: str | None,
    kinds: Collection[str] | None,
    after: UUID | None,
    limit: int,
) -> list[StoredEntry]:
    """Return entries, the oldest first, after one of them."""
    connection = await driver(session)
    rows = await connection.fetch(
        f"select {_ENTRY} from quarantine_entry where ($1::text is null or institution_code = $1) "
        "and ($2::text is null or starts_with(region, $2)) and state = any($3::text[]) "
        "and ($4::text is null or source = $4) and ($5::text is null or code = $5) and entry_id > $6 "
        "and ($8::text[] is null or kind = any($8)) order by entry_id limit $7",
        institution_code,
        region_prefix,
        list(states),
        source,
        code,
        after or UUID(int=0),
        limit,
        None if kinds is None else list(kinds),
    )
    return [_entry(row) for row in rows]


async def find(session: AsyncSession, entry_id: UUID, *, lock: bool = False) -> StoredEntry | None:
    """Return an entry, locked until the transaction ends if asked to."""
    connection = await driver(session)
    row = await connection.fetchrow(
        f"select {_ENTRY} from quarantine_entry where entry_id = $1{' for update' if lock else ''}", entry_id
    )
    return _entry(row) if row else None


async def bodies(session: AsyncSession, entry_id: UUID) -> tuple[bytes | None, bytes | None]:
    """Return the body as it came and as it was last corrected, both encrypted."""
    connection = await driver(session)
    row = await connection.fetchrow(
        "select sealed, sealed_correction from quarantine_entry where entry_id = $1", entry_id
    )
    return (row[0], row[1]) if row else (None, None)


async def correct(session: AsyncSession, entry_id: UUID, sealed: bytes, *, now: datetime) -> None:
    """Put a correction in place of the one before; the body as it came stays."""
    connection = await driver(session)
    await connection.execute(
        "update quarantine_entry set sealed_correction = $2, corrections = corrections + 1, changed_at = $3 "
        "where entry_id = $1",
        entry_id,
        sealed,
        now,
    )


async def set_state(
    session: AsyncSession,
    entry_id: UUID,
    state: str,
    *,
    now: datetime,
    result: object | None = None,
    problems: str | None = None,
    code: str | None = None,
) -> None:
    """Move an entry on; problems and code only where a release was refused for new reasons."""
    connection = await driver(session)
    await connection.execute(
        "update quarantine_entry set state = $2, changed_at = $3, result = coalesce($4::jsonb, result), "
        "problems = coalesce($5::jsonb, problems), code = coalesce($6, code) where entry_id = $1",
        entry_id,
        state,
        now,
        None if result is None else msgspec.json.encode(result).decode(),
        problems,
        code,
    )


async def note(
    session: AsyncSession,
    entry_id: UUID,
    action: str,
    *,
    by: str,
    now: datetime,
    why: str | None = None,
    code: str | None = None,
    sealed: bytes | None = None,
) -> None:
    """Write down what was done about an entry."""
    connection = await driver(session)
    await connection.execute(
        'insert into quarantine_action (action_id, entry_id, action, "by", at, why, code, sealed) '
        "values ($1, $2, $3, $4, $5, $6, $7, $8)",
        new_id(),
        entry_id,
        action,
        by,
        now,
        why,
        code,
        sealed,
    )


async def actions(session: AsyncSession, entry_id: UUID) -> list[StoredAction]:
    """Return what was done about an entry, in order."""
    connection = await driver(session)
    rows = await connection.fetch(
        'select action, "by", at, why, code from quarantine_action where entry_id = $1 order by action_id', entry_id
    )
    return [StoredAction(*row) for row in rows]


async def supersede(session: AsyncSession, *, now: datetime) -> int:
    """Close entries whose settlement or visit was taken since by the ordinary way; return how many."""
    connection = await driver(session)
    return int(await connection.fetchval(_SUPERSEDE, now))


async def due(session: AsyncSession, *, code: str, limit: int) -> list[UUID]:
    """Return reversals that wait for their settlement, refused for want of it, and whose settlement is here now."""
    connection = await driver(session)
    rows = await connection.fetch(
        "select entry_id from quarantine_entry entry where state = 'open' and waits and kind = 'reversal' "
        "and code = $1 and (exists (select from settlement where settlement.institution_code = entry.institution_code "
        "and settlement.settlement_id = entry.subject) or exists (select from settlement_second_report second "
        "where second.institution_code = entry.institution_code and second.settlement_id = entry.subject)) "
        "order by entry_id limit $2",
        code,
        limit,
    )
    return [row[0] for row in rows]


async def expire(session: AsyncSession, *, now: datetime, before: datetime, limit: int) -> int:
    """Drop bodies that came before an instant; return of how many entries."""
    connection = await driver(session)
    return int(await connection.fetchval(_EXPIRE, now, before, limit))


async def total_waiting(session: AsyncSession) -> Load:
    """Return how much waits of all institutions."""
    connection = await driver(session)
    row = await connection.fetchrow(
        "select count(*), coalesce(sum(size), 0) from quarantine_entry where state in ('open', 'releasing')"
    )
    return Load(*row)


def _entry(row: Sequence[object]) -> StoredEntry:
    return StoredEntry(*row)  # type: ignore[arg-type]  # columns are in the order of the fields
