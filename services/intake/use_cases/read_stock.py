"""Read stock movements and the ledger that follows from them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from services.intake.domain.stock_ledger import LedgerDay, replay
from services.intake.storage import stock
from services.intake.storage.stock import Key, StoredMovement, Wanted
from services.kit.clock import BUSINESS_ZONE
from services.kit.db import Database
from services.kit.errors import NotFound


class ReadStock:
    """Reads movements as they were reported, and what they leave in stock."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def one(self, key: Key) -> StoredMovement:
        """Return the newest revision of a movement; raises NotFound (``movement_unknown``)."""
        async with self._database.reading() as session:
            stored = await stock.get(session, key)
        if stored is None:
            raise NotFound("movement_unknown", zh="没有该进销存单据。", en="There is no such stock movement.")
        return stored

    async def to_be_deleted(self, institution_code: str, candidates: Sequence[str], *, deletion_id: str) -> str | None:
        """Return which of several movements a deletion means: the first that stands; None when it was made before.

        Where none stands, the first that ever came, and where none came, the first of all.
        """
        keys = [(institution_code, one) for one in candidates]
        async with self._database.reading() as session:
            standing = await stock.standing(session, [*keys, (institution_code, deletion_id)])
            deleted = await stock.deletions(session, keys)
        if (institution_code, deletion_id) in standing:
            return None
        known = [key for key in keys if key in standing]
        undeleted = [key for key in known if (*key, standing[key][-1].revision) not in deleted]
        return (undeleted or known or keys)[0][1]

    async def some(self, wanted: Wanted, *, after: UUID | None, limit: int) -> list[StoredMovement]:
        """Return movements in the order in which they were taken, after a ref."""
        async with self._database.reading() as session:
            return await stock.page(session, wanted, after=after, limit=limit)

    async def ledger(
        self, institution_code: str, item_code: str, *, first: date | None, last: date | None
    ) -> tuple[list[LedgerDay], int]:
        """Return the days of an item's ledger on which something moved, and its balance at the end of the last day.

        The days before ``first`` are counted and left out; the books begin with the first movement there is.
        """
        before = None
        if last is not None:
            before = datetime.combine(last + timedelta(days=1), time(), BUSINESS_ZONE).astimezone(UTC)
        async with self._database.reading() as session:
            steps = await stock.ledger(session, institution_code, item_code, before=before)
        days = replay(steps)
        return [day for day in days if first is None or day.day >= first], days[-1].closing_e4 if days else 0
