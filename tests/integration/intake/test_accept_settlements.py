import asyncio
import json
from datetime import date

import msgspec

from services.contracts.intake import SettlementAccepted
from services.intake.api.settlement_body import decode
from services.intake.wiring import build_accept_settlements, build_change_institutions, open_resources
from services.kit.pseudonym import pseudonym
from tests.support.intake import (
    HOSPITAL,
    INSURED_NUMBER,
    OTHER_HOSPITAL,
    UNKNOWN_HOSPITAL,
    institution,
    line,
    settlement,
)


async def test_an_accepted_settlement_is_stored_and_stated_once_with_a_pseudonym(accept, resources, rows) -> None:
    (answer,) = await accept(settlement())
    assert answer.status == "created"
    (stored,) = await rows("select * from settlement")
    (stated,) = await rows("select * from outbox")
    assert stored["settlement_ref"] == answer.settlement_ref
    assert stored["body"] == stated["payload"]
    assert stated["type"] == "intake.settlement.accepted.v1"
    fact = msgspec.json.decode(stored["body"], type=SettlementAccepted)
    assert fact.insured_ref == stated["key"] == pseudonym(INSURED_NUMBER, resources.pseudonym_key)
    assert (fact.total_fen, fact.fund_fen, fact.cash_fen) == (7460, 3730, 3730)
    assert fact.lines[0].unit_price_e4 == 18_650_000
    assert fact.lines[1].item_kind == "service"
    assert fact.institution.level == 3
    assert fact.care_setting == "outpatient"
    assert fact.age_days == (date(2026, 3, 9) - date(1990, 3, 7)).days


async def test_the_number_of_the_insured_person_is_nowhere_in_the_database(accept, rows) -> None:
    await accept(settlement())
    for table in ("settlement", "outbox"):
        for row in await rows(f"select * from {table}"):
            text = " ".join(str(value) for value in row.values())
            assert INSURED_NUMBER not in text
            assert INSURED_NUMBER[:-1] not in text


async def test_the_same_settlement_in_another_writing_is_the_same(accept, rows) -> None:
    (first,) = await accept(settlement())
    body = settlement(started_at="2026-03-09T01:00:00Z")
    body["lines"][0] |= {"quantity": 2.0, "unit_price": "18.650000", "charged_at": "2026-03-09T01:10:00.000Z"}
    (again,) = await accept(dict(reversed(body.items())))
    assert (again.status, again.settlement_ref) == ("same", first.settlement_ref)
    assert len(await rows("select from outbox")) == 1


async def test_other_content_under_the_same_id_is_a_conflict_and_changes_nothing(accept, rows) -> None:
    (first,) = await accept(settlement())
    before = await rows("select * from settlement")
    for changes in (
        {"medical_type": "13"},
        {"insured_person": {"number": "110105199003071231", "sex": "female", "birth_date": "1990-03-07"}},
        {"insured_person": {"number": INSURED_NUMBER, "sex": "female", "birth_date": "1990-03-08"}},
        {"lines": [line(1, amount_fen=3731, quantity="2"), line(2, item_code="001102000050000")]},
    ):
        (other,) = await accept(settlement(**changes))
        assert (other.status, other.settlement_ref) == ("conflict", first.settlement_ref)
    assert await rows("select * from settlement") == before
    assert len(await rows("select from outbox")) == 1


async def test_a_resend_is_the_same_even_when_the_registry_has_changed_since(accept, resources) -> None:
    await accept(settlement())
    await build_change_institutions(resources)([institution(level=2)])
    (again,) = await accept(settlement())
    assert again.status == "same"


async def test_two_institutions_may_use_one_id(accept) -> None:
    answers = await accept(settlement(), settlement(institution_code=OTHER_HOSPITAL))
    assert [answer.status for answer in answers] == ["created", "created"]


async def test_one_chunk_may_hold_everything_at_once(accept, rows) -> None:
    await accept(settlement("old"))
    answers = await accept(
        settlement("new"),
        settlement("old"),
        settlement("new"),
        settlement("new", medical_type="13"),
        settlement("old", medical_type="13"),
        settlement("bad", cash_paid_fen=0),
        settlement("unknown", institution_code=UNKNOWN_HOSPITAL),
        settlement("foreign", institution_code=OTHER_HOSPITAL),
        only_institution=HOSPITAL,
    )
    assert [(answer.status, answer.code) for answer in answers] == [
        ("created", None),
        ("same", None),
        ("same", None),
        ("conflict", "settlement_differs"),
        ("conflict", "settlement_differs"),
        ("rejected", "malformed"),
        ("rejected", "other_institution"),
        ("rejected", "other_institution"),
    ]
    assert answers[2].settlement_ref == answers[0].settlement_ref
    assert [row[0] for row in await rows("select settlement_id from settlement order by 1")] == ["new", "old"]


async def test_an_unknown_institution_is_refused_and_nothing_is_kept(accept, rows, resources) -> None:
    (answer,) = await accept(settlement(institution_code=UNKNOWN_HOSPITAL))
    assert (answer.status, answer.code) == ("rejected", "institution_unknown")
    assert await rows("select from settlement") == []
    assert await rows("select from outbox") == []
    await build_change_institutions(resources)([institution(UNKNOWN_HOSPITAL)])
    (answer,) = await accept(settlement(institution_code=UNKNOWN_HOSPITAL))
    assert answer.status == "created"


async def test_an_institution_without_an_agreement_is_doubted_but_heard(accept, resources, rows) -> None:
    await build_change_institutions(resources)([institution(agreement_until=date(2026, 3, 8))])
    (answer,) = await accept(settlement())
    assert answer.status == "created"
    assert [doubt.code for doubt in answer.doubts] == ["institution_inactive"]
    assert json.loads((await rows("select doubts from settlement"))[0][0]) == [
        ["/institution_code", "institution_inactive"]
    ]


async def test_clients_that_post_the_same_at_once_get_one_created_and_otherwise_same(accept, rows) -> None:
    bodies = [settlement(f"S{number}") for number in range(300)]
    chunks = [bodies, bodies[::-1], bodies[150:] + bodies[:150], bodies[1::2] + bodies[::2]]
    answers = await asyncio.gather(*(accept(*chunk) for chunk in chunks))
    by_id: dict[str, list[str]] = {}
    refs: dict[str, set[object]] = {}
    for chunk, answered in zip(chunks, answers, strict=True):
        for body, answer in zip(chunk, answered, strict=True):
            by_id.setdefault(body["settlement_id"], []).append(answer.status)
            refs.setdefault(body["settlement_id"], set()).add(answer.settlement_ref)
    assert all(sorted(statuses) == ["created", "same", "same", "same"] for statuses in by_id.values())
    assert all(len(same) == 1 for same in refs.values())
    assert len(await rows("select from settlement")) == len(await rows("select from outbox")) == 300


async def test_a_settlement_posted_again_after_a_restart_of_the_database_is_the_same(
    accept, settings, clock, postgres
) -> None:
    (first,) = await accept(settlement())
    await asyncio.to_thread(postgres.restart)
    async with open_resources(settings, clock=clock) as reopened:
        (again,) = await build_accept_settlements(reopened)([decode(json.dumps(settlement()).encode())])
    assert (again.status, again.settlement_ref) == ("same", first.settlement_ref)
