"""The bus: one small interface by which facts leave a service and reach others, with two makers (direct, Kafka)."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.kit.instruments import CONSUMER_LAG


@dataclass(frozen=True, slots=True)
class Message:
    """A fact in its envelope: CloudEvents attributes in binary mode, the trace context, and the JSON body."""

    topic: str
    key: str
    id: UUID
    type: str
    time: datetime
    traceparent: str | None
    payload: bytes


Handle = Callable[[Sequence[Message]], Awaitable[None]]
"""Takes a batch in order and returns once its effects are committed; raises Stopping when asked to stop meanwhile."""


class Stopping(Exception):  # noqa: N818 - not an error: the process was asked to stop
    """The process is stopping and the work in hand was left undone, to be delivered again."""


class Bus(Protocol):
    """Carries messages at least once, in order per key."""

    def subscribe(self, group: str, topics: Sequence[str], handle: Handle, *, batch: int) -> None:
        """Register a consumer group before ``run``; batches hold at most ``batch`` messages."""
        ...

    async def publish(self, messages: Sequence[Message]) -> None:
        """Hand over messages in order; returns when they cannot be lost any more, raises otherwise."""
        ...

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver to the registered groups until ``stop`` is set and the batches in hand are finished."""
        ...

    async def close(self) -> None:
        """Give back what ``publish`` opened."""
        ...


class DirectBus:
    """Delivers inside the process: ``publish`` returns when every subscriber has committed.

    The outbox of the publisher is the durable queue, so a crash at any point delivers again and loses nothing.
    Subscribe everything before the first publish: a topic nobody listens to is nobody's concern.
    """

    def __init__(self) -> None:
        self._subscribers: list[tuple[str, frozenset[str], Handle, int]] = []

    def subscribe(self, group: str, topics: Sequence[str], handle: Handle, *, batch: int) -> None:
        """Register a consumer group."""
        self._subscribers.append((group, frozenset(topics), handle, batch))

    async def publish(self, messages: Sequence[Message]) -> None:
        """Deliver to one subscriber after the other."""
        for group, topics, handle, batch in self._subscribers:
            wanted = [message for message in messages if message.topic in topics]
            for start in range(0, len(wanted), batch):
                _record_lag(group, wanted, start)
                await handle(wanted[start : start + batch])
            _record_lag(group, wanted, len(wanted))

    async def run(self, stop: asyncio.Event) -> None:
        """Wait for the end: delivery happens in ``publish``."""
        await stop.wait()

    async def close(self) -> None:
        """Nothing is held."""


def _record_lag(group: str, messages: Sequence[Message], handled: int) -> None:
    waiting = Counter(message.topic for message in messages[handled:])
    for topic in {message.topic for message in messages}:
        CONSUMER_LAG.set(waiting[topic], {"service": group, "topic": topic, "partition": 0})
