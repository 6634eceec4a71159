"""Pre-checks, reminders and answers as stored, and what share of the reminders was heeded."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.db import driver
from services.screening.storage.reminder_tables import reminder, reminder_answer

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

_GROUPS: dict[GroupBy, sa.ColumnElement[str | None]] = {
    "institution": reminder.c.institution_code,
    "practitioner": reminder.c.practitioner_code,
    "rule": reminder.c.rule_code,
}


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
    until: datetime
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
    """Return numbers by group, the one with the most reminders first."""
    group, answers = _GROUPS[by], reminder_answer.c
    total = sa.func.count()
    query = (
        sa.select(
            group,
            total,
            sa.func.count(answers.disposition),
            total.filter(answers.disposition == "revised"),
            total.filter(answers.disposition == "continued", answers.reason.is_(None)),
            sa.func.coalesce(sa.func.sum(reminder.c.amount_fen), 0).cast(sa.BigInteger),
        )
        .select_from(
            reminder.outerjoin(
                reminder_answer,
                sa.and_(answers.reminder_id == reminder.c.id, answers.institution_code == reminder.c.institution_code),
            )
        )
        .where(reminder.c.reminded_at >= wanted.since, reminder.c.reminded_at < wanted.until)
        .group_by(group)
        .order_by(total.desc(), group)
        .limit(limit)
    )
    narrowed = {
        reminder.c.institution_code: wanted.institution_code,
        reminder.c.practitioner_code: wanted.practitioner_code,
        reminder.c.rule_code: wanted.rule_code,
        reminder.c.phase: wanted.phase,
    }
    for column, value in narrowed.items():
        if value is not None:
            query = query.where(column == value)
    if wanted.region is not None:
        query = query.where(sa.func.substr(reminder.c.institution_code, 2, len(wanted.region)) == wanted.region)
    return [Acceptance(*row) for row in await session.execute(query)]
