"""The score ledger of institutions, which is only added to, and the rating last stated to others."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from services.credit.domain.policy import Severity
from services.credit.domain.score import ScoreCause, ScoreEntry
from services.credit.storage.tables import rating, score_entry


@dataclass(frozen=True, slots=True)
class StatedRating:
    """The rating others were last told of; all None before the first."""

    institution_code: str
    score_e2: int | None
    tier: str | None
    policy_version: str | None
    rated_at: datetime | None


async def lock(session: AsyncSession, codes: Collection[str]) -> dict[str, StatedRating]:
    """Hold the institutions until the commit, in the order of their codes, and return what was last stated of each."""
    if not codes:
        return {}
    ordered = sorted(codes)
    await session.execute(
        postgresql.insert(rating).on_conflict_do_nothing(), [{"institution_code": code} for code in ordered]
    )
    rows = await session.execute(
        sa.select(rating)
        .where(rating.c.institution_code.in_(ordered))
        .order_by(rating.c.institution_code)
        .with_for_update()
    )
    return {row["institution_code"]: StatedRating(**row) for row in rows.mappings()}


async def state(session: AsyncSession, stated: Sequence[StatedRating]) -> None:
    """Note ratings that are being stated; their institutions are locked."""
    for one in stated:
        await session.execute(
            sa.update(rating)
            .where(rating.c.institution_code == one.institution_code)
            .values(score_e2=one.score_e2, tier=one.tier, policy_version=one.policy_version, rated_at=one.rated_at)
        )


async def add(session: AsyncSession, entries: Sequence[ScoreEntry]) -> None:
    """Add entries to the ledger in order."""
    for entry in entries:
        # One statement each keeps the positions in the order given.
        await session.execute(sa.insert(score_entry).values(**_values(entry)))


async def of_causes(session: AsyncSession, cause: ScoreCause, cause_ids: Collection[UUID]) -> dict[UUID, ScoreEntry]:
    """Return the entries that findings or tips made, by the id of the cause."""
    if not cause_ids:
        return {}
    rows = await session.execute(
        sa.select(score_entry).where(score_entry.c.cause == cause.value, score_entry.c.cause_id.in_(sorted(cause_ids)))
    )
    return {row["cause_id"]: _entry(row) for row in rows.mappings()}


async def year_deltas(session: AsyncSession, codes: Collection[str], year: int) -> dict[str, int]:
    """Return the sum of a year's entries of each institution, score times 100; zero for one without entries."""
    sums = dict.fromkeys(codes, 0)
    if codes:
        rows = await session.execute(
            sa.select(score_entry.c.institution_code, sa.func.sum(score_entry.c.delta_e2).label("delta"))
            .where(score_entry.c.institution_code.in_(sorted(codes)), score_entry.c.year == year)
            .group_by(score_entry.c.institution_code)
        )
        sums.update({row.institution_code: int(row.delta) for row in rows})
    return sums


async def of_institution(
    session: AsyncSession, code: str, year: int, *, after: int, limit: int
) -> list[tuple[int, ScoreEntry]]:
    """Return entries of an institution's year with their positions in the ledger, those behind ``after``."""
    rows = await session.execute(
        sa.select(score_entry)
        .where(
            score_entry.c.institution_code == code,
            score_entry.c.year == year,
            score_entry.c.position > after,
        )
        .order_by(score_entry.c.position)
        .limit(limit)
    )
    return [(row["position"], _entry(row)) for row in rows.mappings()]


def _values(entry: ScoreEntry) -> dict[str, Any]:
    return {
        "entry_id": entry.entry_id,
        "institution_code": entry.institution_code,
        "year": entry.year,
        "delta_e2": entry.delta_e2,
        "cause": entry.cause.value,
        "cause_id": entry.cause_id,
        "occurred_at": entry.occurred_at,
        "recorded_at": entry.recorded_at,
        "policy_version": entry.policy_version,
        "amount_fen": entry.amount_fen,
        "rule_code": entry.rule_code,
        "severity": None if entry.severity is None else entry.severity.value,
        "counters_entry_id": entry.counters_entry_id,
        "traceparent": entry.traceparent,
    }


def _entry(row: sa.RowMapping) -> ScoreEntry:
    fields = dict(row)
    del fields["position"]
    fields["cause"] = ScoreCause(fields["cause"])
    fields["severity"] = None if fields["severity"] is None else Severity(fields["severity"])
    return ScoreEntry(**fields)
