"""What the public may read: final ratings and standing penalties that no repair has taken off the list."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.rating_procedure import RatingState
from services.credit.storage import annual_ratings
from services.credit.storage.annual_ratings import CurrentRating
from services.credit.storage.rating_repairs import RepairAct
from services.credit.storage.tables import institution, rating_repair, sanction, sanction_annulment


@dataclass(frozen=True, slots=True)
class StandingPenalty:
    """A penalty that stands."""

    sanction_id: UUID
    institution_code: str
    region: str
    kind: str
    deciding_authority: str
    document_number: str
    decided_on: date
    policy_version: str


async def ratings(session: AsyncSession, *, year: int, region: str, after: str, limit: int) -> list[CurrentRating]:
    """Return final ratings of a year by institution behind ``after``, without those repaired since."""
    shown: list[CurrentRating] = []
    while len(shown) < limit:
        found = await annual_ratings.page(
            session,
            year=year,
            region=region,
            state=RatingState.FINAL,
            grade=None,
            only=None,
            after=after,
            limit=limit,
        )
        if not found:
            break
        repaired = await _repaired_at(session, {one.institution_code for one in found})
        shown += [
            one
            for one in found
            if one.institution_code not in repaired or repaired[one.institution_code] <= one.last.acted_at
        ]
        after = found[-1].institution_code
    return shown[:limit]


async def penalties(
    session: AsyncSession,
    *,
    kinds: Collection[tuple[str, str]],
    region: str,
    since: date,
    before: tuple[date, UUID] | None,
    limit: int,
) -> list[StandingPenalty]:
    """Return penalties of ``kinds`` (policy version and kind), the latest first, behind ``before``.

    An annulled one is not among them, nor one recorded before its institution's credit was repaired.
    """
    annulled = sa.exists().where(sanction_annulment.c.sanction_id == sanction.c.sanction_id)
    repaired = sa.exists().where(
        rating_repair.c.institution_code == sanction.c.institution_code,
        rating_repair.c.act == RepairAct.GRANTED.value,
        rating_repair.c.acted_at > sanction.c.recorded_at,
    )
    query = (
        sa.select(
            sanction.c.sanction_id,
            sanction.c.institution_code,
            institution.c.region,
            sanction.c.kind,
            sanction.c.deciding_authority,
            sanction.c.document_number,
            sanction.c.decided_on,
            sanction.c.policy_version,
        )
        .join(institution, institution.c.institution_code == sanction.c.institution_code)
        .where(
            sa.tuple_(sanction.c.policy_version, sanction.c.kind).in_(sorted(kinds)),
            sanction.c.decided_on >= since,
            institution.c.region.startswith(region, autoescape=True),
            ~annulled,
            ~repaired,
        )
        .order_by(sanction.c.decided_on.desc(), sanction.c.sanction_id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(sa.tuple_(sanction.c.decided_on, sanction.c.sanction_id) < sa.tuple_(*before))
    return [StandingPenalty(**row) for row in (await session.execute(query)).mappings()]


async def _repaired_at(session: AsyncSession, codes: Collection[str]) -> dict[str, Any]:
    rows = await session.execute(
        sa.select(rating_repair.c.institution_code, sa.func.max(rating_repair.c.acted_at))
        .where(rating_repair.c.institution_code.in_(sorted(codes)), rating_repair.c.act == RepairAct.GRANTED.value)
        .group_by(rating_repair.c.institution_code)
    )
    return {code: at for code, at in rows}  # noqa: C416 - rows are not pairs to a type checker
