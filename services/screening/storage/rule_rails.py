"""How often each rule strikes, which rules are paused, and budgets of suspicions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.ids import new_id
from services.screening.domain.rails import Rails
from services.screening.storage.rulebook_life_tables import rule_budget, rule_pause

# One question a batch: rules that are paused, and what budgets leave of the day.
_RAILS = """
select rule_code, null from rule_pause where resumed_at is null
union all
select rule_budget.rule_code, per_day - coalesce(suspicions, 0)
from rule_budget left join rule_day on rule_day.rule_code = rule_budget.rule_code and day = $1
"""

_ADD = """
insert into rule_day (day, rule_code, claims, findings, suspicions, failures)
select $1, * from unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
    as more (rule_code, claims, findings, suspicions, failures)
order by rule_code
on conflict (day, rule_code) do update set
    claims = rule_day.claims + excluded.claims,
    findings = rule_day.findings + excluded.findings,
    suspicions = rule_day.suspicions + excluded.suspicions,
    failures = rule_day.failures + excluded.failures
returning rule_code, claims, findings, suspicions, failures
"""

_BASELINE = """
select rule_code, sum(claims)::bigint, sum(findings)::bigint from rule_day where day >= $1 and day < $2
group by rule_code
"""

_PAUSE = """
insert into rule_pause (id, rule_code, cause, paused_at, paused_by, reason, figures)
select $1, $2, $3, $4, $5, $6, $7::jsonb
where $3 = 'person' or not exists (select from rule_pause where rule_code = $2 and exempt_until > $4)
on conflict (rule_code) where resumed_at is null do nothing
returning id
"""

ALL = ""
"""Rule code of the row that counts claims."""


@dataclass(frozen=True, slots=True)
class DayCount:
    """What one rule did on one day; ``claims`` only of the row of all rules."""

    rule_code: str
    claims: int = 0
    findings: int = 0
    suspicions: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True)
class StoredPause:
    """A rule that is, or was, paused."""

    id: UUID
    rule_code: str
    cause: str
    paused_at: datetime
    paused_by: str
    reason: str | None
    figures: Mapping[str, Any] | None
    resumed_at: datetime | None
    resumed_by: str | None
    resume_reason: str | None
    exempt_until: datetime | None


@dataclass(frozen=True, slots=True)
class StoredBudget:
    """Suspicions of a rule that are raised on one business day."""

    rule_code: str
    per_day: int
    set_by: str
    set_at: datetime


async def rails(connection: asyncpg.Connection, day: date, *, released: Iterable[str] = ()) -> Rails:
    """Return what holds for a batch on a business day."""
    paused: set[str] = set()
    left: dict[str, int] = {}
    for rule_code, rest in await connection.fetch(_RAILS, day):
        if rest is None:
            paused.add(rule_code)
        else:
            left[rule_code] = rest
    return Rails(frozenset(paused), left, frozenset(released))


async def add(connection: asyncpg.Connection, day: date, counts: Sequence[DayCount]) -> list[DayCount]:
    """Add what a batch saw; return the day so far of the rules it names."""
    columns = [[getattr(one, name) for one in counts] for name in DayCount.__slots__]
    # A gauge: worth no wait for the disk; what a crash loses, the next batch measures again.
    await connection.execute("set local synchronous_commit to off")
    return [DayCount(*row) for row in await connection.fetch(_ADD, day, *columns)]


async def baseline(connection: asyncpg.Connection, first: date, until: date) -> dict[str, DayCount]:
    """Return claims and findings by rule over the days from ``first`` to before ``until``."""
    rows = await connection.fetch(_BASELINE, first, until)
    return {row[0]: DayCount(row[0], row[1], row[2]) for row in rows}


async def pause(
    connection: asyncpg.Connection,
    rule_code: str,
    *,
    cause: str,
    by: str,
    now: datetime,
    reason: str | None = None,
    figures: str | None = None,
) -> bool:
    """Pause a rule; False when it is paused already, or a person has exempted it for a while."""
    found = await connection.fetchval(_PAUSE, new_id(), rule_code, cause, now, by, reason, figures)
    return found is not None


async def resume(
    session: AsyncSession, rule_code: str, *, by: str, reason: str, now: datetime, exempt_until: datetime
) -> bool:
    """Let a paused rule speak again; False when it was not paused."""
    statement = (
        sa.update(rule_pause)
        .where(rule_pause.c.rule_code == rule_code, rule_pause.c.resumed_at.is_(None))
        .values(resumed_at=now, resumed_by=by, resume_reason=reason, exempt_until=exempt_until)
        .returning(rule_pause.c.id)
    )
    return await session.scalar(statement) is not None


async def pauses(session: AsyncSession, *, open_only: bool, limit: int = 200) -> list[StoredPause]:
    """Return pauses, the newest first."""
    column = rule_pause.c
    query = sa.select(*(column[name] for name in StoredPause.__slots__)).order_by(column.paused_at.desc()).limit(limit)
    if open_only:
        query = query.where(column.resumed_at.is_(None))
    return [StoredPause(*row) for row in await session.execute(query)]


async def budgets(session: AsyncSession) -> list[StoredBudget]:
    """Return every budget."""
    query = sa.select(*(rule_budget.c[name] for name in StoredBudget.__slots__)).order_by(rule_budget.c.rule_code)
    return [StoredBudget(*row) for row in await session.execute(query)]


async def set_budget(session: AsyncSession, budget: StoredBudget) -> None:
    """Set the budget of a rule."""
    values = {name: getattr(budget, name) for name in StoredBudget.__slots__}
    await session.execute(
        insert(rule_budget).values(values).on_conflict_do_update(index_elements=["rule_code"], set_=values)
    )


async def drop_budget(session: AsyncSession, rule_code: str) -> None:
    """Let a rule raise as many suspicions as it finds."""
    await session.execute(sa.delete(rule_budget).where(rule_budget.c.rule_code == rule_code))
