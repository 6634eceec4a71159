"""Yearly ratings: calculations with all their inputs, and the acts that led to the state; rows are only added."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.rating import Benchmark, Evidence
from services.credit.domain.rating_procedure import RatingAct, RatingState
from services.credit.storage.tables import annual_rating, rating_act, rating_calculation


@dataclass(frozen=True, slots=True)
class Calculation:
    """One calculation and everything it was made from."""

    calculation_id: UUID
    rating_id: UUID
    policy_version: str
    score_e2: int
    grade: str
    grade_before: str | None
    settlements: int
    benchmarks: Mapping[str, Benchmark]
    evidence: tuple[Evidence, ...]
    excluded: tuple[str, ...]
    computed_at: datetime


@dataclass(frozen=True, slots=True)
class RecordedAct:
    """One act of the procedure."""

    act_id: UUID
    rating_id: UUID
    number: int
    act: RatingAct
    state: RatingState
    acted_at: datetime
    acted_by: str
    calculation_id: UUID | None
    """The calculation that holds from this act on; None where there is none."""
    due_on: date | None = None
    reason: str | None = None
    document_number: str | None = None


@dataclass(frozen=True, slots=True)
class CurrentRating:
    """A yearly rating as its last act left it."""

    rating_id: UUID
    institution_code: str
    year: int
    region: str
    last: RecordedAct
    policy_version: str | None
    score_e2: int | None
    grade: str | None


_ACT = tuple(column.name for column in rating_act.columns)
_LAST = (
    sa.select(rating_act)
    .where(rating_act.c.rating_id == annual_rating.c.rating_id)
    .order_by(rating_act.c.number.desc())
    .limit(1)
    .lateral("last")
)
_CURRENT = sa.select(
    annual_rating.c.rating_id,
    annual_rating.c.institution_code,
    annual_rating.c.year,
    annual_rating.c.region,
    *(_LAST.c[name].label(f"last_{name}") for name in _ACT),
    rating_calculation.c.policy_version,
    rating_calculation.c.score_e2,
    rating_calculation.c.grade,
).select_from(
    annual_rating.join(_LAST, sa.true()).outerjoin(
        rating_calculation, rating_calculation.c.calculation_id == _LAST.c.calculation_id
    )
)


async def open_rating(
    session: AsyncSession, institution_code: str, year: int, region: str, rating_id: UUID, *, now: datetime
) -> None:
    """Store a new yearly rating; its institution is locked."""
    await session.execute(
        sa.insert(annual_rating).values(
            rating_id=rating_id, institution_code=institution_code, year=year, region=region, created_at=now
        )
    )


async def add_calculation(session: AsyncSession, made: Calculation) -> None:
    """Store a calculation."""
    await session.execute(
        sa.insert(rating_calculation).values(
            calculation_id=made.calculation_id,
            rating_id=made.rating_id,
            policy_version=made.policy_version,
            score_e2=made.score_e2,
            grade=made.grade,
            grade_before=made.grade_before,
            settlements=made.settlements,
            benchmarks={code: [one.best, one.middle] for code, one in sorted(made.benchmarks.items())},
            evidence=[
                [one.evidence_id, one.metric, one.quantity, one.case, one.on.isoformat()] for one in made.evidence
            ],
            excluded=list(made.excluded),
            computed_at=made.computed_at,
        )
    )


async def add_act(session: AsyncSession, act: RecordedAct) -> None:
    """Add an act; its number must be free."""
    await session.execute(
        sa.insert(rating_act).values(
            act_id=act.act_id,
            rating_id=act.rating_id,
            number=act.number,
            act=act.act.value,
            state=act.state.value,
            acted_at=act.acted_at,
            acted_by=act.acted_by,
            calculation_id=act.calculation_id,
            due_on=act.due_on,
            reason=act.reason,
            document_number=act.document_number,
        )
    )


async def find(session: AsyncSession, institution_code: str, year: int) -> CurrentRating | None:
    """Return a yearly rating, None when there is none."""
    rows = await session.execute(
        _CURRENT.where(annual_rating.c.institution_code == institution_code, annual_rating.c.year == year)
    )
    row = rows.mappings().one_or_none()
    return None if row is None else _current(row)


async def of_institutions(
    session: AsyncSession, codes: Collection[str], years: Collection[int] | None
) -> list[CurrentRating]:
    """Return the ratings of institutions for some years, None for all, by institution and year."""
    if not codes:
        return []
    query = _CURRENT.where(annual_rating.c.institution_code.in_(sorted(codes)))
    if years is not None:
        query = query.where(annual_rating.c.year.in_(sorted(years)))
    rows = await session.execute(query.order_by(annual_rating.c.institution_code, annual_rating.c.year))
    return [_current(row) for row in rows.mappings()]


async def page(
    session: AsyncSession,
    *,
    year: int,
    region: str,
    state: RatingState | None,
    grade: str | None,
    only: str | None,
    after: str,
    limit: int,
) -> list[CurrentRating]:
    """Return ratings of a year by institution, those behind ``after``; ``region`` is a prefix."""
    query = _CURRENT.where(annual_rating.c.year == year, annual_rating.c.institution_code > after)
    if region:
        query = query.where(annual_rating.c.region.startswith(region, autoescape=True))
    if state is not None:
        query = query.where(_LAST.c.state == state.value)
    if grade is not None:
        query = query.where(rating_calculation.c.grade == grade)
    if only is not None:
        query = query.where(annual_rating.c.institution_code == only)
    rows = await session.execute(query.order_by(annual_rating.c.institution_code).limit(limit))
    return [_current(row) for row in rows.mappings()]


async def final_grades(session: AsyncSession, codes: Collection[str], year: int) -> dict[str, dict[int, str]]:
    """Return the final grades of earlier years of each institution, by year."""
    grades: dict[str, dict[int, str]] = {code: {} for code in codes}
    if codes:
        rows = await session.execute(
            _CURRENT.where(
                annual_rating.c.institution_code.in_(sorted(codes)),
                annual_rating.c.year < year,
                _LAST.c.state == RatingState.FINAL.value,
            )
        )
        for row in rows:
            grades[row.institution_code][row.year] = row.grade
    return grades


async def calculation(session: AsyncSession, calculation_id: UUID) -> Calculation:
    """Return a calculation that an act names."""
    rows = await session.execute(
        sa.select(rating_calculation).where(rating_calculation.c.calculation_id == calculation_id)
    )
    row = rows.mappings().one()
    fields = dict(row)
    fields["benchmarks"] = {code: Benchmark(*pair) for code, pair in row["benchmarks"].items()}
    fields["evidence"] = tuple(
        Evidence(key, metric, quantity, case, date.fromisoformat(day))
        for key, metric, quantity, case, day in row["evidence"]
    )
    fields["excluded"] = tuple(row["excluded"])
    return Calculation(**fields)


async def acts(session: AsyncSession, rating_id: UUID) -> list[RecordedAct]:
    """Return every act of a rating in order."""
    rows = await session.execute(
        sa.select(rating_act).where(rating_act.c.rating_id == rating_id).order_by(rating_act.c.number)
    )
    return [_act({name: row[name] for name in _ACT}) for row in rows.mappings()]


def _act(fields: Mapping[str, Any]) -> RecordedAct:
    return RecordedAct(**{**fields, "act": RatingAct(fields["act"]), "state": RatingState(fields["state"])})


def _current(row: sa.RowMapping) -> CurrentRating:
    return CurrentRating(
        rating_id=row["rating_id"],
        institution_code=row["institution_code"],
        year=row["year"],
        region=row["region"],
        last=_act({name: row[f"last_{name}"] for name in _ACT}),
        policy_version=row["policy_version"],
        score_e2=row["score_e2"],
        grade=row["grade"],
    )
