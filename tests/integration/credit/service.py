"""Short ways to tell credit facts, to decide sanctions, and to read what it says."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.contracts import Fact
from services.contracts.catalogue import BY_TYPE
from services.contracts.intake import InstitutionChanged, PractitionerChanged
from services.contracts.screening import FindingConfirmed, FindingOverturned, FindingWithdrawn
from services.contracts.tips import TipSubstantiated
from services.credit.domain.sanction import ResponsiblePerson, Sanction, Violation
from services.credit.use_cases.record_sanction import SanctionOutcome
from services.credit.wiring import Resources, build_record_sanction
from services.credit.worker import subscription
from services.kit.ids import new_id
from services.kit.inbox import Event
from services.kit.principal import Principal
from services.kit.testing.clock import FixedClock

HOSPITAL = "H11010500001"
PHYSICIAN = "D110105000001"
OFFICER = Principal("officer-1", frozenset({"sanctions:write"}), None, None, None, frozenset({"sanction_officer"}))
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Credit:
    """The service as its neighbours see it: facts in, sanctions in, facts out."""

    def __init__(self, resources: Resources, clock: FixedClock) -> None:
        self.resources = resources
        self.clock = clock
        self._handlers = subscription(resources).handlers

    def event(self, fact: Fact, *, traceparent: str | None = None, time: datetime | None = None) -> Event[Any]:
        return Event(new_id(), fact.TYPE, fact.key, time or self.clock.now(), fact, traceparent)

    async def deliver(self, *events: Event[Any]) -> None:
        await self._handlers[type(events[0].data)](events)

    async def tell(self, *facts: Fact, traceparent: str | None = None) -> None:
        await self.deliver(*(self.event(fact, traceparent=traceparent) for fact in facts))

    async def register(
        self, *practitioners: str, institution: str = HOSPITAL, kind: str = "hospital", category: str = "physician"
    ) -> None:
        await self.tell(
            InstitutionChanged(
                institution_code=institution,
                kind=kind,
                level=3,
                region="110105",
                active=True,
                agreement_from=date(2025, 1, 1),
            )
        )
        for code in practitioners:
            await self.tell(
                PractitionerChanged(
                    practitioner_code=code, category=category, institution_codes=(institution,), active=True
                )
            )

    def confirmation(self, finding_id: UUID | None = None, **fields: Any) -> FindingConfirmed:
        return FindingConfirmed(
            **{
                "finding_id": finding_id or new_id(),
                "settlement_ref": new_id(),
                "institution_code": HOSPITAL,
                "practitioner_codes": (PHYSICIAN,),
                "rule_code": "A01",
                "severity": "violation",
                "amount_fen": 5_000,
                "confirmed_at": self.clock.now(),
                **fields,
            }
        )

    def overturning(self, finding_id: UUID, institution: str = HOSPITAL) -> FindingOverturned:
        return FindingOverturned(
            finding_id=finding_id,
            settlement_ref=new_id(),
            institution_code=institution,
            amount_fen=5_000,
            overturned_at=self.clock.now(),
        )

    def withdrawal(self, finding_id: UUID) -> FindingWithdrawn:
        return FindingWithdrawn(
            finding_id=finding_id, settlement_ref=new_id(), institution_code=HOSPITAL, withdrawn_at=self.clock.now()
        )

    def tip(self, tip_id: UUID, case_value_fen: int = 0) -> TipSubstantiated:
        return TipSubstantiated(
            tip_id=tip_id,
            institution_code=HOSPITAL,
            case_value_fen=case_value_fen,
            substantiated_at=self.clock.now(),
        )

    async def findings(self, number: int = 1, **fields: Any) -> list[UUID]:
        """Have findings confirmed and return their ids."""
        confirmed = [self.confirmation(**fields) for _ in range(number)]
        await self.tell(*confirmed, traceparent=TRACE)
        return [one.finding_id for one in confirmed]

    async def sanction(self, sanction: Sanction) -> SanctionOutcome:
        return await build_record_sanction(self.resources)(sanction, OFFICER)

    async def score_points(self, points: int, practitioner: str = PHYSICIAN) -> tuple[UUID, UUID]:
        """Have a practitioner scored by one sanction on one new finding; return ids of sanction and finding."""
        (finding,) = await self.findings()
        made = sanction_of(points, finding, practitioner=practitioner, decided_on=self.today())
        await self.sanction(made)
        return made.sanction_id, finding

    def today(self) -> date:
        return (self.clock.now()).date()

    async def said(self, *types: type[Fact]) -> list[Fact]:
        """Return the facts in the outbox, all or those of some types, in order."""
        rows = await self.rows("select type, payload from outbox order by sequence")
        facts = [msgspec.json.decode(row.payload, type=BY_TYPE[row.type]) for row in rows]
        return [fact for fact in facts if not types or isinstance(fact, types)]

    async def rows(self, query: str) -> Sequence[Any]:
        async with self.resources.database.reading() as session:
            return (await session.execute(sa.text(query))).all()

    async def number(self, query: str) -> int:
        (row,) = await self.rows(query)
        return int(row[0])


_BANDS = {1: "liquidated_damages", 2: "penalty_article_38", 3: "impersonation", 4: "penalty_article_40"}
_DEGREES = ("general", "important", "principal")


def violation_of(points: int, *findings: UUID) -> tuple[str, Violation]:
    """Return the kind of sanction and a violation that come to these points."""
    band, place = divmod(points - 1, 3)
    kind = _BANDS[band + 1]
    return kind, Violation(findings, kind, _DEGREES[place])


def sanction_of(
    points: int, *findings: UUID, practitioner: str = PHYSICIAN, institution: str = HOSPITAL, decided_on: date
) -> Sanction:
    """Return a sanction with one violation of these points."""
    kind, violation = violation_of(points, *findings)
    return Sanction(
        sanction_id=new_id(),
        institution_code=institution,
        kind=kind,
        deciding_authority="某市医疗保障局",
        document_number="医保处〔2026〕1号",
        decided_on=decided_on,
        persons=(ResponsiblePerson(practitioner, (violation,)),),
    )
