"""Turn pre-checks and reminders of past days into numbers by day: each row is counted and deleted in one statement."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.db import driver

# Rows that another process is at are passed over; numbers are written in one order, so that two do not deadlock.
_PRECHECKS = """
with gone as (
    delete from precheck where ctid = any(array(
        select ctid from precheck where asked_at < $1 order by asked_at limit $2 for update skip locked
    ))
    returning (asked_at at time zone 'Asia/Shanghai')::date as business_day, *
), counted as (
    insert into precheck_day (business_day, institution_code, phase, verdict, prechecks, reminders, rules_not_judged,
        microseconds)
    select business_day, institution_code, phase, verdict, count(*), sum(reminders), sum(rules_not_judged),
        sum(microseconds)
    from gone
    group by business_day, institution_code, phase, verdict
    order by business_day, institution_code, phase, verdict
    on conflict (business_day, institution_code, phase, verdict) do update set
        prechecks = precheck_day.prechecks + excluded.prechecks,
        reminders = precheck_day.reminders + excluded.reminders,
        rules_not_judged = precheck_day.rules_not_judged + excluded.rules_not_judged,
        microseconds = precheck_day.microseconds + excluded.microseconds
)
select count(*) from gone
"""

_REMINDERS = """
with gone as (
    delete from reminder where ctid = any(array(
        select ctid from reminder where reminded_at < $1 order by reminded_at limit $2 for update skip locked
    ))
    returning (reminded_at at time zone 'Asia/Shanghai')::date as business_day, *
), answers as (
    delete from reminder_answer using gone where reminder_answer.reminder_id = gone.id
    returning reminder_answer.*
), counted as (
    insert into reminder_day (business_day, institution_code, practitioner_code, rule_code, phase, reminders, answered,
        revised, continued_without_reason, amount_fen)
    select business_day, gone.institution_code, practitioner_code, rule_code, phase, count(*), count(disposition),
        count(*) filter (where disposition = 'revised'),
        count(*) filter (where disposition = 'continued' and reason is null), sum(amount_fen)
    from gone left join answers on reminder_id = id and answers.institution_code = gone.institution_code
    group by business_day, gone.institution_code, practitioner_code, rule_code, phase
    order by business_day, gone.institution_code, practitioner_code, rule_code, phase
    on conflict (business_day, institution_code, practitioner_code, rule_code, phase) do update set
        reminders = reminder_day.reminders + excluded.reminders,
        answered = reminder_day.answered + excluded.answered,
        revised = reminder_day.revised + excluded.revised,
        continued_without_reason = reminder_day.continued_without_reason + excluded.continued_without_reason,
        amount_fen = reminder_day.amount_fen + excluded.amount_fen
)
select count(*) from gone
"""

_ANSWERS = """
with gone as (
    delete from reminder_answer where ctid = any(array(
        select ctid from reminder_answer
        where answered_at < $1 and not exists (select from reminder where reminder.id = reminder_answer.reminder_id)
        limit $2 for update skip locked
    ))
    returning 1
)
select count(*) from gone
"""


async def fold_prechecks(session: AsyncSession, before: datetime, *, limit: int) -> int:
    """Count pre-checks asked before an instant by day and delete them; return how many."""
    return await _number(session, _PRECHECKS, before, limit)


async def fold_reminders(session: AsyncSession, before: datetime, *, limit: int) -> int:
    """Count reminders given before an instant by day, with their answers, and delete both; return how many."""
    return await _number(session, _REMINDERS, before, limit)


async def forget_answers(session: AsyncSession, before: datetime, *, limit: int) -> int:
    """Delete answers given before an instant to reminders that there are not; return how many."""
    return await _number(session, _ANSWERS, before, limit)


async def _number(session: AsyncSession, statement: str, before: datetime, limit: int) -> int:
    connection = await driver(session)
    number: int = await connection.fetchval(statement, before, limit)
    return number
