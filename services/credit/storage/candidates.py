"""Institutions that may be drawn for inspection, with what their weight rests on."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.region import reach
from services.credit.storage.tables import finding, institution, rating


@dataclass(frozen=True, slots=True)
class Ground:
    """What the weight of an institution rests on."""

    institution_code: str
    kind: str
    tier: str | None
    """The grade last stated; None for an institution without one."""
    findings: int
    """Confirmed findings that stand."""


async def listed(
    session: AsyncSession,
    *,
    regions: Collection[str],
    kinds: Collection[str],
    only: Collection[str],
    since: datetime,
) -> list[Ground]:
    """Return active institutions by code: of regions beginning so, of kinds, of codes; empty means any.

    Findings count when confirmed at ``since`` or later.
    """
    counted = (
        sa.select(finding.c.institution_code, sa.func.count().label("findings"))
        .where(finding.c.confirmed_at >= since, finding.c.ended_at.is_(None))
        .group_by(finding.c.institution_code)
        .subquery()
    )
    query = (
        sa.select(
            institution.c.institution_code,
            institution.c.kind,
            rating.c.tier,
            sa.func.coalesce(counted.c.findings, 0).label("findings"),
        )
        .select_from(institution)
        .outerjoin(rating, rating.c.institution_code == institution.c.institution_code)
        .outerjoin(counted, counted.c.institution_code == institution.c.institution_code)
        .where(institution.c.active)
    )
    if regions:
        query = query.where(
            sa.or_(*(institution.c.region.startswith(reach(region), autoescape=True) for region in sorted(regions)))
        )
    if kinds:
        query = query.where(institution.c.kind.in_(sorted(kinds)))
    if only:
        query = query.where(institution.c.institution_code.in_(sorted(only)))
    rows = await session.execute(query.order_by(institution.c.institution_code.collate("C")))
    return [Ground(**row) for row in rows.mappings()]
