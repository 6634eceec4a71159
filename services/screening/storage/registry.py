"""The registry as intake states it: for each object the newest fact, which holds its whole history."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.db import driver

Kind = Literal["institution", "practitioner", "department", "insured_person"]

_KEEP = """
insert into registry_entry (kind, object_code, stated_at, entry)
select kind, object_code, stated_at, entry::jsonb
from unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[]) as stated (kind, object_code, stated_at, entry)
on conflict (kind, object_code) do update set stated_at = excluded.stated_at, entry = excluded.entry
where excluded.stated_at >= registry_entry.stated_at
returning kind, object_code
"""

_ENTRIES = "select object_code, entry::text from registry_entry where kind = $1 and object_code = any($2::text[])"

_ENTRY = "select entry::text from registry_entry where kind = $1 and object_code = $2"


class Stated(NamedTuple):
    """One object as a fact stated it."""

    kind: Kind
    object_code: str
    stated_at: datetime
    entry: str
    """The fact as JSON."""


async def keep(session: AsyncSession, entries: Sequence[Stated]) -> list[Stated]:
    """Keep the newest statement about each object; an older one that comes late changes nothing.

    Return those that are kept now.
    """
    newest: dict[tuple[Kind, str], Stated] = {}
    for one in entries:
        known = newest.get((one.kind, one.object_code))
        if known is None or known.stated_at <= one.stated_at:
            newest[one.kind, one.object_code] = one
    if not newest:
        return []
    connection = await driver(session)
    ordered = [newest[key] for key in sorted(newest)]
    rows = await connection.fetch(_KEEP, *(list(column) for column in zip(*ordered, strict=True)))
    return [newest[row[0], row[1]] for row in rows]


async def entries_of(session: AsyncSession, kind: Kind, codes: Collection[str]) -> dict[str, str]:
    """Return the facts about objects of a kind as JSON, by code; those that were never stated are left out."""
    connection = await driver(session)
    return {row[0]: row[1] for row in await connection.fetch(_ENTRIES, kind, list(codes))}


async def entry_of(connection: asyncpg.Connection, kind: Kind, code: str) -> str | None:
    """Return the fact about one object as JSON, None where none was stated."""
    found: str | None = await connection.fetchval(_ENTRY, kind, code)
    return found
