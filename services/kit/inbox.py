"""The inbox: a consumer claims event ids in the transaction of their effect, so that effects happen once."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.contracts import Fact
from services.kit.db import driver

F = TypeVar("F", bound=Fact)

# Sorted, so that two consumers that claim the same ids wait for each other instead of deadlocking.
_CLAIM = """
insert into inbox (event_id)
select distinct id from unnest($1::uuid[]) id order by id
on conflict do nothing returning event_id
"""


@dataclass(frozen=True, slots=True)
class Event(Generic[F]):
    """A fact as it arrived, with its envelope."""

    id: UUID
    type: str
    key: str
    time: datetime
    """When the fact was stated, UTC."""
    data: F
    traceparent: str | None


Handler = Callable[[Sequence[Event[Any]]], Awaitable[None]]
"""Handles a run of events of one type, in order, in one transaction; may be called again with the same events."""


@dataclass(frozen=True)
class Subscription:
    """What one service listens to: its consumer group and a handler per fact."""

    service: str
    handlers: Mapping[type[Fact], Handler]

    @property
    def topics(self) -> tuple[str, ...]:
        """Topics the facts travel on, and the service's own replay topic."""
        return (*sorted({fact.TOPIC for fact in self.handlers}), f"{self.service}.replay")


async def claim(session: AsyncSession, events: Sequence[Event[F]]) -> list[Event[F]]:
    """Claim events for this service; return those not claimed before, in order, each once.

    The first statement of a consumer's transaction: it waits for a concurrent transaction that holds the same ids.
    """
    connection = await driver(session)
    rows = await connection.fetch(_CLAIM, [event.id for event in events])
    fresh = {row[0] for row in rows}
    claimed = []
    for event in events:
        if event.id in fresh:
            fresh.discard(event.id)
            claimed.append(event)
    return claimed
