"""Settlement lists that were filed, every version of each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.db import driver

Key = tuple[str, str]
"""Institution code and the institution's settlement id."""

_INSERT = """
insert into settlement_list (list_ref, institution_code, settlement_id, version, digest, gap_count, traceparent, body,
    filed_at)
select *, $9::timestamptz from unnest($1::uuid[], $2::text[], $3::text[], $4::integer[], $5::bytea[], $6::integer[],
    $7::text[], $8::bytea[])
"""

_STANDING = """
select institution_code, settlement_id, version, list_ref, digest from settlement_list
where (institution_code, settlement_id) in (select * from unnest($1::text[], $2::text[]))
order by version
"""

_SETTLED = """
select institution_code, settlement_id, settlement_ref, insured_ref, total_fen from settlement
where (institution_code, settlement_id) in (select * from unnest($1::text[], $2::text[]))
"""


@dataclass(slots=True)
class NewList:
    """A row to be written, in the order of the statement's arrays."""

    list_ref: UUID
    institution_code: str
    settlement_id: str
    version: int
    digest: bytes
    gap_count: int
    traceparent: str | None
    body: bytes


class StandingList(NamedTuple):
    """One version of what stands under a key."""

    institution_code: str
    settlement_id: str
    version: int
    list_ref: UUID
    digest: bytes


class SettlementOfList(NamedTuple):
    """What a list is held against."""

    settlement_ref: UUID
    insured_ref: str
    total_fen: int


async def lock(session: AsyncSession, institution_codes: Collection[str]) -> None:
    """Let writers of the same institutions wait for each other, so that no version is given twice."""
    connection = await driver(session)
    await connection.execute(
        "select pg_advisory_xact_lock(hashtext('intake.settlement_list'), hashtext(code))"
        " from unnest($1::text[]) as code",
        sorted(institution_codes),
    )


async def standing(session: AsyncSession, keys: Collection[Key]) -> dict[Key, list[StandingList]]:
    """Return the versions that stand under keys, in order; keys that are free are left out."""
    connection = await driver(session)
    found: dict[Key, list[StandingList]] = {}
    for row in await connection.fetch(_STANDING, [key[0] for key in keys], [key[1] for key in keys]):
        one = StandingList(*row)
        found.setdefault((one.institution_code, one.settlement_id), []).append(one)
    return found


async def settled(session: AsyncSession, keys: Collection[Key]) -> dict[Key, SettlementOfList]:
    """Return the settlements that lists name; those that have not come are left out."""
    connection = await driver(session)
    rows = await connection.fetch(_SETTLED, [key[0] for key in keys], [key[1] for key in keys])
    return {(row[0], row[1]): SettlementOfList(row[2], row[3], row[4]) for row in rows}


async def add(session: AsyncSession, lists: Sequence[NewList], *, now: datetime) -> None:
    """Write versions that are new; their institutions are locked."""
    connection = await driver(session)
    columns = zip(*[[getattr(one, name) for name in NewList.__dataclass_fields__] for one in lists], strict=True)
    await connection.execute(_INSERT, *[list(column) for column in columns], now)


async def versions(session: AsyncSession, key: Key) -> list[bytes]:
    """Return every version of a settlement's list as the JSON of its fact, the newest first."""
    connection = await driver(session)
    rows = await connection.fetch(
        "select body from settlement_list where institution_code = $1 and settlement_id = $2 order by version desc",
        *key,
    )
    return [row[0] for row in rows]


class Listed(NamedTuple):
    """A settlement's list in a page."""

    list_ref: UUID
    institution_code: str
    settlement_id: str
    version: int
    filed_at: datetime
    gap_count: int


async def page(session: AsyncSession, institution_code: str | None, *, after: Key | None, limit: int) -> list[Listed]:
    """Return the standing version of each list in the order of institutions and settlements, after a key."""
    connection = await driver(session)
    rows = await connection.fetch(
        """select distinct on (institution_code, settlement_id)
            list_ref, institution_code, settlement_id, version, filed_at, gap_count
        from settlement_list
        where ($1::text is null or institution_code = $1) and (institution_code, settlement_id) > ($2, $3)
        order by institution_code, settlement_id, version desc limit $4""",
        institution_code,
        *(after or ("", "")),
        limit,
    )
    return [Listed(*row) for row in rows]
