"""Pre-checks and reminders that become numbers by day: at the day's edge, and without a change to any statistics."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from services.kit.clock import BUSINESS_ZONE
from services.kit.ids import new_id
from services.kit.principal import Principal
from services.screening.storage import reminders
from services.screening.storage.reminders import Answer, PrecheckRow, ReminderRow
from services.screening.use_cases.forget_reminders import ForgetReminders
from services.screening.use_cases.reminder_answers import ReminderAnswers
from services.screening.wiring import build_forget_reminders

HOSPITAL, OTHER_HOSPITAL = "H11010500001", "H35010500002"
TODAY = date(2026, 3, 10)
KEPT_DAYS = 730
FIRST_KEPT = TODAY - timedelta(days=KEPT_DAYS)
AGENCY = Principal("reviewer", frozenset(), None, None, None, frozenset())
MIDNIGHT = datetime(FIRST_KEPT.year, FIRST_KEPT.month, FIRST_KEPT.day, tzinfo=BUSINESS_ZONE)
"""When the first day begins that is kept, in Shanghai."""
LAST_MOMENT = timedelta(microseconds=1)


def asked(at, **given):
    values = {
        "id": new_id(),
        "institution_code": HOSPITAL,
        "phase": "before",
        "scene": None,
        "verdict": "review",
        "reminders": 2,
        "rules_not_judged": 3,
        "rulebook_version": "2026.1",
        "asked_at": at,
        "microseconds": 500,
    }
    return PrecheckRow(**(values | given))


def reminded(at, **given):
    values = {
        "id": new_id(),
        "institution_code": HOSPITAL,
        "practitioner_code": "D110105000001",
        "rule_code": "FW000001",
        "knowledge_point": None,
        "severity": "violation",
        "amount_fen": 700,
        "phase": "before",
        "rulebook_version": "2026.1",
        "reminded_at": at,
    }
    return ReminderRow(**(values | given))


async def store(resources, *rows, answers=()):
    async with resources.database.transaction() as session:
        await reminders.store(
            session,
            [row for row in rows if isinstance(row, PrecheckRow)],
            [row for row in rows if isinstance(row, ReminderRow)],
        )
        await reminders.answer(session, answers)


async def counts(admin):
    names = ("precheck", "reminder", "reminder_answer", "precheck_day", "reminder_day")
    return [await admin.fetchval(f"select count(*) from {name}") for name in names]


async def statistics(resources, by, first, last, **narrowed):
    answers = ReminderAnswers(resources.database, resources.clock)
    return await answers.acceptance(AGENCY, first=first, last=last, by=by, limit=100, **narrowed)


async def test_the_last_moment_of_the_day_before_goes_and_midnight_stays(resources, admin):
    before, at = MIDNIGHT - LAST_MOMENT, MIDNIGHT
    rows = [asked(before), asked(at), reminded(before), reminded(at)]
    answers = [Answer(row.id, HOSPITAL, "revised", None, resources.clock.now()) for row in rows[2:]]
    await store(resources, *rows, answers=answers)
    forget = build_forget_reminders(resources)
    assert await forget() == 2
    assert await counts(admin) == [1, 1, 1, 1, 1]
    assert await admin.fetchval("select asked_at from precheck") == at
    assert await admin.fetchval("select id from reminder") == rows[3].id
    assert await admin.fetchval("select reminder_id from reminder_answer") == rows[3].id
    yesterday = FIRST_KEPT - timedelta(days=1)
    assert await admin.fetchval("select business_day from precheck_day") == yesterday
    assert await admin.fetchval("select business_day from reminder_day") == yesterday
    assert await forget() == 0


async def test_a_day_is_over_at_midnight_in_shanghai(resources, admin, clock):
    await store(resources, asked(MIDNIGHT))
    forget = build_forget_reminders(resources)
    clock.advance(datetime(2026, 3, 10, 15, 59, 59, tzinfo=UTC) - clock.now())
    assert await forget() == 0
    clock.advance(timedelta(seconds=1))
    assert await forget() == 1
    assert await admin.fetchval("select business_day from precheck_day") == FIRST_KEPT


async def test_statistics_are_the_same_before_and_after(resources, admin):
    rows, answers = [], []
    days = [FIRST_KEPT + timedelta(days=shift) for shift in (-2, -1, 0, 1)]
    kinds = product(days, (HOSPITAL, OTHER_HOSPITAL), ("D1", None), ("FW000001", "FW000002"), ("before", "during"))
    for number, (day, institution, practitioner, rule, phase) in enumerate(kinds):
        at = datetime(day.year, day.month, day.day, tzinfo=BUSINESS_ZONE) + timedelta(minutes=number * 20)
        row = reminded(
            at,
            institution_code=institution,
            practitioner_code=practitioner,
            rule_code=rule,
            phase=phase,
            amount_fen=number,
        )
        rows += [row, asked(at, institution_code=institution, phase=phase)]
        disposition = ("revised", "continued", "continued", None)[number % 4]
        if disposition is not None:
            answers.append(Answer(row.id, institution, disposition, "因故" if number % 3 == 0 else None, at))
        # Another hospital's word counts for nothing, before and after.
        answers.append(Answer(row.id, "H99999999999", "revised", None, at))
    await store(resources, *rows, answers=answers)

    async def everything():
        periods = [(days[0], days[-1]), (days[0], days[0]), (days[1], days[2]), (days[2], days[3]), (days[3], days[3])]
        narrowed = [{}, {"institution_code": OTHER_HOSPITAL}, {"practitioner_code": "D1"}, {"phase": "during"}]
        narrowed.append({"rule_code": "FW000002"})
        found = {}
        for (first, last), by, fields in product(periods, ("institution", "practitioner", "rule"), narrowed):
            found[first, last, by, *fields] = sorted(await statistics(resources, by, first, last, **fields), key=str)
        return found

    before = await everything()
    assert all(before.values())
    # In chunks that cut through days and groups.
    forget = ForgetReminders(resources.database, resources.clock, kept_days=KEPT_DAYS, batch=7)
    assert await forget() == 64
    assert await everything() == before
    # Every kind of group is one row a day; those without a practitioner are not kept apart.
    assert await counts(admin) == [32, 32, 56, 8, 32]
    [asked_row] = await admin.fetch("select * from precheck_day where business_day = $1 limit 1", days[0])
    assert dict(asked_row) == {
        "business_day": days[0],
        "institution_code": asked_row["institution_code"],
        "phase": asked_row["phase"],
        "verdict": "review",
        "prechecks": 4,
        "reminders": 8,
        "rules_not_judged": 12,
        "microseconds": 2_000,
    }


async def test_a_reminder_written_late_is_added_to_its_day(resources, admin):
    at = MIDNIGHT - timedelta(hours=5)
    forget = build_forget_reminders(resources)
    for _ in range(2):
        row = reminded(at, practitioner_code=None)
        await store(resources, row, asked(at), answers=[Answer(row.id, HOSPITAL, "continued", None, at)])
        assert await forget() == 2
    [day] = await admin.fetch("select * from reminder_day")
    numbers = ("reminders", "answered", "revised", "continued_without_reason", "amount_fen")
    assert [day[name] for name in numbers] == [2, 2, 0, 2, 1_400]
    assert await admin.fetchval("select prechecks from precheck_day") == 2


async def test_two_processes_at_once_count_every_reminder_once(resources, admin):
    at = MIDNIGHT - timedelta(hours=5)
    await store(resources, *(reminded(at) for _ in range(60)), *(asked(at) for _ in range(60)))
    forget = ForgetReminders(resources.database, resources.clock, kept_days=KEPT_DAYS, batch=3)
    assert sum(await asyncio.gather(*(forget() for _ in range(4)))) == 120
    await forget()
    assert await admin.fetchval("select sum(reminders) from reminder_day") == 60
    assert await admin.fetchval("select sum(prechecks) from precheck_day") == 60
    assert await counts(admin) == [0, 0, 0, 1, 1]


@pytest.mark.parametrize(("at", "left"), [(MIDNIGHT - LAST_MOMENT, 0), (MIDNIGHT, 1)])
async def test_an_answer_to_no_reminder_goes_when_it_is_as_old(resources, admin, at, left):
    await store(resources, answers=[Answer(new_id(), HOSPITAL, "revised", None, at)])
    assert await build_forget_reminders(resources)() == 1 - left
    assert await admin.fetchval("select count(*) from reminder_answer") == left


async def test_an_old_answer_stays_with_a_reminder_that_stays(resources, admin):
    # The answer may come before the reminder is written; at the day's edge it is then of the day before.
    row = reminded(MIDNIGHT)
    await store(resources, row, answers=[Answer(row.id, HOSPITAL, "revised", None, MIDNIGHT - LAST_MOMENT)])
    assert await build_forget_reminders(resources)() == 0
    assert await counts(admin) == [0, 1, 1, 0, 0]
