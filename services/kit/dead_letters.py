"""Dead letters: events that cannot be handled, kept with the error's class and code until a person decides."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import asyncpg
import msgspec

from services.kit.bus import Message
from services.kit.db import Database, driver
from services.kit.errors import Conflict, NotFound
from services.kit.outbox import OutgoingEvent, add

DEAD_LETTER_TYPE = "spine.dead_letter.v1"
"""Type of the message on ``<topic>.dlq``; its body names the error and holds the event's envelope, not its payload."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A parked event as an operator sees it; the payload stays in the table."""

    event_id: UUID
    topic: str
    key: str
    type: str
    time: datetime
    trace_id: str | None
    error_class: str
    error_code: str
    state: Literal["parked", "replayed", "discarded"]
    parked_at: datetime


async def park(database: Database, message: Message, *, error_class: str, error_code: str) -> None:
    """Set an event aside: claimed, stored, and told on ``<topic>.dlq``, in one transaction."""
    async with database.transaction() as session:
        connection = await driver(session)
        await connection.execute("insert into inbox (event_id) values ($1) on conflict do nothing", message.id)
        stored = await connection.fetchval(
            """
            insert into dead_letter
                (event_id, topic, key, type, time, traceparent, payload, error_class, error_code)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            on conflict (event_id) do update
            set state = 'parked', error_class = excluded.error_class, error_code = excluded.error_code,
                parked_at = now()
            where dead_letter.state = 'replayed'
            returning event_id
            """,
            message.id,
            message.topic,
            message.key,
            message.type,
            message.time,
            message.traceparent,
            message.payload,
            error_class,
            error_code,
        )
        if stored is None:
            return
        notice = {
            "event_id": str(message.id),
            "event_type": message.type,
            "topic": message.topic,
            "service": database.service,
            "error_class": error_class,
            "error_code": error_code,
        }
        await add(
            session,
            [
                OutgoingEvent(
                    id=message.id,
                    topic=f"{message.topic}.dlq",
                    key=message.key,
                    type=DEAD_LETTER_TYPE,
                    time=message.time,
                    traceparent=message.traceparent,
                    payload=msgspec.json.encode(notice),
                )
            ],
        )


async def list_parked(database: Database, *, limit: int = 100) -> list[DeadLetter]:
    """Return the parked events of a service, the oldest first."""
    async with database.reading() as session:
        connection = await driver(session)
        rows = await connection.fetch(
            """
            select event_id, topic, key, type, time, traceparent, error_class, error_code, state, parked_at
            from dead_letter where state = 'parked' order by parked_at, event_id limit $1
            """,
            limit,
        )
    return [
        DeadLetter(
            event_id=row["event_id"],
            topic=row["topic"],
            key=row["key"],
            type=row["type"],
            time=row["time"],
            trace_id=row["traceparent"].split("-")[1] if row["traceparent"] else None,
            error_class=row["error_class"],
            error_code=row["error_code"],
            state=row["state"],
            parked_at=row["parked_at"],
        )
        for row in rows
    ]


async def replay(database: Database, event_id: UUID) -> None:
    """Deliver a parked event to its service once more, through the service's own replay topic.

    Raises NotFound or Conflict when it is not parked.
    """
    async with database.transaction() as session:
        connection = await driver(session)
        await _settle(connection, event_id, "replayed")
        await connection.execute("delete from inbox where event_id = $1", event_id)
        row = await connection.fetchrow("select * from dead_letter where event_id = $1", event_id)
        await add(
            session,
            [
                OutgoingEvent(
                    id=event_id,
                    topic=f"{database.service}.replay",
                    key=row["key"],
                    type=row["type"],
                    time=row["time"],
                    traceparent=row["traceparent"],
                    payload=row["payload"],
                )
            ],
        )


async def discard(database: Database, event_id: UUID) -> None:
    """Give a parked event up for good; it stays in the table. Raises NotFound or Conflict when it is not parked."""
    async with database.transaction() as session:
        await _settle(await driver(session), event_id, "discarded")


async def _settle(connection: asyncpg.Connection, event_id: UUID, state: str) -> None:
    found = await connection.fetchval("select state from dead_letter where event_id = $1 for update", event_id)
    if found is None:
        raise NotFound("dead_letter_unknown", zh="没有这封死信。", en="There is no such dead letter.")
    if found != "parked":
        raise Conflict("dead_letter_settled", zh="该死信已处理。", en="This dead letter has been dealt with.")
    await connection.execute("update dead_letter set state = $2 where event_id = $1", event_id, state)
