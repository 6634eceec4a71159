"""Social supervisors and what they reported."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.tips.domain.access import region_prefix
from services.tips.domain.supervisor import Supervisor
from services.tips.domain.tip import Status
from services.tips.storage.tables import interests, supervisor_reports, supervisors, tips


@dataclass(frozen=True, slots=True)
class Reported:
    """What came of the reports under one appointment."""

    reported: int = 0
    accepted: int = 0
    substantiated: int = 0


async def store_supervisor(session: AsyncSession, supervisor: Supervisor) -> None:
    """Store an appointment, new or changed."""
    values = asdict(supervisor)
    statement = insert(supervisors).values(values)
    await session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))


async def find_supervisor(session: AsyncSession, supervisor_id: UUID) -> Supervisor | None:
    """Return an appointment, locked."""
    query = sa.select(supervisors).where(supervisors.c.id == supervisor_id).with_for_update()
    row = (await session.execute(query)).mappings().first()
    return None if row is None else Supervisor(**row)


async def certificate_taken(session: AsyncSession, certificate: str) -> bool:
    """Whether a certificate's number is used already."""
    query = sa.select(supervisors.c.id).where(supervisors.c.certificate == certificate)
    return await session.scalar(query) is not None


async def of_subject(session: AsyncSession, subject: str) -> list[Supervisor]:
    """Return the appointments of a person, the latest first; locked against another one at the same time."""
    await session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(subject, 0))))
    query = sa.select(supervisors).where(supervisors.c.subject == subject).order_by(supervisors.c.term_from.desc())
    return [Supervisor(**row) for row in (await session.execute(query)).mappings()]


async def list_supervisors(session: AsyncSession, region: str | None) -> list[Supervisor]:
    """Return the appointments of a region, the latest first."""
    query = sa.select(supervisors).order_by(supervisors.c.term_from.desc(), supervisors.c.id).limit(1000)
    if prefix := region_prefix(region):
        query = query.where(supervisors.c.region.startswith(prefix, autoescape=True))
    return [Supervisor(**row) for row in (await session.execute(query)).mappings()]


async def has_interest(session: AsyncSession, subject: str, institution_code: str) -> bool:
    """Whether somebody has declared an interest in an institution."""
    query = sa.select(interests.c.subject).where(
        interests.c.subject == subject, interests.c.institution_code == institution_code
    )
    return await session.scalar(query) is not None


async def note_report(session: AsyncSession, tip_id: UUID, supervisor_id: UUID) -> None:
    """Note under which appointment a tip was reported."""
    await session.execute(insert(supervisor_reports).values(tip_id=tip_id, supervisor_id=supervisor_id))


async def reported(session: AsyncSession, supervisor_ids: Sequence[UUID]) -> dict[UUID, Reported]:
    """Return what came of the reports of each appointment."""
    true = sa.or_(tips.c.status == Status.SUBSTANTIATED, tips.c.outcome == Status.SUBSTANTIATED)
    query = (
        sa.select(
            supervisor_reports.c.supervisor_id,
            sa.func.count(),
            sa.func.count().filter(tips.c.accepted_at.is_not(None)),
            sa.func.count().filter(true),
        )
        .join(tips, tips.c.id == supervisor_reports.c.tip_id)
        .where(supervisor_reports.c.supervisor_id.in_(supervisor_ids))
        .group_by(supervisor_reports.c.supervisor_id)
    )
    found = {row[0]: Reported(*row[1:]) for row in await session.execute(query)}
    return {each: found.get(each, Reported()) for each in supervisor_ids}
