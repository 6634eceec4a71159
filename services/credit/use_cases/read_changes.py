"""Read the feed of what credit states, from any place on, waiting for more if asked to."""

import asyncio
from collections.abc import Collection
from uuid import UUID

from services.contracts.catalogue import FACTS
from services.credit.domain.region import reach
from services.credit.storage import changes
from services.credit.storage.changes import ChangePage, ChangeSelection
from services.credit.use_cases.guard_reading import must_be_free_of_person
from services.kit.db import Database
from services.kit.errors import Conflict, NotFound
from services.kit.principal import Principal

KINDS = tuple(fact.TYPE for fact in FACTS if fact.TYPE.startswith("credit."))
"""Types of the facts that credit states."""

LONGEST_WAIT_SECONDS = 25
"""Below the half minute after which proxies commonly give a silent request up."""

MOST_WAITING = 100
"""Readers that may wait at a time in one process; others are answered at once."""

_LOOK_SECONDS = 0.25


async def place_changes(database: Database) -> None:
    """Give every committed fact its place; cheap when there is none to be placed."""
    async with database.reading() as session:
        if not await changes.any_waiting(session):
            return
    placed = changes.PLACED_AT_ONCE
    while placed == changes.PLACED_AT_ONCE:
        async with database.transaction() as session:
            placed = await changes.place(session)


async def position_after(database: Database, since: int | UUID | None) -> int:
    """Return the place that a cursor or the id of a fact stands for, 0 for the beginning.

    Raises NotFound for a fact the feed does not hold, Conflict for a cursor from ahead of the feed.
    """
    if since is None:
        return 0
    async with database.reading() as session:
        if isinstance(since, UUID):
            position = await changes.position_of(session, since)
            if position is None:
                raise NotFound("event_unknown", zh="变更流中没有该事件。", en="The feed holds no such event.")
            return position
        if since > await changes.last_position(session):
            raise Conflict(
                "cursor_ahead",
                zh="游标超出变更流末尾（数据库可能已从备份恢复），请从头同步。",
                en="The cursor is ahead of the feed (the database may have been restored); sync from the beginning.",
            )
        return since


class ReadChanges:
    """Answers with what an agency or an institution may know of, in the order of the feed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    _waiting = 0

    async def __call__(
        self,
        reader: Principal,
        *,
        since: int | UUID | None,
        kinds: Collection[str],
        region: str | None,
        limit: int,
        wait_seconds: int = 0,
    ) -> ChangePage:
        """Return what comes behind ``since``, after up to ``wait_seconds`` where there is nothing yet.

        Raises Forbidden for a token bound to a person, and as ``position_after`` does.
        """
        must_be_free_of_person(reader)
        regions = {reach(one) for one in (region, reader.region) if one}
        selection = ChangeSelection(kinds, reader.institution, regions)
        await place_changes(self._database)
        position = await position_after(self._database, since)
        until = asyncio.get_running_loop().time() + wait_seconds
        while True:
            async with self._database.reading() as session:
                page = await changes.page(session, selection, after=position, limit=limit)
            position = page.position
            if page.changes or page.more or not await self._wait(until):
                return page
            await place_changes(self._database)

    async def _wait(self, until: float) -> bool:
        """Pause a little; False when it is time to answer."""
        if asyncio.get_running_loop().time() >= until or ReadChanges._waiting >= MOST_WAITING:
            return False
        ReadChanges._waiting += 1
        try:
            await asyncio.sleep(_LOOK_SECONDS)
        finally:
            ReadChanges._waiting -= 1
        return True
