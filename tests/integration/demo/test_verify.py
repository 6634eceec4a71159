"""Counting in the databases what was lost and what happened twice."""

from datetime import UTC, datetime

import asyncpg
import pytest

from services.demo.verify import Books
from services.kit.db import connection_arguments
from services.kit.ids import new_id

NOW = datetime(2026, 3, 9, 2, 0, tzinfo=UTC)
POSTED = [("H99012600001", "1"), ("H99012600001", "2")]


@pytest.fixture
async def connection(database_url):
    connection = await asyncpg.connect(**connection_arguments(database_url))
    yield connection
    await connection.close()


@pytest.fixture
async def books(database_url):
    books = await Books.open(database_url)
    yield books
    await books.close()


async def accept(connection, settlement_id):
    ref = new_id()
    await connection.execute(
        "insert into intake.settlement (settlement_ref, institution_code, settlement_id, digest, insured_ref, "
        "settled_at, accepted_at, total_fen, line_count, body) values ($1, $2, $3, '', '', $4, $4, 1, 1, '')",
        ref, POSTED[0][0], settlement_id, NOW,
    )  # fmt: skip
    return ref


async def screen(connection, ref, settlement_id, *, report_back=True):
    await connection.execute(
        "insert into screening.settlement (settlement_ref, settlement_id, institution_code, insured_ref, verdict, "
        "rulebook_version, amount_at_issue_fen, screened_at) values ($1, $2, $3, '', 'pass', 'v', 0, $4)",
        ref, settlement_id, POSTED[0][0], NOW,
    )  # fmt: skip
    if report_back:
        await connection.execute(
            "insert into intake.settlement_outcome (settlement_ref, verdict, finding_count, amount_at_issue_fen, "
            "rulebook_version, screened_at) values ($1, 'pass', 0, 0, 'v', $2)",
            ref, NOW,
        )  # fmt: skip


async def find(connection, ref, fingerprint, status="raised"):
    finding = new_id()
    await connection.execute(
        "insert into screening.finding (id, settlement_ref, settlement_id, institution_code, practitioner_codes, "
        "rule_code, severity, line_numbers, amount_at_issue_fen, fingerprint, evidence, text_zh, text_en, "
        "rulebook_version, raised_at, raised_by, status) "
        "values ($1, $2, '1', $3, '{}', 'GZ', 'violation', '{1}', 1, $4, '{}', '', '', 'v', $5, 'system', $6)",
        finding, ref, POSTED[0][0], fingerprint, NOW, status,
    )  # fmt: skip
    await connection.execute(
        'insert into screening.finding_event (finding_id, status, at, "by") values ($1, $2, $3, \'system\')',
        finding, status, NOW,
    )  # fmt: skip
    return finding


async def test_books_in_order_show_nothing_lost_and_nothing_twice(connection, books):
    for _, settlement_id in POSTED:
        await screen(connection, await accept(connection, settlement_id), settlement_id)
    audit = await books.audit(POSTED)
    assert (audit.accepted, audit.screened, audit.lost, audit.duplicated, audit.outbox_left) == (2, 2, 0, 0, 0)
    assert audit.details == ()
    assert await books.screened() == 2


async def test_a_settlement_without_a_verdict_or_without_word_of_it_is_lost(connection, books):
    await accept(connection, "1")
    await screen(connection, await accept(connection, "2"), "2", report_back=False)
    audit = await books.audit(POSTED)
    assert (audit.accepted, audit.screened) == (2, 1)
    assert audit.details == ("never screened: 1", "verdict never reported back: 2")
    assert audit.lost == 3


async def test_a_settlement_that_was_answered_but_not_stored_is_lost(books):
    assert (await books.audit(POSTED)).lost == 2


async def test_a_settlement_screened_twice_and_an_objection_raised_twice_are_counted(connection, books):
    ref = await accept(connection, "1")
    await screen(connection, ref, "1")
    await screen(connection, new_id(), "1", report_back=False)
    await find(connection, ref, "one")
    await find(connection, ref, "another")
    audit = await books.audit(POSTED[:1])
    assert audit.lost == 0
    assert audit.details == ("screened twice: 1", "same objection twice: 1")
    assert audit.duplicated == 2


async def test_a_confirmation_that_credit_never_heard_of_is_lost(connection, books):
    ref = await accept(connection, "1")
    await screen(connection, ref, "1")
    await find(connection, ref, "one", status="confirmed")
    assert (await books.audit(POSTED[:1])).details == ("confirmed without score: 1",)


async def test_what_waits_in_an_outbox_and_what_was_set_aside_is_counted(connection, books):
    for table, columns, values in (
        ("credit.outbox", "", ""),
        ("tips.dead_letter", ", error_class, error_code", ", 'E', 'c'"),
    ):
        await connection.execute(
            f"insert into {table} (event_id, topic, key, type, time, payload{columns}) "
            f"values ($1, 't', 'k', 'y', $2, ''{values})",
            new_id(), NOW,
        )  # fmt: skip
    audit = await books.audit([])
    assert (audit.outbox_left, audit.dead_letters) == (1, 1)


async def test_a_physician_is_barred_while_a_measure_stands(connection, books):
    statement = (
        "insert into screening.ineligibility (measure_id, practitioner_code, effective_from, effective_until) "
        "values ($1, 'D990126000001', now() - interval '1 hour', now() + interval '1 day')"
    )
    assert not await books.barred("D990126000001")
    await connection.execute(statement, new_id())
    assert await books.barred("D990126000001")
    await connection.execute("update screening.ineligibility set lifted_from = effective_from")
    assert not await books.barred("D990126000001")
