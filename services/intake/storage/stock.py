"""Stock movements that were taken: written in arrays and one statement, read one at a time or in pages."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.domain.stock import INFLOWS, MovementKind
from services.intake.domain.stock_ledger import Step
from services.kit.db import driver

Key = tuple[str, str]
"""Institution code and the institution's movement id."""
Item = tuple[str, str]
"""Institution code and item code."""

_INSERT = """
insert into stock_movement (movement_ref, institution_code, movement_id, revision, kind, item_code, batch_number,
    quantity_e4, effect_e4, moved_at, settlement_id, refers_to, refers_revision, digest, traceparent, doubts, body,
    taken_at)
select *, $18::timestamptz from unnest($1::uuid[], $2::text[], $3::text[], $4::smallint[], $5::text[], $6::text[],
    $7::text[], $8::bigint[], $9::bigint[], $10::timestamptz[], $11::text[], $12::text[], $13::smallint[],
    $14::bytea[], $15::text[], $16::text[], $17::bytea[])
"""

_STANDING = """
select institution_code, movement_id, revision, movement_ref, digest, kind, item_code, quantity_e4, effect_e4
from stock_movement
where (institution_code, movement_id) in (select * from unnest($1::text[], $2::text[]))
"""

_DELETED = """
select distinct institution_code, refers_to, refers_revision from stock_movement
where kind = 'delete' and (institution_code, refers_to) in (select * from unnest($1::text[], $2::text[]))
"""

_STOCKED = """
select institution_code, item_code from unnest($1::text[], $2::text[]) as asked (institution_code, item_code)
where exists (
    select 1 from stock_movement as known
    where known.institution_code = asked.institution_code and known.item_code = asked.item_code
        and known.kind = any ($3::text[]) and (known.kind = 'count' or known.effect_e4 > 0)
)
"""

# Movements between two counts are summed by day, kind and batch; a count is a row of its own. At one instant a count
# comes last: it was made of what the movements left.
_LEDGER = """
with deletion as (
    select distinct refers_to, refers_revision from stock_movement
    where institution_code = $1 and kind = 'delete' and refers_to is not null
), movement as (
    select one.movement_id, one.revision, one.kind, coalesce(one.batch_number, '') as batch, one.quantity_e4,
        coalesce(one.effect_e4, 0) as effect_e4, one.moved_at, deletion.refers_to is not null as deleted
    from stock_movement as one
    left join deletion on deletion.refers_to = one.movement_id and deletion.refers_revision = one.revision
    where one.institution_code = $1 and one.item_code = $2 and one.kind <> 'delete'
        and ($3::timestamptz is null or one.moved_at < $3)
), placed as (
    select *, sum((kind = 'count')::integer) over (
        order by moved_at, (kind = 'count'), movement_id, revision rows between unbounded preceding and current row
    ) - (kind = 'count')::integer as counts_before
    from movement
)
select (moved_at at time zone 'Asia/Shanghai')::date as day, kind, batch,
    case when kind = 'count' then max(quantity_e4) else sum(effect_e4) end::bigint, deleted, count(*)
from placed
group by counts_before, day, kind, batch, deleted
order by counts_before, (kind = 'count'), day
"""

_SELECT = """
select movement_ref, one.institution_code, one.movement_id, one.revision, one.taken_at, one.doubts, one.body,
    exists (
        select 1 from stock_movement as deletion
        where deletion.kind = 'delete' and deletion.institution_code = one.institution_code
            and deletion.refers_to = one.movement_id and deletion.refers_revision = one.revision
    ) as deleted
from stock_movement as one
"""


@dataclass(slots=True)
class NewMovement:
    """A row to be written, in the order of the statement's arrays."""

    movement_ref: UUID
    institution_code: str
    movement_id: str
    revision: int
    kind: str
    item_code: str | None
    batch_number: str | None
    quantity_e4: int
    effect_e4: int | None
    moved_at: datetime
    settlement_id: str | None
    refers_to: str | None
    refers_revision: int | None
    digest: bytes
    traceparent: str | None
    doubts: str | None
    body: bytes


class StandingMovement(NamedTuple):
    """What stands under an id: one revision of it."""

    institution_code: str
    movement_id: str
    revision: int
    movement_ref: UUID
    digest: bytes
    kind: MovementKind
    item_code: str | None
    quantity_e4: int
    effect_e4: int | None


class StoredMovement(NamedTuple):
    """A movement as it is read back."""

    movement_ref: UUID
    institution_code: str
    movement_id: str
    revision: int
    taken_at: datetime
    doubts: str | None
    body: bytes
    deleted: bool


async def lock(session: AsyncSession, institution_codes: Collection[str]) -> None:
    """Let writers of the same institutions wait for each other until the transaction ends.

    What a movement refers to, what was deleted and what is new can only be told while nobody else writes.
    """
    connection = await driver(session)
    await connection.execute(
        "select pg_advisory_xact_lock(hashtext('intake.stock'), hashtext(code)) from unnest($1::text[]) as code",
        sorted(institution_codes),
    )


async def standing(session: AsyncSession, keys: Collection[Key]) -> dict[Key, list[StandingMovement]]:
    """Return what stands under keys, the revisions of each in order; those that are free are left out."""
    connection = await driver(session)
    rows = await connection.fetch(_STANDING, [key[0] for key in keys], [key[1] for key in keys])
    found: dict[Key, list[StandingMovement]] = {}
    for one in sorted((StandingMovement(*row) for row in rows), key=lambda one: one.revision):
        found.setdefault((one.institution_code, one.movement_id), []).append(one)
    return found


async def deletions(session: AsyncSession, keys: Collection[Key]) -> set[tuple[str, str, int]]:
    """Return which revisions of movements were deleted: institution code, movement id, revision."""
    connection = await driver(session)
    rows = await connection.fetch(_DELETED, [key[0] for key in keys], [key[1] for key in keys])
    return {(row[0], row[1], row[2]) for row in rows}


async def stocked(session: AsyncSession, items: Collection[Item]) -> set[Item]:
    """Return the items of which something is known to have come into an institution's stock."""
    connection = await driver(session)
    rows = await connection.fetch(_STOCKED, [item[0] for item in items], [item[1] for item in items], list(INFLOWS))
    return {(row[0], row[1]) for row in rows}


async def add(session: AsyncSession, movements: Sequence[NewMovement], *, now: datetime) -> None:
    """Write movements whose keys are free; their institutions are locked."""
    connection = await driver(session)
    columns = zip(*[_values(one) for one in movements], strict=True)
    await connection.execute(_INSERT, *[list(column) for column in columns], now)


def _values(one: NewMovement) -> tuple[object, ...]:
    return tuple([getattr(one, name) for name in NewMovement.__dataclass_fields__])


async def ledger(
    session: AsyncSession, institution_code: str, item_code: str, *, before: datetime | None
) -> list[Step]:
    """Return the steps of an item's ledger in order, of what moved before an instant."""
    connection = await driver(session)
    return [Step(*row) for row in await connection.fetch(_LEDGER, institution_code, item_code, before)]


async def get(session: AsyncSession, key: Key) -> StoredMovement | None:
    """Return the newest revision of a movement."""
    connection = await driver(session)
    row = await connection.fetchrow(
        f"{_SELECT} where one.institution_code = $1 and one.movement_id = $2 order by one.revision desc limit 1", *key
    )
    return StoredMovement(*row) if row else None


class Wanted(NamedTuple):
    """Which movements a list holds; None leaves a property open."""

    institution_code: str | None = None
    item_code: str | None = None
    settlement_id: str | None = None
    kind: str | None = None
    moved_from: date | None = None
    moved_until: date | None = None


async def page(session: AsyncSession, wanted: Wanted, *, after: UUID | None, limit: int) -> list[StoredMovement]:
    """Return movements in the order in which they were taken, after a ref."""
    connection = await driver(session)
    rows = await connection.fetch(
        f"""{_SELECT}
        where one.movement_ref > $1
            and ($2::text is null or one.institution_code = $2) and ($3::text is null or one.item_code = $3)
            and ($4::text is null or one.settlement_id = $4) and ($5::text is null or one.kind = $5)
            and ($6::date is null or one.moved_at >= $6::timestamp at time zone 'Asia/Shanghai')
            and ($7::date is null or one.moved_at < ($7 + 1)::timestamp at time zone 'Asia/Shanghai')
        order by one.movement_ref limit $8""",
        after or UUID(int=0),
        *wanted,
        limit,
    )
    return [StoredMovement(*row) for row in rows]
