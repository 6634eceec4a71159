"""What tips knows of institutions: the registry's entries, and screening's findings of each by rule and month."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.tips.domain.access import region_prefix
from services.tips.storage.tables import institution_findings, institutions

MOST_FOUND = 20
"""Institutions that one search shows."""


@dataclass(frozen=True, slots=True)
class Institution:
    """An entry of the registry."""

    code: str
    kind: str
    level: int
    region: str
    name: str | None
    active: bool
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class KnownFinding:
    """What one fact of screening tells of a finding; None where it does not tell."""

    finding_id: UUID
    institution_code: str
    settlement_ref: UUID
    state: str
    rule_code: str | None = None
    raised_on: date | None = None
    at_issue_fen: int | None = None
    upheld_fen: int | None = None


@dataclass(frozen=True, slots=True)
class RuleStatistics:
    """Findings of one institution under one rule since a day."""

    rule_code: str | None
    findings: int
    settlements: int
    at_issue_fen: int
    confirmed: int
    upheld_fen: int
    dismissed: int


async def store_institution(session: AsyncSession, entry: Institution) -> None:
    """Store an entry unless a newer one is known; a name that is not told stays."""
    statement = insert(institutions).values(asdict(entry))
    changed = asdict(entry) | {"name": sa.func.coalesce(statement.excluded.name, institutions.c.name)}
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["code"], set_=changed, where=institutions.c.changed_at <= entry.changed_at
        )
    )


async def find_institution(session: AsyncSession, code: str) -> Institution | None:
    """Return the entry of a code."""
    row = (await session.execute(sa.select(institutions).where(institutions.c.code == code))).mappings().first()
    return None if row is None else Institution(**row)


async def names_of(session: AsyncSession, codes: Collection[str]) -> dict[str, str]:
    """Return the names of those of several institutions that have one."""
    query = sa.select(institutions.c.code, institutions.c.name).where(
        institutions.c.code.in_(codes), institutions.c.name.is_not(None)
    )
    return {row.code: row.name for row in await session.execute(query)}


async def search(session: AsyncSession, fragment: str, region: str | None) -> list[Institution]:
    """Return institutions whose name contains the words, or whose code begins so, in a region."""
    query = (
        sa.select(institutions).order_by(institutions.c.name.nulls_last(), institutions.c.code).limit(MOST_FOUND + 1)
    )
    for word in fragment.split():
        in_name = institutions.c.name.icontains(word, autoescape=True)
        query = query.where(sa.or_(in_name, institutions.c.code.startswith(word.upper(), autoescape=True)))
    if prefix := region_prefix(region):
        query = query.where(institutions.c.region.startswith(prefix, autoescape=True))
    return [Institution(**row) for row in (await session.execute(query)).mappings()]


_RANK = {"raised": 0, "confirmed": 1, "dismissed": 2, "fallen": 3}
"""A fact that arrives late never takes a finding back to an earlier state."""


async def note_findings(session: AsyncSession, found: Sequence[KnownFinding]) -> None:
    """Bring what is known of findings up to date, in whatever order the facts arrive."""
    table = institution_findings
    for each in sorted(found, key=lambda finding: finding.finding_id):
        statement = insert(table).values(
            finding_id=each.finding_id,
            institution_code=each.institution_code,
            settlement_ref=each.settlement_ref,
            rule_code=each.rule_code,
            raised_on=each.raised_on,
            at_issue_fen=each.at_issue_fen or 0,
            upheld_fen=each.upheld_fen or 0,
            state=each.state,
        )
        new = statement.excluded
        ranks = sa.case(_RANK, value=new.state) >= sa.case(_RANK, value=table.c.state)
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["finding_id"],
                set_={
                    "rule_code": sa.func.coalesce(new.rule_code, table.c.rule_code),
                    "raised_on": sa.func.coalesce(new.raised_on, table.c.raised_on),
                    "at_issue_fen": sa.func.greatest(new.at_issue_fen, table.c.at_issue_fen),
                    "upheld_fen": sa.func.greatest(new.upheld_fen, table.c.upheld_fen),
                    "state": sa.case((ranks, new.state), else_=table.c.state),
                },
            )
        )


async def statistics(session: AsyncSession, institution_code: str, since: date) -> list[RuleStatistics]:
    """Return findings of an institution by rule, those that stand or are open, the largest amount first."""
    table = institution_findings
    confirmed, dismissed = table.c.state == "confirmed", table.c.state.in_(["dismissed", "fallen"])
    at_issue = sa.func.coalesce(sa.func.sum(table.c.at_issue_fen).filter(~dismissed), 0)
    query = (
        sa.select(
            table.c.rule_code,
            sa.func.count().label("findings"),
            sa.func.count(table.c.settlement_ref.distinct()).label("settlements"),
            at_issue.label("at_issue_fen"),
            sa.func.count().filter(confirmed).label("confirmed"),
            sa.func.coalesce(sa.func.sum(table.c.upheld_fen).filter(confirmed), 0).label("upheld_fen"),
            sa.func.count().filter(dismissed).label("dismissed"),
        )
        .where(table.c.institution_code == institution_code, sa.func.coalesce(table.c.raised_on, since) >= since)
        .group_by(table.c.rule_code)
        .order_by(at_issue.desc(), table.c.rule_code)
    )
    return [
        RuleStatistics(
            rule_code=row.rule_code,
            findings=row.findings,
            settlements=row.settlements,
            at_issue_fen=int(row.at_issue_fen),
            confirmed=row.confirmed,
            upheld_fen=int(row.upheld_fen),
            dismissed=row.dismissed,
        )
        for row in await session.execute(query)
    ]


async def confirmed_findings(session: AsyncSession, institution_code: str, limit: int) -> list[tuple[UUID, str, int]]:
    """Return id, rule and upheld amount of confirmed findings of an institution, the newest first."""
    table = institution_findings
    query = (
        sa.select(table.c.finding_id, sa.func.coalesce(table.c.rule_code, ""), table.c.upheld_fen)
        .where(table.c.institution_code == institution_code, table.c.state == "confirmed")
        .order_by(table.c.raised_on.desc().nulls_last(), table.c.finding_id.desc())
        .limit(limit)
    )
    return [(row[0], row[1], row[2]) for row in await session.execute(query)]
