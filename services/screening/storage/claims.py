"""Claims as they came, kept so that one can be judged again."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from services.contracts.intake import SettlementAccepted

# Locked in one order, so that two transactions that look at the same settlements again wait instead of deadlocking. The
# bodies are read only then: a statement that waited for a lock would still see what they were before.
_LOCK_STANDING = """
select settlement_ref, traceparent from settlement
where settlement_ref = any($1::uuid[]) and reversed_at is null and verdict is not null
order by settlement_ref for update
"""

_BODIES = "select settlement_ref, body from claim where settlement_ref = any($1::uuid[])"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(SettlementAccepted).decode


_PERIOD = """
select body from claim where settled_at > $1 and settled_at < $2 order by settled_at, settlement_ref limit $3
"""

_SAME_INSTANT = "select body from claim where settled_at = $1"


_RECENT = "select body from claim order by settled_at desc, settlement_ref desc limit $1"


class _Item(msgspec.Struct):
    item_code: str


class _Items(msgspec.Struct):
    """Only what item codes a claim names: a fraction of the time that a whole claim takes."""

    lines: list[_Item]


_decode_items = msgspec.json.Decoder(_Items).decode


class KeptClaim(NamedTuple):
    """A claim and the trace in which it was first screened."""

    claim: SettlementAccepted
    traceparent: str | None


async def copy(connection: asyncpg.Connection, claims: Sequence[SettlementAccepted]) -> None:
    """Keep the claims of a batch."""
    records: list[tuple[UUID, datetime, str, bytes]] = [
        (claim.settlement_ref, claim.settled_at, claim.institution.code, _encode(claim)) for claim in claims
    ]
    await connection.copy_records_to_table(
        "claim", records=records, columns=("settlement_ref", "settled_at", "institution_code", "body")
    )


async def replace(connection: asyncpg.Connection, claims: Sequence[SettlementAccepted]) -> None:
    """Keep what is left of claims instead of what they were."""
    await connection.execute(
        "update claim set body = rest.body from unnest($1::uuid[], $2::bytea[]) as rest (settlement_ref, body) "
        "where claim.settlement_ref = rest.settlement_ref",
        [claim.settlement_ref for claim in claims],
        [_encode(claim) for claim in claims],
    )


async def lock_standing(connection: asyncpg.Connection, settlement_refs: Iterable[UUID]) -> list[KeptClaim]:
    """Return those claims that were screened and not reversed, their settlements locked for this transaction."""
    locked = dict(await connection.fetch(_LOCK_STANDING, list(settlement_refs)))
    bodies = await connection.fetch(_BODIES, list(locked)) if locked else []
    return [KeptClaim(_decode(row[1]), locked[row[0]]) for row in sorted(bodies, key=itemgetter(0))]


async def count(connection: asyncpg.Connection, since: datetime, until: datetime) -> int:
    """Return how many claims were settled from an instant until before another."""
    found: int = await connection.fetchval(
        "select count(*) from claim where settled_at >= $1 and settled_at < $2", since, until
    )
    return found


async def after(
    connection: asyncpg.Connection, instant: datetime, until: datetime, *, limit: int
) -> list[SettlementAccepted]:
    """Return the next claims settled after an instant and before another, never a part of those of one instant."""
    found = [_decode(row[0]) for row in await connection.fetch(_PERIOD, instant, until, limit)]
    if len(found) < limit:
        return found
    last = found[-1].settled_at
    whole = [one for one in found if one.settled_at < last]
    return [*whole, *(_decode(row[0]) for row in await connection.fetch(_SAME_INSTANT, last))]


async def of_settlements(connection: asyncpg.Connection, settlement_refs: Iterable[UUID]) -> list[SettlementAccepted]:
    """Return claims by ref, reversed or not; those that came before claims were kept are left out."""
    rows = await connection.fetch(
        "select body from claim where settlement_ref = any($1::uuid[])", list(settlement_refs)
    )
    return [_decode(row[0]) for row in rows]


async def recent_item_codes(connection: asyncpg.Connection, limit: int) -> frozenset[str]:
    """Return the item codes that the claims settled last name."""
    codes: set[str] = set()
    async for row in connection.cursor(_RECENT, limit, prefetch=500):
        codes.update(line.item_code for line in _decode_items(row[0]).lines)
    return frozenset(codes)
