"""Matters of the procedure: where each stands, indexed by what is due, and its steps, which are only added to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.matter import Duty, MatterKind, MatterState, Phase, StepKind
from services.credit.storage.register import in_region
from services.credit.storage.tables import matter, matter_step


@dataclass(frozen=True, slots=True)
class Matter:
    """A matter of one person under one sanction."""

    matter_id: UUID
    practitioner_code: str
    institution_code: str
    sanction_id: UUID
    policy_version: str
    """The version whose terms hold from beginning to end."""
    opened_at: datetime
    state: MatterState
    entry_id: UUID | None = None
    """Repair of points: the entry."""
    repair_measure: str | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a matter."""

    matter_id: UUID
    number: int
    """From 1, the opening."""
    kind: StepKind
    on: date
    """Business date of what happened."""
    due_on: date | None
    """Last day in time for it, where it had one."""
    document_number: str | None
    details: Mapping[str, Any]
    recorded_at: datetime
    recorded_by: str


async def open_matter(session: AsyncSession, opened: Matter, step: Step) -> None:
    """Store a new matter with its first step."""
    await session.execute(
        sa.insert(matter).values(
            matter_id=opened.matter_id,
            kind=opened.state.kind.value,
            practitioner_code=opened.practitioner_code,
            institution_code=opened.institution_code,
            sanction_id=opened.sanction_id,
            entry_id=opened.entry_id,
            repair_measure=opened.repair_measure,
            policy_version=opened.policy_version,
            opened_at=opened.opened_at,
            traceparent=opened.traceparent,
            **_state_values(opened.state),
        )
    )
    await _add_step(session, step)


async def advance(session: AsyncSession, matter_id: UUID, state: MatterState, step: Step) -> None:
    """Store where a matter stands after a step, and the step; the caller holds the matter."""
    await session.execute(sa.update(matter).where(matter.c.matter_id == matter_id).values(**_state_values(state)))
    await _add_step(session, step)


async def find(session: AsyncSession, matter_id: UUID, *, lock: bool = False) -> Matter | None:
    """Return a matter, None when there is none of this id; ``lock`` holds it until the commit."""
    query = sa.select(matter).where(matter.c.matter_id == matter_id)
    row = (await session.execute(query.with_for_update() if lock else query)).mappings().one_or_none()
    return None if row is None else _matter(row)


async def handling(session: AsyncSession, sanction_id: UUID, practitioner_code: str) -> Matter | None:
    """Return the handling of a person's points under a sanction and hold it until the commit."""
    query = sa.select(matter).where(
        matter.c.sanction_id == sanction_id,
        matter.c.practitioner_code == practitioner_code,
        matter.c.kind == MatterKind.HANDLING.value,
    )
    row = (await session.execute(query.with_for_update())).mappings().one_or_none()
    return None if row is None else _matter(row)


async def of_practitioner(session: AsyncSession, code: str) -> list[Matter]:
    """Return all matters of a person, oldest first."""
    rows = await session.execute(
        sa.select(matter).where(matter.c.practitioner_code == code).order_by(matter.c.matter_id)
    )
    return [_matter(row) for row in rows.mappings()]


async def steps(session: AsyncSession, matter_ids: list[UUID]) -> dict[UUID, list[Step]]:
    """Return the steps of each matter in their order."""
    found: dict[UUID, list[Step]] = {matter_id: [] for matter_id in matter_ids}
    if matter_ids:
        rows = await session.execute(
            sa.select(matter_step)
            .where(matter_step.c.matter_id.in_(matter_ids))
            .order_by(matter_step.c.matter_id, matter_step.c.number)
        )
        for row in rows.mappings():
            found[row["matter_id"]].append(Step(**{**row, "kind": StepKind(row["kind"])}))
    return found


async def list_due(
    session: AsyncSession,
    *,
    before: date | None,
    institution_code: str | None,
    region: str,
    after: tuple[date, UUID] | None,
    limit: int,
) -> list[Matter]:
    """Return matters in which something is due, soonest first, those behind ``after``; ``before`` limits the days."""
    query = sa.select(matter).where(matter.c.due_on.is_not(None), in_region(matter.c.institution_code, region))
    if before is not None:
        query = query.where(matter.c.due_on < before)
    if institution_code is not None:
        query = query.where(matter.c.institution_code == institution_code)
    if after is not None:
        query = query.where(sa.tuple_(matter.c.due_on, matter.c.matter_id) > sa.tuple_(*after))
    rows = await session.execute(query.order_by(matter.c.due_on, matter.c.matter_id).limit(limit))
    return [_matter(row) for row in rows.mappings()]


async def _add_step(session: AsyncSession, step: Step) -> None:
    await session.execute(
        sa.insert(matter_step).values(
            matter_id=step.matter_id,
            number=step.number,
            kind=step.kind.value,
            on=step.on,
            due_on=step.due_on,
            document_number=step.document_number,
            details=dict(step.details),
            recorded_at=step.recorded_at,
            recorded_by=step.recorded_by,
        )
    )


def _state_values(state: MatterState) -> dict[str, Any]:
    return {
        "phase": state.phase.value,
        "last_on": state.last_on,
        "duty": None if state.duty is None else state.duty.value,
        "due_on": state.due_on,
        "objection_until": state.objection_until,
        "remaining_days": state.remaining_days,
        "escalated": state.escalated,
        "talked": state.talked,
    }


def _matter(row: sa.RowMapping) -> Matter:
    return Matter(
        matter_id=row["matter_id"],
        practitioner_code=row["practitioner_code"],
        institution_code=row["institution_code"],
        sanction_id=row["sanction_id"],
        policy_version=row["policy_version"],
        opened_at=row["opened_at"],
        state=MatterState(
            kind=MatterKind(row["kind"]),
            phase=Phase(row["phase"]),
            last_on=row["last_on"],
            duty=None if row["duty"] is None else Duty(row["duty"]),
            due_on=row["due_on"],
            objection_until=row["objection_until"],
            remaining_days=row["remaining_days"],
            escalated=row["escalated"],
            talked=row["talked"],
        ),
        entry_id=row["entry_id"],
        repair_measure=row["repair_measure"],
        traceparent=row["traceparent"],
    )
