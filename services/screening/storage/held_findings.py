"""Findings that were not sent: in the shadow, of a paused rule, beyond a budget."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.ids import new_id
from services.screening.domain.finding import Finding
from services.screening.storage.rulebook_life_tables import held_finding, shadow_tally

# A second look may find again what is held already: it is the same objection, and counts once.
_HOLD = """
insert into held_finding (
    id, purpose, rulebook_version, rule_code, settlement_ref, settlement_id, institution_code, knowledge_point,
    severity, line_numbers, amount_at_issue_fen, fingerprint, held_at, text_zh, text_en
)
select id, purpose, version, rule, settlement, settlement_id, institution, point, severity,
    string_to_array(lines, ',')::int[], amount, fingerprint, at, zh, en
from unnest(
    $1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::text[], $11::bigint[], $12::text[], $13::timestamptz[], $14::text[], $15::text[]
) as held (
    id, purpose, version, rule, settlement, settlement_id, institution, point, severity, lines, amount, fingerprint,
    at, zh, en
)
on conflict do nothing
"""

_TALLY = """
insert into shadow_tally (
    version, rule_code, claims, found, found_fen, active, active_fen, new, gone, failures
)
select $1, * from unnest(
    $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[],
    $10::bigint[]
) as more (rule_code, claims, found, found_fen, active, active_fen, new, gone, failures)
order by rule_code
on conflict (version, rule_code) do update set
    claims = shadow_tally.claims + excluded.claims,
    found = shadow_tally.found + excluded.found,
    found_fen = shadow_tally.found_fen + excluded.found_fen,
    active = shadow_tally.active + excluded.active,
    active_fen = shadow_tally.active_fen + excluded.active_fen,
    new = shadow_tally.new + excluded.new,
    gone = shadow_tally.gone + excluded.gone,
    failures = shadow_tally.failures + excluded.failures
"""

_SETTLE = """
with chosen as (
    select id from held_finding
    where rule_code = $1 and purpose <> 'shadow' and settled_at is null
    order by id limit $2 for update
)
update held_finding set settled_by = $3, settled_at = $4
from chosen where held_finding.id = chosen.id
returning held_finding.settlement_ref
"""


class HeldRow(NamedTuple):
    """A finding with what holding it adds."""

    purpose: str
    rulebook_version: str
    settlement_id: str
    finding: Finding
    held_at: datetime


@dataclass(frozen=True, slots=True)
class ShadowTally:
    """What one rule of a rulebook in the shadow found beside the active one; the empty rule code counts claims."""

    rule_code: str
    claims: int = 0
    found: int = 0
    found_fen: int = 0
    active: int = 0
    active_fen: int = 0
    new: int = 0
    gone: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True)
class HeldCount:
    """Held findings of one rule that nobody has had raised."""

    rule_code: str
    purpose: str
    findings: int
    amount_at_issue_fen: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class HeldFinding:
    """One held finding as it is shown."""

    id: UUID
    purpose: str
    rulebook_version: str
    rule_code: str
    settlement_ref: UUID
    settlement_id: str
    institution_code: str
    knowledge_point: str | None
    severity: str
    line_numbers: Sequence[int]
    amount_at_issue_fen: int
    held_at: datetime
    text_zh: str | None
    text_en: str | None
    settled_by: str | None
    settled_at: datetime | None


async def hold(connection: asyncpg.Connection, rows: Sequence[HeldRow]) -> None:
    """Store held findings; one that is held already stays as it is."""
    if rows:
        await connection.execute(_HOLD, *(list(column) for column in zip(*map(_values, rows), strict=True)))


async def sampled(connection: asyncpg.Connection, version: str) -> Mapping[str, int]:
    """Return how many findings of a rulebook in the shadow are stored, by rule."""
    rows = await connection.fetch(
        "select rule_code, count(*) from held_finding "
        "where purpose = 'shadow' and rulebook_version = $1 group by rule_code",
        version,
    )
    return {row[0]: row[1] for row in rows}


async def add_tallies(connection: asyncpg.Connection, version: str, tallies: Iterable[ShadowTally]) -> None:
    """Add what a batch found in the shadow; last in its transaction, for others wait for these rows."""
    columns = [
        [getattr(one, name) for one in sorted(tallies, key=lambda one: one.rule_code)] for name in ShadowTally.__slots__
    ]
    await connection.execute(_TALLY, version, *columns)


async def tallies(session: AsyncSession, version: str) -> list[ShadowTally]:
    """Return what a rulebook has found in the shadow, by rule."""
    column = shadow_tally.c
    query = (
        sa.select(*(column[name] for name in ShadowTally.__slots__))
        .where(column.version == version)
        .order_by(column.rule_code)
    )
    return [ShadowTally(*row) for row in await session.execute(query)]


async def forget_shadow(session: AsyncSession, version: str) -> None:
    """Drop what a rulebook found in the shadow, when it enters it anew."""
    await session.execute(sa.delete(shadow_tally).where(shadow_tally.c.version == version))
    await session.execute(
        sa.delete(held_finding).where(held_finding.c.purpose == "shadow", held_finding.c.rulebook_version == version)
    )


async def counts(session: AsyncSession) -> list[HeldCount]:
    """Count the held findings that wait, by rule."""
    column = held_finding.c
    query = (
        sa.select(
            column.rule_code,
            column.purpose,
            sa.func.count(),
            sa.cast(sa.func.sum(column.amount_at_issue_fen), sa.BigInteger),
            sa.func.min(column.held_at),
        )
        .where(column.purpose != "shadow", column.settled_at.is_(None))
        .group_by(column.rule_code, column.purpose)
        .order_by(column.rule_code, column.purpose)
    )
    return [HeldCount(*row) for row in await session.execute(query)]


async def page(
    session: AsyncSession,
    *,
    purpose: str | None,
    rule_code: str | None,
    version: str | None,
    after: UUID | None,
    limit: int,
) -> list[HeldFinding]:
    """Return held findings, oldest first; those that were raised after all are left out."""
    column = held_finding.c
    query = (
        sa.select(*(column[name] for name in HeldFinding.__slots__))
        .where(column.settled_at.is_(None))
        .order_by(column.id)
        .limit(limit)
    )
    conditions = [
        column.purpose == purpose if purpose else column.purpose != "shadow",
        column.rule_code == rule_code if rule_code else None,
        column.rulebook_version == version if version else None,
        column.id > after if after else None,
    ]
    query = query.where(*(condition for condition in conditions if condition is not None))
    return [HeldFinding(*row) for row in await session.execute(query)]


async def settle(connection: asyncpg.Connection, rule_code: str, *, limit: int, by: str, now: datetime) -> list[UUID]:
    """Take the oldest held findings of a rule off the list; return their settlements."""
    return [row[0] for row in await connection.fetch(_SETTLE, rule_code, limit, by, now)]


def _values(row: HeldRow) -> tuple[object, ...]:
    finding = row.finding
    sample = row.purpose == "shadow"
    return (
        new_id(),
        row.purpose,
        row.rulebook_version,
        finding.rule_code,
        finding.settlement_ref,
        row.settlement_id,
        finding.institution_code,
        finding.knowledge_point,
        finding.severity,
        ",".join(map(str, finding.line_numbers)),
        finding.amount_at_issue_fen,
        finding.fingerprint,
        row.held_at,
        finding.text_zh if sample else None,
        finding.text_en if sample else None,
    )
