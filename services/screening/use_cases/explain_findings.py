"""Explain a finding: gather everything a physician or a judge needs to check it by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.contracts.intake import SettlementAccepted
from services.kit.db import Database, driver
from services.kit.principal import Principal
from services.screening.domain.review import RaisedFinding
from services.screening.storage import claims, rulebooks
from services.screening.storage.findings import Life
from services.screening.use_cases.read_findings import ReadFindings


@dataclass(frozen=True, slots=True)
class PriorEvidence:
    """Something in another settlement that the finding rests on."""

    settlement_id: str | None
    """None where the reader may not see it, or where the claim came before claims were kept."""
    institution_code: str | None
    what: str
    line: Any | None
    """The fee line, when it is one and the reader may see it."""
    claim: SettlementAccepted | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A finding with all it rests on."""

    finding: RaisedFinding
    life: Sequence[Life]
    rule: Mapping[str, Any]
    point: Mapping[str, Any] | None
    claim: SettlementAccepted | None
    prior: Sequence[PriorEvidence]


class ExplainFindings:
    """Gathers the evidence of one finding; an institution sees of others no more than that they are part of it."""

    def __init__(self, database: Database, read: ReadFindings) -> None:
        self._database = database
        self._read = read

    async def __call__(self, finding_id: UUID, reader: Principal) -> Explanation:
        """Return the explanation; raises NotFound, or Forbidden for another institution's."""
        finding, life = await self._read.one(finding_id, reader)
        references = finding.evidence.get("prior", [])
        refs = {UUID(reference["settlement_ref"]) for reference in references} | {finding.settlement_ref}
        async with self._database.reading() as session:
            rule, point = await rulebooks.entries(
                session, finding.rulebook_version, finding.rule_code, finding.knowledge_point
            )
            kept = {one.settlement_ref: one for one in await claims.of_settlements(await driver(session), refs)}
        prior = [_prior(reference, kept, reader) for reference in references]
        return Explanation(finding, life, rule or {}, point, kept.get(finding.settlement_ref), prior)


def _prior(reference: Mapping[str, Any], kept: Mapping[UUID, SettlementAccepted], reader: Principal) -> PriorEvidence:
    if reader.institution is not None and reference["institution_code"] != reader.institution:
        return PriorEvidence(None, None, reference["what"], None, None)
    claim = kept.get(UUID(reference["settlement_ref"]))
    line = None
    if claim is not None and reference["line_number"] is not None:
        line = next((one for one in claim.lines if one.number == reference["line_number"]), None)
    settlement_id = None if claim is None else claim.settlement_id
    return PriorEvidence(settlement_id, reference["institution_code"], reference["what"], line, claim)
