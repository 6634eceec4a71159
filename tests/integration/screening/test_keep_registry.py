"""Screening keeps the registry as intake states it, with its history."""

import asyncio
from datetime import timedelta

import msgspec

from services.contracts.intake import InsuredPersonChanged
from services.kit.bus import Message
from services.kit.consumer import Consumer
from services.kit.ids import new_id
from services.screening.storage import registry
from services.screening.worker import subscription
from tests.contract.examples import EXAMPLES

STATED = [fact for fact in EXAMPLES if fact.TOPIC == "intake.registry"]


def message(fact, at):
    return Message(fact.TOPIC, fact.key, new_id(), fact.TYPE, at, None, msgspec.json.encode(fact))


async def test_every_fact_of_the_registry_is_kept_whole(resources, clock) -> None:
    consumer = Consumer(subscription(resources), resources.database, clock=clock, stop=asyncio.Event())
    messages = [message(fact, clock.now()) for fact in STATED]
    await consumer(messages)
    await consumer(messages)
    async with resources.database.reading() as session:
        for fact, kind in zip(STATED, ("institution", "practitioner", "department", "insured_person"), strict=True):
            kept = await registry.entries_of(session, kind, [fact.key])
            assert msgspec.json.decode(kept[fact.key], type=type(fact)) == fact


async def test_news_that_comes_late_does_not_replace_newer(resources, clock) -> None:
    consumer = Consumer(subscription(resources), resources.database, clock=clock, stop=asyncio.Event())
    (newer,) = [fact for fact in STATED if isinstance(fact, InsuredPersonChanged)]
    older = msgspec.structs.replace(newer, periods=())
    await consumer([message(newer, clock.now())])
    await consumer([message(older, clock.now() - timedelta(hours=1))])
    async with resources.database.reading() as session:
        kept = await registry.entries_of(session, "insured_person", [newer.key])
    assert msgspec.json.decode(kept[newer.key], type=InsuredPersonChanged) == newer
