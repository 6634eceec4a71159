"""What belongs to an import: the parts of its files, the reasons why rows were not taken, and saved mappings."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.db import driver

_encode = msgspec.json.Encoder().encode

_ADD_ERRORS = """
insert into import_error (job_id, number, file, sheet, row_number, header, code, shown)
select $1, * from unnest($2::bigint[], $3::int[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[])
"""


class RowError(NamedTuple):
    """One reason why something was not taken."""

    file: int
    sheet: str | None
    row_number: int
    header: str | None
    code: str
    shown: str | None


async def add_part(session: AsyncSession, job_id: UUID, file: int, part: int, sealed: bytes) -> None:
    """Keep a part of a file."""
    connection = await driver(session)
    await connection.execute("insert into import_part values ($1, $2, $3, $4)", job_id, file, part, sealed)


async def part(session: AsyncSession, job_id: UUID, file: int, number: int) -> bytes | None:
    """Return a part of a file; None beyond its end."""
    connection = await driver(session)
    found: bytes | None = await connection.fetchval(
        "select sealed from import_part where job_id = $1 and file = $2 and part = $3", job_id, file, number
    )
    return found


async def forget_parts(session: AsyncSession, job_id: UUID) -> None:
    """Remove the files of a job."""
    connection = await driver(session)
    await connection.execute("delete from import_part where job_id = $1", job_id)


async def add_errors(session: AsyncSession, job_id: UUID, first: int, errors: Sequence[RowError]) -> None:
    """Keep reasons, numbered from ``first``."""
    if not errors:
        return
    connection = await driver(session)
    columns = list(zip(*errors, strict=True))
    await connection.execute(_ADD_ERRORS, job_id, list(range(first, first + len(errors))), *map(list, columns))


async def forget_errors(session: AsyncSession, job_id: UUID) -> None:
    """Remove what an earlier attempt found."""
    connection = await driver(session)
    await connection.execute("delete from import_error where job_id = $1", job_id)


async def errors(session: AsyncSession, job_id: UUID, *, after: int, limit: int) -> list[tuple[int, RowError]]:
    """Return reasons in their order, each with its number."""
    connection = await driver(session)
    rows = await connection.fetch(
        "select number, file, sheet, row_number, header, code, shown from import_error "
        "where job_id = $1 and number > $2 order by number limit $3",
        job_id,
        after,
        limit,
    )
    return [(row[0], RowError(*row[1:])) for row in map(tuple, rows)]


async def save_mapping(
    session: AsyncSession, owner: str, kind: str, name: str, mapping: Mapping[str, str], *, now: datetime
) -> None:
    """Keep a mapping under a name."""
    connection = await driver(session)
    await connection.execute(
        "insert into import_mapping values ($1, $2, $3, $4::jsonb, $5) on conflict (owner, kind, name) "
        "do update set mapping = excluded.mapping, changed_at = excluded.changed_at",
        owner,
        kind,
        name,
        _encode(mapping).decode(),
        now,
    )


async def saved_mapping(session: AsyncSession, owner: str, kind: str, name: str) -> dict[str, str] | None:
    """Return a mapping that was kept."""
    connection = await driver(session)
    found: dict[str, str] | None = await connection.fetchval(
        "select mapping from import_mapping where owner = $1 and kind = $2 and name = $3", owner, kind, name
    )
    return found
