"""Read sanctions, and the proposals for them: confirmed findings for which nobody has been scored."""

from dataclasses import dataclass
from uuid import UUID

from services.credit.domain.ledger import PointsEntry
from services.credit.domain.region import reach
from services.credit.storage import findings, points, sanctions
from services.credit.storage.findings import ConfirmedFinding
from services.credit.storage.sanctions import Annulment, RecordedSanction
from services.credit.use_cases.guard_reading import must_be_free_of_person, must_govern
from services.kit.db import Database
from services.kit.errors import NotFound
from services.kit.principal import Principal


@dataclass(frozen=True, slots=True)
class SanctionFile:
    """A sanction and every entry of the points ledger that came of it, counter-entries included."""

    sanction: RecordedSanction
    entries: list[PointsEntry]
    annulment: Annulment | None


class ReadSanctions:
    """Answers questions about sanctions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def one(self, sanction_id: UUID, reader: Principal) -> SanctionFile:
        """Return a sanction; raises NotFound, and Forbidden for another institution's or a person's token."""
        async with self._database.reading() as session:
            must_be_free_of_person(reader)
            found = await sanctions.find(session, sanction_id)
            if found is None:
                raise NotFound("sanction_unknown", zh="没有这项处理决定。", en="There is no such sanction.")
            await must_govern(session, reader, found.institution_code)
            entries = await points.of_sanction(session, sanction_id)
            return SanctionFile(found, entries, await sanctions.annulment(session, sanction_id))

    async def proposals(
        self, reader: Principal, *, institution_code: str | None, after: UUID | None, limit: int
    ) -> list[ConfirmedFinding]:
        """Return findings that stand and are not scored, by id, those behind ``after``; raises Forbidden."""
        must_be_free_of_person(reader)
        async with self._database.reading() as session:
            if institution_code is not None:
                await must_govern(session, reader, institution_code)
            return await findings.list_unsanctioned(
                session,
                institution_code=institution_code or reader.institution,
                region=reach(reader.region or ""),
                after=after,
                limit=limit,
            )
