"""Read rulebooks and their content."""

from dataclasses import dataclass
from typing import Any

from services.kit.db import Database
from services.kit.errors import NotFound
from services.screening.storage import rulebooks
from services.screening.storage.rulebooks import StoredRulebook


@dataclass(frozen=True, slots=True)
class RulebookWithContent:
    """A rulebook's life and what it says."""

    rulebook: StoredRulebook
    content: dict[str, Any]


class ReadRulebooks:
    """Answers which rulebooks there are and what they say."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def one(self, version: str) -> RulebookWithContent:
        """Return one rulebook; raises NotFound."""
        async with self._database.reading() as session:
            found = await rulebooks.find(session, version)
            if found is None:
                raise NotFound("rulebook_unknown", zh="没有这个规则库版本。", en="There is no such rulebook version.")
            return RulebookWithContent(found, await rulebooks.content(session, version))

    async def page(self, *, below: str | None, limit: int) -> list[StoredRulebook]:
        """Return rulebooks by descending version."""
        async with self._database.reading() as session:
            return await rulebooks.page(session, below=below, limit=limit)
