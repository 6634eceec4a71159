"""Show the public what proves filings: days, keys, and the way from a commitment to its day's root."""

from dataclasses import dataclass
from datetime import date

from services.kit.db import Database
from services.kit.errors import NotFound
from services.tips.domain.filing import PublishedDay, inclusion_path
from services.tips.storage import filings


@dataclass(frozen=True, slots=True)
class Inclusion:
    """The way from a commitment to the root of a published day."""

    published: PublishedDay
    position: int
    path: list[bytes]


class ShowFilings:
    """Answers from published days only; it knows of no tip."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def days(self, *, before: date | None, limit: int) -> list[PublishedDay]:
        """Return published days, the latest first."""
        async with self._database.reading() as session:
            return await filings.list_days(session, before=before, limit=limit)

    async def keys(self) -> list[tuple[str, bytes, date]]:
        """Return every key that has signed: id, public key, first day."""
        async with self._database.reading() as session:
            return await filings.list_keys(session)

    async def inclusion(self, commitment: bytes) -> Inclusion:
        """Return the proof for a commitment; raises NotFound until its day is published."""
        async with self._database.reading() as session:
            found = await filings.find_leaf(session, commitment)
            published = None if found is None else await filings.find_day(session, found[0])
            if found is None or published is None:
                raise NotFound(
                    "filing_not_published",
                    zh="没有公布过这一承诺值。当日提交的，次日公布。",
                    en="No published day has this commitment. What is filed today is published tomorrow.",
                )
            leaves = await filings.leaves_of(session, published.day)
        return Inclusion(published, found[1], inclusion_path(leaves, found[1]))
