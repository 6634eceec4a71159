"""How a process runs and stops: a signal sets one event, and every loop finishes what it has in hand."""

import asyncio
import gc
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import uvloop

from services.kit.bus import Bus, DirectBus
from services.kit.clock import Clock
from services.kit.consumer import Consumer
from services.kit.db import Database
from services.kit.errors import BadRequest
from services.kit.inbox import Subscription
from services.kit.kafka_bus import KafkaBus
from services.kit.relay import Relay
from services.kit.settings import ProcessSettings

Loop = Callable[[asyncio.Event], Coroutine[Any, Any, None]]
"""Something that a process runs beside others until the event is set."""


YOUNG_OBJECTS = 20_000
"""Objects after which young garbage is looked for; Python's own figure is 700."""


def collect_seldom() -> None:
    """Set aside from garbage collection what stands, and look for young garbage seldom.

    Nearly all of ours is freed by reference counts, and a collection walks everything that waits for its answer.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 50)


def run_process(main: Coroutine[Any, Any, None]) -> None:
    """Run a long-lived process on uvloop, which costs half of asyncio's own loop."""
    collect_seldom()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)


@contextmanager
def stop_on_signals() -> Iterator[asyncio.Event]:
    """Yield an event that SIGTERM and SIGINT set; without it asyncio dies at once and ``finally`` never runs."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


def make_bus(settings: ProcessSettings, *, client: str) -> Bus:
    """Choose the bus the settings name; raises BadRequest when Kafka is chosen without an address."""
    if settings.bus == "direct":
        return DirectBus()
    if not settings.kafka:
        raise BadRequest("kafka_missing", zh="未设置 FUNDWARDEN_KAFKA。", en="FUNDWARDEN_KAFKA is not set.")
    return KafkaBus(settings.kafka, client=client, prefix=settings.kafka_prefix)


def make_relay(database: Database, bus: Bus, settings: ProcessSettings, *, clock: Clock) -> Relay:
    """Build the relay of one service."""
    return Relay(database, bus, clock=clock, batch=settings.relay_batch, inbox_days=settings.inbox_retention_days)


def subscribe(
    bus: Bus,
    subscription: Subscription,
    database: Database,
    settings: ProcessSettings,
    *,
    clock: Clock,
    stop: asyncio.Event,
) -> None:
    """Put a service's consumer on the bus."""
    consumer = Consumer(subscription, database, clock=clock, stop=stop)
    bus.subscribe(subscription.service, subscription.topics, consumer, batch=settings.consumer_batch)


async def run_together(stop: asyncio.Event, *loops: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Run loops side by side until stopped; the first that fails stops the others and its error is raised."""

    async def guarded(loop: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
        try:
            await loop(stop)
        finally:
            stop.set()

    async with asyncio.TaskGroup() as tasks:
        for loop in loops:
            tasks.create_task(guarded(loop))
