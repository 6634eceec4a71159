"""Read findings: one, a page of them, those of a settlement, and their numbers."""

from dataclasses import dataclass, replace
from uuid import UUID

from services.kit.db import Database
from services.kit.errors import NotFound
from services.kit.principal import Principal
from services.screening.domain.review import RaisedFinding
from services.screening.storage import findings, settlements
from services.screening.storage.findings import FindingCount, FindingFilter, Life
from services.screening.storage.settlements import StoredSettlement


@dataclass(frozen=True, slots=True)
class SettlementScreening:
    """A settlement's outcome with its findings."""

    settlement: StoredSettlement
    findings: list[RaisedFinding]


class ReadFindings:
    """Answers questions about findings; an institution sees only its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def one(self, finding_id: UUID, reader: Principal) -> tuple[RaisedFinding, list[Life]]:
        """Return a finding and its life; raises NotFound, or Forbidden for another institution's."""
        async with self._database.reading() as session:
            finding = await findings.find(session, finding_id)
            if finding is None:
                raise NotFound("finding_unknown", zh="没有这条疑点。", en="There is no such finding.")
            reader.must_be_institution(finding.institution_code)
            return finding, await findings.life(session, finding_id)

    async def page(
        self, wanted: FindingFilter, reader: Principal, *, before: UUID | None, limit: int
    ) -> list[RaisedFinding]:
        """Return findings, newest first; raises Forbidden when another institution's are asked for."""
        if wanted.institution_code is not None:
            reader.must_be_institution(wanted.institution_code)
        elif reader.institution is not None:
            wanted = replace(wanted, institution_code=reader.institution)
        async with self._database.reading() as session:
            return await findings.page(session, wanted, before=before, limit=limit)

    async def of_settlement(self, settlement_ref: UUID, reader: Principal) -> SettlementScreening:
        """Return a settlement's outcome; raises NotFound before it was screened, Forbidden for another's."""
        async with self._database.reading() as session:
            settlement = await settlements.find(session, settlement_ref)
            if settlement is None:
                raise NotFound(
                    "settlement_not_screened", zh="该结算尚未审核。", en="The settlement is not screened yet."
                )
            reader.must_be_institution(settlement.institution_code)
            return SettlementScreening(settlement, await findings.of_settlement(session, settlement_ref))

    async def counts(self, institution_code: str | None, reader: Principal) -> list[FindingCount]:
        """Return numbers and amounts by rule and status; raises Forbidden for another institution's."""
        if institution_code is not None:
            reader.must_be_institution(institution_code)
        async with self._database.reading() as session:
            return await findings.count(session, institution_code or reader.institution)
