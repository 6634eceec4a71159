"""Publish the days that have ended: a Merkle tree over each day's commitments, chained to the day before."""

import secrets
from datetime import date, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.clock import BUSINESS_ZONE, Clock, business_date
from services.kit.db import Database
from services.tips.domain.filing import (
    GENESIS,
    HASH_BYTES,
    PublishedDay,
    day_head,
    day_message,
    fillers_needed,
    merkle_root,
)
from services.tips.storage import filings
from services.tips.storage.filings import FilingSigner

QUIET = timedelta(minutes=5)
"""After midnight, before the day that ended is published: filings that began on it mostly still count for it."""


class PublishFilings:
    """Publishes every day up to yesterday that is missing, each in a transaction of its own; a crash loses none."""

    def __init__(self, database: Database, clock: Clock, signer: FilingSigner) -> None:
        self._database = database
        self._clock = clock
        self._signer = signer

    async def __call__(self) -> int:
        """Return how many days were published."""
        count = 0
        while await self._next():
            count += 1
        return count

    async def _next(self) -> bool:
        now = self._clock.now()
        today = business_date(now)
        yesterday = today - timedelta(days=1)
        if now - datetime.combine(today, time(), BUSINESS_ZONE) < QUIET:
            yesterday -= timedelta(days=1)
        async with self._database.transaction() as session:
            last = await filings.lock_days(session)
            if last is None:
                first = await filings.first_filing_day(session)
                day, previous = first or yesterday, GENESIS
            else:
                day, previous = last.day + timedelta(days=1), last.head
            if day > yesterday:
                return False
            await self._publish(session, day, previous)
            return True

    async def _publish(self, session: AsyncSession, day: date, previous: bytes) -> None:
        made = await filings.commitments_of(session, day)
        fillers = [secrets.token_bytes(HASH_BYTES) for _ in range(fillers_needed(len(made)))]
        # Sorted, so that places tell neither the order of arrival nor which leaves are commitments.
        leaves = sorted(made + fillers)
        root = merkle_root(leaves)
        head = day_head(day, len(leaves), root, previous)
        signature = self._signer.sign(day_message(head, self._signer.key_id))
        await filings.remember_key(session, self._signer, day)
        published = PublishedDay(day, len(leaves), root, previous, head, self._signer.key_id, signature)
        await filings.store_day(session, published, leaves)
