"""Activity of institutions by the hour, and the numbers of their messages."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.db import driver

_NOTE = """
insert into institution_activity (institution_code, hour, settlements, messages, last_at)
select * from unnest($1::text[], $2::timestamptz[], $3::integer[], $4::integer[], $5::timestamptz[])
on conflict (institution_code, hour) do update set
    settlements = institution_activity.settlements + excluded.settlements,
    messages = institution_activity.messages + excluded.messages,
    last_at = greatest(institution_activity.last_at, excluded.last_at)
"""

_SILENT = """
with usual as (
    select institution_code, count(distinct begun) as days
    from institution_activity join unnest($1::timestamptz[], $2::timestamptz[]) as compared (begun, ended)
        on hour >= begun and hour < ended
    group by institution_code having count(distinct begun) >= $5
)
select usual.institution_code, usual.days,
    (select max(last_at) from institution_activity one where one.institution_code = usual.institution_code),
    (select fields ->> 'region' from registry_period where kind = 'institution'
        and object_code = usual.institution_code order by effective_from desc limit 1) as region
from usual
where not exists (select from institution_activity recent
    where recent.institution_code = usual.institution_code and recent.hour >= $3
        and recent.hour < $4::timestamptz + interval '1 hour')
order by usual.institution_code
"""


class Hour(NamedTuple):
    """Key of what is counted."""

    institution_code: str
    hour: datetime


class Counted(NamedTuple):
    """What an institution sent within an hour."""

    settlements: int
    messages: int
    last_at: datetime


class Silent(NamedTuple):
    """An institution that usually sends at this time and did not."""

    institution_code: str
    usual_days: int
    """Of the compared days, those on which it sent something in the same hours."""
    last_at: datetime | None
    region: str | None


async def note(session: AsyncSession, counted: Mapping[Hour, Counted]) -> None:
    """Add what was counted."""
    connection = await driver(session)
    ordered = sorted(counted.items())
    await connection.execute(
        _NOTE,
        [key.institution_code for key, _ in ordered],
        [key.hour for key, _ in ordered],
        [one.settlements for _, one in ordered],
        [one.messages for _, one in ordered],
        [one.last_at for _, one in ordered],
    )


async def note_messages(session: AsyncSession, messages: Sequence[tuple[str, date, str]]) -> None:
    """Write the numbers of messages down, each once."""
    connection = await driver(session)
    await connection.execute(
        "insert into interface_message select * from unnest($1::text[], $2::date[], $3::text[]) on conflict do nothing",
        *(list(column) for column in zip(*sorted(set(messages)), strict=True)),
    )


async def message_ids(session: AsyncSession, institution_code: str, day: date) -> list[str]:
    """Return the numbers of the messages of a day."""
    connection = await driver(session)
    rows = await connection.fetch(
        "select message_id from interface_message where institution_code = $1 and day = $2", institution_code, day
    )
    return [row[0] for row in rows]


async def settlement_ids(session: AsyncSession, institution_code: str, begin: datetime, end: datetime) -> list[str]:
    """Return the ids of settlements that were settled within a time."""
    connection = await driver(session)
    rows = await connection.fetch(
        "select settlement_id from settlement where institution_code = $1 and settled_at >= $2 and settled_at < $3",
        institution_code,
        begin,
        end,
    )
    return [row[0] for row in rows]


async def institutions_with_messages(session: AsyncSession, day: date) -> list[str]:
    """Return the institutions that sent messages on a day."""
    connection = await driver(session)
    rows = await connection.fetch("select distinct institution_code from interface_message where day = $1", day)
    return [row[0] for row in rows]


async def silent(
    session: AsyncSession,
    *,
    recent: tuple[datetime, datetime],
    compared: Sequence[tuple[datetime, datetime]],
    fewest: int,
) -> list[Silent]:
    """Return institutions active within enough of the compared times and not within the recent one."""
    connection = await driver(session)
    rows = await connection.fetch(
        _SILENT, [one[0] for one in compared], [one[1] for one in compared], recent[0], recent[1], fewest
    )
    return [Silent(*row) for row in rows]


async def forget(session: AsyncSession, *, before: datetime, messages_before: date) -> None:
    """Drop what is too old to be compared with."""
    connection = await driver(session)
    await connection.execute("delete from institution_activity where hour < $1", before)
    await connection.execute("delete from interface_message where day < $1", messages_before)
