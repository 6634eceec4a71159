"""What levels are made of, as it was known at an instant: final yearly ratings and sums of the score ledger."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.rating_procedure import RatingState
from services.credit.storage.tables import annual_rating, rating_act, rating_calculation, score_entry


@dataclass(frozen=True, slots=True)
class FinalRating:
    """A yearly rating that was final."""

    institution_code: str
    year: int
    policy_version: str
    score_e2: int
    grade: str


async def final_at(
    session: AsyncSession, codes: Collection[str], *, at: datetime, from_year: int
) -> dict[str, FinalRating]:
    """Return the newest yearly rating of each institution that was final at an instant, by institution."""
    if not codes:
        return {}
    last = (
        sa.select(rating_act.c.state, rating_act.c.calculation_id)
        .where(rating_act.c.rating_id == annual_rating.c.rating_id, rating_act.c.acted_at <= at)
        .order_by(rating_act.c.number.desc())
        .limit(1)
        .lateral("last")
    )
    rows = await session.execute(
        sa.select(
            annual_rating.c.institution_code,
            annual_rating.c.year,
            rating_calculation.c.policy_version,
            rating_calculation.c.score_e2,
            rating_calculation.c.grade,
        )
        .select_from(annual_rating.join(last, sa.true()))
        .join(rating_calculation, rating_calculation.c.calculation_id == last.c.calculation_id)
        .where(
            annual_rating.c.institution_code.in_(sorted(codes)),
            annual_rating.c.year >= from_year,
            last.c.state == RatingState.FINAL.value,
        )
        .ext(postgresql.distinct_on(annual_rating.c.institution_code))
        .order_by(annual_rating.c.institution_code, annual_rating.c.year.desc())
    )
    return {row["institution_code"]: FinalRating(**row) for row in rows.mappings()}


async def deltas_at(session: AsyncSession, codes: Collection[str], year: int, at: datetime) -> dict[str, int]:
    """Return the sum of a year's score entries recorded by an instant, score times 100, of each institution."""
    sums = dict.fromkeys(codes, 0)
    if codes:
        rows = await session.execute(
            sa.select(score_entry.c.institution_code, sa.func.sum(score_entry.c.delta_e2).label("delta"))
            .where(
                score_entry.c.institution_code.in_(sorted(codes)),
                score_entry.c.year == year,
                score_entry.c.recorded_at <= at,
            )
            .group_by(score_entry.c.institution_code)
        )
        sums.update({row.institution_code: int(row.delta) for row in rows})
    return sums
