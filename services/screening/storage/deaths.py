"""Deaths of insured persons as the registry states them, and the lock between them and claims that are being screened.

A claim and the death of its person may be handled at the same moment by two workers: each would read the database
without the other, and a fee charged after the death would pass unseen. So every batch of claims holds one lock that all
batches share, from before it reads deaths until it ends; who changes a death takes the same lock for itself alone. That
waits for the batches in hand, whose claims are then found and looked at again, and holds up the next until it ends.
Changes of deaths are rare; other news of the registry never takes the lock. It is taken before any code is locked.
"""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import asyncpg

from services.screening.domain.prior import Death

_SHARE = "select pg_advisory_xact_lock_shared(hashtext('screening.deaths'))"

_ALONE = "select pg_advisory_xact_lock(hashtext('screening.deaths'))"

_READ = "select insured_ref, died_on, source, stated_at from insured_death where insured_ref = any($1::text[])"

_WRITE = """
insert into insured_death (insured_ref, died_on, source, stated_at)
select * from unnest($1::text[], $2::date[], $3::text[], $4::timestamptz[])
on conflict (insured_ref) do update
set died_on = excluded.died_on, source = excluded.source, stated_at = excluded.stated_at
"""

_ERASE = "delete from insured_death where insured_ref = any($1::text[])"

_SETTLEMENTS = """
select insured_ref, settlement_ref from settlement
where insured_ref = any($1::text[]) and reversed_at is null and verdict is not null
"""


async def hold(connection: asyncpg.Connection) -> None:
    """Let no death change until the end of the transaction, beside others that only read them."""
    await connection.execute(_SHARE)


async def hold_alone(connection: asyncpg.Connection) -> None:
    """Wait for all batches in hand, and let no other read deaths until the end of the transaction."""
    await connection.execute(_ALONE)


async def read(connection: asyncpg.Connection, insured_refs: Iterable[str]) -> list[Death]:
    """Return the deaths of those of some persons who have died."""
    wanted = list(insured_refs)
    return [Death(*row) for row in await connection.fetch(_READ, wanted)] if wanted else []


async def replace(connection: asyncpg.Connection, deaths: Mapping[str, Death | None]) -> None:
    """Keep what is true of some persons now, None for those who are alive."""
    alive = [person for person, death in deaths.items() if death is None]
    if alive:
        await connection.execute(_ERASE, alive)
    died = [death for _, death in sorted(deaths.items()) if death is not None]
    if died:
        await connection.execute(_WRITE, *(list(column) for column in zip(*died, strict=True)))


async def settlements_of(connection: asyncpg.Connection, insured_refs: Sequence[str]) -> dict[str, list[UUID]]:
    """Return by person the settlements that were screened and stand."""
    found: dict[str, list[UUID]] = {}
    for person, settlement_ref in await connection.fetch(_SETTLEMENTS, list(insured_refs)):
        found.setdefault(person, []).append(settlement_ref)
    return found
