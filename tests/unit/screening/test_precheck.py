"""Pre-checks: what is read from loose requests, which rules run, and what is said about the others."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from services.kit.pseudonym import derive_key, pseudonym
from services.screening.api.fsi.loose_node import LooseNode
from services.screening.domain.history import History
from services.screening.domain.precheck import precheck
from services.screening.storage.reminders import PrecheckRow
from services.screening.use_cases.precheck_request import LooseLine, LoosePerson, PrecheckRequest
from services.screening.use_cases.registry_at_service import NOTHING_KNOWN
from services.screening.use_cases.reminder_log import ReminderLog
from services.screening.use_cases.understand_claim import insured_ref_of, understand
from tests.unit.screening.claims import DRUG, NOON, UNLISTED, claim, line, plan_of, point

NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)


def read(request, *, registry=NOTHING_KNOWN, insured_ref=None):
    return understand(request, institution_code="H35010000001", insured_ref=insured_ref, registry=registry, now=NOW)


def test_a_number_becomes_the_pseudonym_that_intake_makes() -> None:
    pseudonymise = partial(pseudonym, key=derive_key("a secret"))
    request = PrecheckRequest(lines=(), insured_person=LoosePerson(number=" 35010019900101123x "))
    assert insured_ref_of(request, pseudonymise) == pseudonym("35010019900101123X", derive_key("a secret"))
    assert insured_ref_of(request, None) is None
    assert insured_ref_of(PrecheckRequest(lines=(), insured_ref="someone"), pseudonymise) is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"quantity_e4": 20_000, "unit_price_e4": 18_000_000}, (20_000, 18_000_000, 3_600)),
        ({"quantity_e4": 20_000, "amount_fen": 3_600}, (20_000, 18_000_000, 3_600)),
        ({"unit_price_e4": 18_000_000, "amount_fen": 3_600}, (20_000, 18_000_000, 3_600)),
        ({"amount_fen": 3_600}, (10_000, 36_000_000, 3_600)),
        ({"quantity_e4": -10_000, "amount_fen": -3_600}, (-10_000, 36_000_000, -3_600)),
        ({}, (10_000, 0, 0)),
    ],
)
def test_of_quantity_price_and_amount_each_follows_from_the_others(given, expected) -> None:
    [one] = read(PrecheckRequest(lines=(LooseLine(item_code=DRUG, **given),))).claim.lines
    assert (one.quantity_e4, one.unit_price_e4, one.amount_fen) == expected


def test_lines_without_numbers_fill_the_gaps_and_lines_that_cannot_be_judged_keep_theirs() -> None:
    lines = (LooseLine(item_code=DRUG), LooseLine(item_code="Y1", number=1), LooseLine(item_code=DRUG, quantity_e4=0))
    understood = read(PrecheckRequest(lines=lines))
    assert [one.number for one in understood.claim.lines] == [2]
    assert [tuple(one) for one in understood.lines_not_judged] == [(1, "item_code_form"), (3, "quantity_zero")]


@pytest.mark.parametrize(("born", "days"), [(date(2026, 3, 9), 1), (date(2026, 3, 11), None), (date(1800, 1, 1), None)])
def test_an_impossible_birth_date_counts_as_unknown(born, days) -> None:
    understood = read(PrecheckRequest(lines=(), insured_person=LoosePerson(birth_date=born)))
    assert (understood.claim.age_days, "birth_date" in understood.unknown) == (days, days is None)


def test_whoever_is_not_known_is_not_blamed_for_having_no_history() -> None:
    plan = plan_of("second_line", point([DRUG], when={"first_line": [UNLISTED], "evidence": "一线无效"}))
    one, before = claim(line(DRUG)), claim(line(UNLISTED), name="before", settled_at=NOON - timedelta(days=9))
    known = History()
    known.add_claim(before, plan)
    assert precheck(plan, one, known).screening.findings == ()
    assert len(precheck(plan, one, History()).screening.findings) == 1
    told = precheck(plan, one, History(), unknown=frozenset({"person"}))
    assert told.screening.findings == ()
    assert [(one.missing, one.in_part, one.line_numbers) for one in told.not_judged] == [(("person",), False, (1,))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-10 12:00:00", NOW),
        ("2026/3/10 12:00", NOW),
        ("2026-03-10T12:00:00.000+08:00", NOW),
        ("2026-03-10T04:00:00Z", NOW),
        ("20260310120000", NOW),
        ("1773115200000", NOW),
        ("2026-03-10", NOW.replace(day=9, hour=16)),
        ("0001-01-01 00:00:00", None),
        ("2026-13-45", None),
        ("", None),
        (None, None),
        ("昨天", None),
    ],
)
def test_dates_are_read_in_whatever_form_they_come(text, expected) -> None:
    assert LooseNode({"adm_date": text}).instant("adm_date") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1,234.5", 1_234_500_00),
        (3, 3_000_00),
        ("1e3", 1_000_000_00),
        ("", None),
        ("一", None),
        (True, None),
        ("NaN", None),
    ],
)
def test_numbers_are_read_or_passed_over(value, expected) -> None:
    assert LooseNode({"cnt": value}).number("cnt", 5) == expected


async def test_the_log_of_prechecks_is_bounded_and_loses_the_oldest() -> None:
    class Away:
        def transaction(self):
            raise ConnectionError

    log = ReminderLog(Away(), seconds=60, most=3)  # type: ignore[arg-type]
    for turn in range(5):
        log.note(PrecheckRow(None, str(turn), "before", None, "pass", 0, 0, "v", NOW, 1), [])  # type: ignore[arg-type]
    with pytest.raises(ConnectionError):
        await log.flush()
    assert [asked.institution_code for asked, _ in log._waiting] == ["2", "3", "4"]
    await asyncio.wait_for(log.close(), 2)
