"""The outbox: facts are stored in the transaction that made them true, and published after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.contracts import Fact
from services.kit.db import driver
from services.kit.ids import new_id
from services.kit.telemetry import current_traceparent

_encoder = msgspec.json.Encoder()

_INSERT = """
insert into outbox (event_id, topic, key, type, time, traceparent, payload)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::bytea[])
"""


@dataclass(frozen=True, slots=True)
class OutgoingEvent:
    """A fact on its way out, with the envelope it will travel in."""

    id: UUID
    topic: str
    key: str
    type: str
    time: datetime
    traceparent: str | None
    payload: bytes


def outgoing(
    fact: Fact,
    *,
    now: datetime,
    traceparent: str | None = None,
    event_id: UUID | None = None,
    payload: bytes | None = None,
) -> OutgoingEvent:
    """Wrap a fact for the outbox.

    ``traceparent`` None takes the current span's context. ``payload`` may give the fact's JSON where the caller has it
    already, so that it is encoded once.
    """
    return OutgoingEvent(
        id=event_id or new_id(),
        topic=fact.TOPIC,
        key=fact.key,
        type=fact.TYPE,
        time=now,
        traceparent=traceparent or current_traceparent(),
        payload=payload if payload is not None else _encoder.encode(fact),
    )


async def add(session: AsyncSession, events: Sequence[OutgoingEvent]) -> None:
    """Store facts in the outbox of the session's transaction, in order; the last thing a use case does."""
    if not events:
        return
    connection = await driver(session)
    await connection.execute(
        _INSERT,
        [event.id for event in events],
        [event.topic for event in events],
        [event.key for event in events],
        [event.type for event in events],
        [event.time for event in events],
        [event.traceparent for event in events],
        [event.payload for event in events],
    )
