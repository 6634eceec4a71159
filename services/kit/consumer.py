"""Handling of what arrives: batches by type, retries while the cause is passing, dead letters for the rest."""

import asyncio
import contextlib
import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import msgspec
import structlog

from services.contracts import Fact
from services.kit.bus import Message, Stopping
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.dead_letters import park
from services.kit.errors import ServiceError
from services.kit.inbox import Event, Handler, Subscription
from services.kit.instruments import CONSUMER_BATCH_DURATION, CONSUMER_DELAY, CONSUMER_EVENTS, DEAD_LETTERS
from services.kit.telemetry import span
from services.kit.transient import is_transient

_log = structlog.get_logger(__name__)

FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 10.0

ATTEMPTS_BEFORE_PARKING = 3
"""Times that an event is tried alone before it is set aside, so that no passing cause we do not know parks it."""


class Consumer:
    """Turns a service's subscription into a handler of message batches for the bus."""

    def __init__(self, subscription: Subscription, database: Database, *, clock: Clock, stop: asyncio.Event) -> None:
        self._service = subscription.service
        self._database = database
        self._clock = clock
        self._stop = stop
        self._routes: dict[str, tuple[Handler, msgspec.json.Decoder[Any]]] = {
            fact.TYPE: (handler, msgspec.json.Decoder(fact)) for fact, handler in subscription.handlers.items()
        }
        # From the start on: an alert on an increase never sees a series that begins with its first dead letter.
        DEAD_LETTERS.add(0, {"service": self._service})

    async def __call__(self, messages: Sequence[Message]) -> None:
        """Handle a batch in order; returns when every message has had its effect or is parked."""
        wanted = [message for message in messages if message.type in self._routes]
        for kind, run in groupby(wanted, key=lambda message: message.type):
            handler, decoder = self._routes[kind]
            await self._handle(handler, decoder, list(run))

    async def _handle(self, handler: Handler, decoder: msgspec.json.Decoder[Any], messages: list[Message]) -> None:
        events: list[Event[Any]] = []
        readable: list[Message] = []
        for message in messages:
            try:
                data: Fact = decoder.decode(message.payload)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                await self._park(message, error)
                continue
            events.append(
                Event(message.id, message.type, message.key, message.time, data, message.traceparent),
            )
            readable.append(message)
        if events:
            await self._apply(handler, events, readable)

    async def _apply(self, handler: Handler, events: list[Event[Any]], messages: list[Message]) -> None:
        kind = events[0].type
        labels = {"service": self._service, "type": kind}
        for attempt, pause in enumerate(_pauses(), start=1):
            started = time.perf_counter()
            try:
                with span(
                    f"{self._service}.consume",
                    parent=events[0].traceparent if len(events) == 1 else None,
                    links=[] if len(events) == 1 else [event.traceparent for event in events if event.traceparent],
                    attributes={"messaging.event.type": kind, "messaging.batch.message_count": len(events)},
                ):
                    await handler(events)
                    # Inside the span: only there does a slow batch leave an exemplar that leads to its trace.
                    self._count(events, labels, time.perf_counter() - started)
            except Exception as error:  # noqa: BLE001 - whatever a handler raises must not stop the partition
                if is_transient(error):
                    _log.warning("batch_retried", service=self._service, type=kind, error=type(error).__name__)
                    await self._sleep(pause)
                    continue
                if len(events) > 1:
                    # One of them is the cause; alone, the others go through.
                    for event, message in zip(events, messages, strict=True):
                        await self._apply(handler, [event], [message])
                    return
                if attempt < ATTEMPTS_BEFORE_PARKING:
                    _log.warning("event_retried", service=self._service, type=kind, error=type(error).__name__)
                    await self._sleep(pause)
                    continue
                await self._park(messages[0], error)
                return
            return

    def _count(self, events: list[Event[Any]], labels: dict[str, str], seconds: float) -> None:
        CONSUMER_EVENTS.add(len(events), {**labels, "outcome": "handled"})
        CONSUMER_BATCH_DURATION.record(seconds, labels)
        CONSUMER_DELAY.record(max(0.0, (self._clock.now() - events[0].time).total_seconds()), labels)

    async def _park(self, message: Message, error: Exception) -> None:
        code = error.code if isinstance(error, ServiceError) else "unhandled"
        for pause in _pauses():
            try:
                await park(self._database, message, error_class=type(error).__name__, error_code=code)
            except Exception as failure:  # noqa: BLE001 - parking is the last resort, so it is tried until it works
                _log.error("parking_retried", service=self._service, error=type(failure).__name__)
                await self._sleep(pause)
                continue
            DEAD_LETTERS.add(1, {"service": self._service})
            CONSUMER_EVENTS.add(1, {"service": self._service, "type": message.type, "outcome": "parked"})
            _log.error(
                "event_parked",
                service=self._service,
                type=message.type,
                event_id=str(message.id),
                error=type(error).__name__,
                code=code,
                trace_id=message.traceparent.split("-")[1] if message.traceparent else None,
            )
            return

    async def _sleep(self, pause: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), pause)
        if self._stop.is_set():
            raise Stopping


def _pauses() -> Iterator[float]:
    pause = FIRST_PAUSE_SECONDS
    while True:
        yield pause
        pause = min(LONGEST_PAUSE_SECONDS, pause * 2)
