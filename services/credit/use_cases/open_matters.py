"""Open matters of the procedure: the handling that points bring, and requests for recovery and repair."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.matter import MatterKind, StepKind, opened
from services.credit.domain.policy import Policy
from services.credit.storage import matters
from services.credit.storage.matters import Matter, Step
from services.kit.ids import new_id
from services.kit.telemetry import current_traceparent
from services.kit.workdays import is_working_day


@dataclass(frozen=True, slots=True)
class Opening:
    """What a new matter is about."""

    kind: MatterKind
    practitioner_code: str
    institution_code: str
    sanction_id: UUID
    on: date
    entry_id: UUID | None = None
    repair_measure: str | None = None
    document_number: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)


async def open_matter(session: AsyncSession, opening: Opening, policy: Policy, *, now: datetime, by: str) -> Matter:
    """Store a matter whose terms are those of the policy; the caller holds the person."""
    matter = Matter(
        matter_id=new_id(),
        practitioner_code=opening.practitioner_code,
        institution_code=opening.institution_code,
        sanction_id=opening.sanction_id,
        policy_version=policy.version,
        opened_at=now,
        state=opened(opening.kind, opening.on, policy.points.procedure, is_working_day),
        entry_id=opening.entry_id,
        repair_measure=opening.repair_measure,
        traceparent=current_traceparent(),
    )
    first = Step(
        matter_id=matter.matter_id,
        number=1,
        kind=StepKind.OPENED,
        on=opening.on,
        due_on=None,
        document_number=opening.document_number,
        details=opening.details,
        recorded_at=now,
        recorded_by=by,
    )
    await matters.open_matter(session, matter, first)
    return matter
