"""Read settlement lists with their history."""

import msgspec

from services.contracts.intake import SettlementListFiled
from services.intake.storage import settlement_lists
from services.intake.storage.settlement_lists import Key, Listed
from services.kit.db import Database
from services.kit.errors import NotFound

_FACT = msgspec.json.Decoder(SettlementListFiled)


class ReadSettlementLists:
    """Reads filed lists with their history."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def one(self, key: Key) -> list[SettlementListFiled]:
        """Return every version of a settlement's list, the standing one first; raises NotFound (``list_unknown``)."""
        async with self._database.reading() as session:
            found = await settlement_lists.versions(session, key)
        if not found:
            raise NotFound("list_unknown", zh="没有该结算清单。", en="There is no such settlement list.")
        return [_FACT.decode(body) for body in found]

    async def some(self, institution_code: str | None, *, after: Key | None, limit: int) -> list[Listed]:
        """Return the standing lists in the order of institutions and settlements."""
        async with self._database.reading() as session:
            return await settlement_lists.page(session, institution_code, after=after, limit=limit)
