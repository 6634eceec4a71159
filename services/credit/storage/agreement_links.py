"""Persons tied to the end of an agreement; rows are added and read, never changed."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.agreement import AgreementLink
from services.credit.domain.measure import MeasureKind
from services.credit.storage.tables import agreement_link


async def add(session: AsyncSession, links: Sequence[AgreementLink]) -> None:
    """Store lines."""
    if links:
        await session.execute(sa.insert(agreement_link), [{**asdict(one), "kind": one.kind.value} for one in links])


async def of_practitioners(session: AsyncSession, codes: Collection[str]) -> dict[str, list[AgreementLink]]:
    """Return the lines of each practitioner in the order of their recording; one without any has an empty list."""
    links: dict[str, list[AgreementLink]] = {code: [] for code in codes}
    if codes:
        rows = await session.execute(
            sa.select(agreement_link)
            .where(agreement_link.c.practitioner_code.in_(sorted(codes)))
            .order_by(agreement_link.c.recorded_at, agreement_link.c.link_id)
        )
        for row in rows.mappings():
            link = AgreementLink(**{**row, "kind": MeasureKind(row["kind"])})
            links[link.practitioner_code].append(link)
    return links


async def practitioners_of(session: AsyncSession, sanction_id: UUID) -> set[str]:
    """Return the practitioners that a sanction tied to the agreement's end."""
    query = sa.select(agreement_link.c.practitioner_code).where(agreement_link.c.sanction_id == sanction_id)
    return set(await session.scalars(query.distinct()))
