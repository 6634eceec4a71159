"""Pre-checks, reminders and answers as stored, and what share of the reminders was heeded."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.clock import business_date
from services.kit.db import driver
from services.screening.storage.reminder_tables import reminder, reminder_answer, reminder_day

Disposition = Literal["continued", "revised"]
"""1 继续执行医嘱, 2 返回修改医嘱."""
GroupBy = Literal["institution", "practitioner", "rule"]

_REMIND = """
insert into reminder (id, institution_code, practitioner_code, rule_code, knowledge_point, severity, amount_fen, phase,
    rulebook_version, reminded_at)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[],
    $9::text[], $10::timestamptz[])
on conflict (id) do nothing
"""

_ANSWER = """
insert into reminder_answer (reminder_id, institution_code, disposition, reason, answered_at)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
on conflict (reminder_id, institution_code) do update
set disposition = excluded.disposition, reason = excluded.reason, answered_at = excluded.answered_at
where reminder_answer.answered_at <= excluded.answered_at
"""


class PrecheckRow(NamedTuple):
    """A row of the table ``precheck``, in the order of its columns."""

    id: UUID
    institution_code: str
    phase: str
    scene: str | None
    verdict: str
    reminders: int
    rules_not_judged: int
    rulebook_version: str
    asked_at: datetime
    microseconds: int


class ReminderRow(NamedTuple):
    """A row of the table ``reminder``, in the order of its columns."""

    id: UUID
    institution_code: str
    practitioner_code: str | None
    rule_code: str
    knowledge_point: str | None
    severity: str
    amount_fen: int
    phase: str
    rulebook_version: str
    reminded_at: datetime


class Answer(NamedTuple):
    """A row of the table ``reminder_answer``, in the order of its columns."""

    reminder_id: UUID
    institution_code: str
    disposition: Disposition
    reason: str | None
    answered_at: datetime


class Acceptance(NamedTuple):
    """Reminders of one group and what became of them."""

    group: str | None
    reminders: int
    answered: int
    revised: int
    continued_without_reason: int
    amount_fen: int
    """Amount of all reminders of the group, in fen."""


class ReminderFilter(NamedTuple):
    """Which reminders are counted; None leaves a field open."""

    since: datetime
    """Beginning of the first business day."""
    until: datetime
    """Beginning of the business day after the last."""
    institution_code: str | None = None
    region: str | None = None
    practitioner_code: str | None = None
    rule_code: str | None = None
    phase: str | None = None


async def store(session: AsyncSession, asked: Sequence[PrecheckRow], reminded: Sequence[ReminderRow]) -> None:
    """Store pre-checks and their reminders; of a reminder that was given before, the first time counts."""
    connection = await driver(session)
    if asked:
        await connection.copy_records_to_table("precheck", records=asked, columns=PrecheckRow._fields)
    by_id: dict[UUID, ReminderRow] = {}
    for row in reminded:
        by_id.setdefault(row.id, row)
    if by_id:
        # In the order of the key, so that two processes that store the same reminders do not deadlock.
        rows = [by_id[one] for one in sorted(by_id)]
        await connection.execute(_REMIND, *(list(column) for column in zip(*rows, strict=True)))


async def answer(session: AsyncSession, answers: Sequence[Answer]) -> None:
    """Store what became of reminders; the newest answer counts."""
    newest = {(one.reminder_id, one.institution_code): one for one in answers}
    if newest:
        connection = await driver(session)
        rows = [newest[key] for key in sorted(newest)]
        await connection.execute(_ANSWER, *(list(column) for column in zip(*rows, strict=True)))


async def acceptance(session: AsyncSession, wanted: ReminderFilter, by: GroupBy, *, limit: int) -> list[Acceptance]:
    """Return numbers by group, the one with the most reminders first.

    Reminders that are kept one by one and numbers of earlier days are read in one statement, so that one that becomes
    a number meanwhile counts once.
    """
    counted = sa.union_all(_kept(wanted), _of_days(wanted)).subquery().c
    group = {
        "institution": counted.institution_code,
        "practitioner": counted.practitioner_code,
        "rule": counted.rule_code,
    }[by]
    total = _sum(counted.reminders)
    numbers = (counted.answered, counted.revised, counted.continued_without_reason, counted.amount_fen)
    query = (
        sa.select(group, total, *(_sum(one) for one in numbers))
        .group_by(group)
        .order_by(total.desc(), group)
        .limit(limit)
    )
    narrowed = {
        counted.institution_code: wanted.institution_code,
        counted.practitioner_code: wanted.practitioner_code,
        counted.rule_code: wanted.rule_code,
        counted.phase: wanted.phase,
    }
    for column, value in narrowed.items():
        if value is not None:
            query = query.where(column == value)
    if wanted.region is not None:
        query = query.where(sa.func.substr(counted.institution_code, 2, len(wanted.region)) == wanted.region)
    return [Acceptance(*row) for row in await session.execute(query)]


def _kept(wanted: ReminderFilter) -> sa.Select[*tuple[Any, ...]]:
    """Return reminders that are kept one by one as numbers, each by itself."""
    answers = reminder_answer.c
    own = sa.and_(answers.reminder_id == reminder.c.id, answers.institution_code == reminder.c.institution_code)
    return (
        sa.select(
            *_named(reminder),
            sa.literal(1).label("reminders"),
            _one(answers.disposition.is_not(None)).label("answered"),
            _one(answers.disposition == "revised").label("revised"),
            _one(sa.and_(answers.disposition == "continued", answers.reason.is_(None))).label(
                "continued_without_reason"
            ),
            reminder.c.amount_fen,
        )
        .select_from(reminder.outerjoin(reminder_answer, own))
        .where(reminder.c.reminded_at >= wanted.since, reminder.c.reminded_at < wanted.until)
    )


def _of_days(wanted: ReminderFilter) -> sa.Select[*tuple[Any, ...]]:
    """Return the numbers of days whose reminders are no longer kept."""
    days = reminder_day.c
    return sa.select(
        *_named(reminder_day),
        days.reminders,
        days.answered,
        days.revised,
        days.continued_without_reason,
        days.amount_fen,
    ).where(days.business_day >= business_date(wanted.since), days.business_day < business_date(wanted.until))


def _named(table: sa.Table) -> tuple[sa.Column[str], ...]:
    return (table.c.institution_code, table.c.practitioner_code, table.c.rule_code, table.c.phase)


def _one(condition: sa.ColumnElement[bool]) -> sa.Case[int]:
    return sa.case((condition, 1), else_=0)


def _sum(column: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.func.sum(column).cast(sa.BigInteger)
