"""Read what was taken, and what became of it since."""

from uuid import UUID

from services.intake.domain.jurisdiction import Jurisdiction, jurisdiction, region_prefix
from services.intake.storage import cross_region, settlements
from services.intake.storage.settlements import Key, StoredSettlement
from services.kit.db import Database
from services.kit.errors import NotFound


def settlement_unknown() -> NotFound:
    """Return the error for a settlement that was never taken."""
    return NotFound(
        "settlement_unknown",
        zh="没有该结算。",
        en="There is no such settlement.",
    )


class ReadSettlements:
    """Reads settlements with their outcome, never their lines."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def one(self, key: Key, *, of_region: str | None = None) -> StoredSettlement:
        """Return one settlement; raises NotFound (``settlement_unknown``).

        One that both regions reported is found under either id. To an agency of a region there is only what was treated
        or is insured there.
        """
        async with self._database.reading() as session:
            stored = await settlements.get(session, key)
            if stored is None and key in (first := await cross_region.first_keys(session, {key})):
                stored = await settlements.get(session, first[key])
        if stored is None or (of_region is not None and not _jurisdiction(stored).concerns(of_region)):
            raise settlement_unknown()
        return stored

    async def of_institution(
        self, institution_code: str, *, after: str | None, limit: int, of_region: str | None = None
    ) -> list[StoredSettlement]:
        """Return settlements of an institution in the order of its ids, after an id; of a region when one is given."""
        prefix = None if of_region is None else region_prefix(of_region)
        async with self._database.reading() as session:
            return await settlements.page_of_institution(
                session, institution_code, after=after, limit=limit, region_prefix=prefix
            )

    async def of_all(self, *, after: UUID | None, limit: int, of_region: str | None = None) -> list[StoredSettlement]:
        """Return settlements in the order in which they were accepted, after a ref; of a region when one is given."""
        prefix = None if of_region is None else region_prefix(of_region)
        async with self._database.reading() as session:
            return await settlements.page_of_all(session, after=after, limit=limit, region_prefix=prefix)


def _jurisdiction(stored: StoredSettlement) -> Jurisdiction:
    return jurisdiction(treatment_region=stored.treatment_region, insured_region=stored.insured_region)
