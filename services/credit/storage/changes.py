"""The feed of what credit states: facts get their place after they are committed, and are read by it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.storage.tables import change, change_counter

PLACED_AT_ONCE = 5_000
"""Facts placed in one transaction."""

WINDOW = 20_000
"""Places that one reading looks through, so that a rare selection never reads the whole feed at once."""

_PLACE = sa.text("""
with waiting as (
    select event_id, row_number() over (order by sequence) as number,
           convert_from(payload, 'UTF8')::jsonb as data
    from (select * from change where position is null order by sequence limit :most) oldest
), concerned as (
    select waiting.event_id, waiting.number,
           coalesce(practitioner.institution_codes, '{}')
           || array_remove(array[data ->> 'institution_code'], null) as institution_codes
    from waiting left join practitioner on practitioner.practitioner_code = data ->> 'practitioner_code'
), placed as (
    update change set
        position = cast(:last as bigint) + concerned.number,
        institution_codes = concerned.institution_codes,
        regions = array(
            select distinct region from institution where institution_code = any (concerned.institution_codes)
        )
    from concerned where change.event_id = concerned.event_id
    returning 1
)
select count(*) from placed
""")


@dataclass(frozen=True, slots=True)
class ChangeSelection:
    """Which facts a reader wants, and which it may have."""

    kinds: Collection[str] = ()
    """Types of facts; none: all."""
    institution_code: str | None = None
    """The one institution the facts must concern."""
    regions: Collection[str] = ()
    """Prefixes; an institution concerned must lie in each, one for what is asked and one for what is allowed."""


@dataclass(frozen=True, slots=True)
class PlacedChange:
    """A fact in its place."""

    position: int
    event_id: UUID
    type: str
    time: datetime
    traceparent: str | None
    payload: bytes
    """The fact's JSON as it was published."""


@dataclass(frozen=True, slots=True)
class ChangePage:
    """A part of the feed."""

    changes: list[PlacedChange]
    position: int
    """Everything up to here has been read or was not wanted."""
    more: bool
    """Whether the feed goes on behind it."""


async def any_waiting(session: AsyncSession) -> bool:
    """Tell whether a committed fact has no place yet."""
    return bool(await session.scalar(sa.select(sa.exists().where(change.c.position.is_(None)))))


async def place(session: AsyncSession) -> int:
    """Give committed facts the next places, in the order of stating; return how many.

    One transaction places at a time, and what it places is committed: no reader that has seen a place will ever find
    a new fact before it. Facts of one practitioner or institution are stated under that one's lock, so the order of
    stating is theirs.
    """
    last = await session.scalar(sa.select(change_counter.c.last).with_for_update())
    placed: int = (await session.execute(_PLACE, {"last": last, "most": PLACED_AT_ONCE})).scalar_one()
    if placed:
        await session.execute(sa.update(change_counter).values(last=change_counter.c.last + placed))
    return placed


async def last_position(session: AsyncSession) -> int:
    """Return the place given last, 0 while the feed is empty."""
    last: int = (await session.execute(sa.select(change_counter.c.last))).scalar_one()
    return last


async def position_of(session: AsyncSession, event_id: UUID) -> int | None:
    """Return the place of a fact, None when the feed does not hold it."""
    return await session.scalar(sa.select(change.c.position).where(change.c.event_id == event_id))


async def page(session: AsyncSession, selection: ChangeSelection, *, after: int, limit: int) -> ChangePage:
    """Return the facts wanted behind a place, at most ``limit``."""
    last = await last_position(session)
    until = min(last, after + WINDOW)
    query = sa.select(change).where(change.c.position > after, change.c.position <= until)
    if selection.kinds:
        query = query.where(change.c.type.in_(sorted(selection.kinds)))
    if selection.institution_code is not None:
        query = query.where(change.c.institution_codes.contains([selection.institution_code]))
    for prefix in selection.regions:
        one = sa.func.unnest(change.c.regions).column_valued("one")
        query = query.where(sa.select(one).where(one.startswith(prefix, autoescape=True)).exists())
    rows = (await session.execute(query.order_by(change.c.position).limit(limit))).all()
    found = [PlacedChange(row.position, row.event_id, row.type, row.time, row.traceparent, row.payload) for row in rows]
    position = found[-1].position if len(found) == limit else max(until, after)
    return ChangePage(found, position, more=position < last)
