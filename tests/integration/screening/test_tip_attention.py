"""A tip draws attention to its institution from its acceptance to its closing, in whatever order the facts arrive."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.contracts.tips import TipAccepted, TipClosed
from services.kit.db import Database
from services.kit.ids import new_id
from services.kit.inbox import Event
from services.screening.storage.tables import tip_attention
from services.screening.use_cases.note_tips import NoteTips

HOSPITAL = "H11010500001"
NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)


@pytest.fixture
async def database(database_url: str):
    opened = Database(database_url, "screening", pool_size=2)
    yield opened
    await opened.close()


def event(fact) -> Event:
    return Event(new_id(), fact.TYPE, fact.key, NOON, fact, None)


async def attended(database: Database) -> list[str]:
    async with database.reading() as session:
        rows = await session.scalars(tip_attention.select().with_only_columns(tip_attention.c.institution_code))
        return [code for code in rows if code]


def accepted(tip: UUID, after: timedelta) -> TipAccepted:
    return TipAccepted(tip_id=tip, institution_code=HOSPITAL, accepted_at=NOON + after)


def closed(tip: UUID, after: timedelta) -> TipClosed:
    return TipClosed(tip_id=tip, institution_code=HOSPITAL, outcome="unsubstantiated", closed_at=NOON + after)


async def test_attention_ends_with_the_tip_and_begins_again_when_it_is_reopened(database: Database):
    tip, note = new_id(), NoteTips(database)
    await note([event(accepted(tip, timedelta(0)))])
    assert await attended(database) == [HOSPITAL]
    await note.closed([event(closed(tip, timedelta(days=1)))])
    assert await attended(database) == []
    await note([event(accepted(tip, timedelta(days=2)))])
    assert await attended(database) == [HOSPITAL]


async def test_an_acceptance_that_arrives_after_the_closing_revives_nothing(database: Database):
    tip, note = new_id(), NoteTips(database)
    await note.closed([event(closed(tip, timedelta(days=1)))])
    await note([event(accepted(tip, timedelta(0)))])
    assert await attended(database) == []


async def test_two_tips_about_one_institution_end_one_by_one(database: Database):
    first, second, note = new_id(), new_id(), NoteTips(database)
    await note([event(accepted(first, timedelta(0))), event(accepted(second, timedelta(0)))])
    await note.closed([event(closed(first, timedelta(days=1)))])
    assert await attended(database) == [HOSPITAL]
    await note.closed([event(closed(second, timedelta(days=1)))])
    assert await attended(database) == []
