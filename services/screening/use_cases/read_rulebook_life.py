"""Read the life of a rulebook: steps, report, whether its history is complete, and what differs from another."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from services.kit.db import Database
from services.kit.errors import NotFound
from services.screening.domain.rulebook_diff import difference
from services.screening.storage import history_fills, rulebook_life, rulebooks
from services.screening.storage.history_fills import StoredFill
from services.screening.storage.rulebook_life import Step


@dataclass(frozen=True, slots=True)
class RulebookLife:
    """What is known of a rulebook beside its content."""

    steps: Sequence[Step]
    report: Mapping[str, Any] | None
    fill: StoredFill | None


class ReadRulebookLife:
    """Answers about rulebooks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def life(self, version: str) -> RulebookLife:
        """Return what is known of a rulebook; raises NotFound."""
        async with self._database.reading() as session:
            if await rulebooks.find(session, version) is None:
                raise _unknown()
            return RulebookLife(
                await rulebook_life.steps(session, version),
                await rulebook_life.report(session, version),
                await history_fills.find(session, version),
            )

    async def difference(self, version: str, other: str) -> dict[str, Any]:
        """Return what ``version`` has that ``other`` has not, and the reverse; raises NotFound."""
        texts: list[str] = []
        async with self._database.reading() as session:
            for name in (other, version):
                if await rulebooks.find(session, name) is None:
                    raise _unknown()
                texts.append(await rulebooks.content_text(session, name))
        return await asyncio.to_thread(_compare, *texts)


def _compare(before: str, after: str) -> dict[str, Any]:
    return asdict(difference(json.loads(before), json.loads(after)))


def _unknown() -> NotFound:
    return NotFound("rulebook_unknown", zh="没有这个规则库版本。", en="There is no such rulebook version.")
