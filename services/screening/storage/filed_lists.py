"""Settlement lists as screening keeps them: of each settlement the version that stands."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from services.contracts.intake import SettlementListFiled

# In the order of the key, so that two workers with lists of the same settlements do not deadlock.
_STORE = """
insert into filed_list (institution_code, settlement_id, version, settlement_ref, body)
select institution_code, settlement_id, version,
    coalesce(filed.settlement_ref, settlement.settlement_ref), body
from unnest($1::text[], $2::text[], $3::integer[], $4::uuid[], $5::bytea[])
    as filed (institution_code, settlement_id, version, settlement_ref, body)
left join settlement using (institution_code, settlement_id)
order by institution_code, settlement_id
on conflict (institution_code, settlement_id) do update set version = excluded.version, body = excluded.body,
    settlement_ref = coalesce(excluded.settlement_ref, filed_list.settlement_ref)
where filed_list.version < excluded.version
returning settlement_ref
"""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(SettlementListFiled).decode


class Bound(NamedTuple):
    """A claim whose list may have come before it."""

    institution_code: str
    settlement_id: str
    settlement_ref: UUID


async def store(connection: asyncpg.Connection, filed: Iterable[SettlementListFiled]) -> list[UUID]:
    """Keep lists that are newer than what stands; return the claims, already known, whose list changed."""
    newest: dict[tuple[str, str], SettlementListFiled] = {}
    for one in filed:
        key = one.institution_code, one.settlement_id
        if key not in newest or newest[key].version < one.version:
            newest[key] = one
    rows = await connection.fetch(
        _STORE,
        [one.institution_code for one in newest.values()],
        [one.settlement_id for one in newest.values()],
        [one.version for one in newest.values()],
        [one.settlement_ref for one in newest.values()],
        [_encode(one) for one in newest.values()],
    )
    return [row[0] for row in rows if row[0] is not None]


async def bind(connection: asyncpg.Connection, claims: Sequence[Bound]) -> None:
    """Tell lists that came first which claim they belong to."""
    await connection.execute(
        "update filed_list set settlement_ref = claim.ref "
        "from unnest($1::text[], $2::text[], $3::uuid[]) as claim (institution, id, ref) "
        "where institution_code = claim.institution and settlement_id = claim.id "
        "and filed_list.settlement_ref is distinct from claim.ref",
        *(list(column) for column in zip(*claims, strict=True)),
    )


async def read(connection: asyncpg.Connection, settlement_refs: Iterable[UUID]) -> list[SettlementListFiled]:
    """Return the lists that stand for some claims, each naming its claim."""
    wanted = list(settlement_refs)
    if not wanted:
        return []
    rows = await connection.fetch(
        "select body, settlement_ref from filed_list where settlement_ref = any($1::uuid[])", wanted
    )
    return [msgspec.structs.replace(_decode(row[0]), settlement_ref=row[1]) for row in rows]
