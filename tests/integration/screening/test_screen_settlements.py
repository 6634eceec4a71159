"""Batches of settlements over a real database: once each, whatever comes twice, late or at the same time."""

import asyncio
from datetime import timedelta

import pytest

from services.contracts.credit import PractitionerReinstated, PractitionerSuspended, PractitionerTerminated
from services.kit.errors import TransientError
from services.kit.ids import new_id
from services.kit.testing.spans import capture_spans
from services.screening import wiring

MEN_ONLY = "XG04CXF014A001010101001"
DAILY = "003310010140001"
OTHER_HOSPITAL = "H11010500002"
PHYSICIAN = "D110105000001"
SEX_RULE = "GZ10000201001000"
FREQUENCY_RULE = "GZ10000202002000"
CODE_RULE = "GZ10000203003000"
STAY_RULE = "GZ10000204004000"
ELIGIBILITY_RULE = "FW000001"


async def _counts(admin):
    names = ("settlement", "finding", "finding_event", "remembered_line", "visit", "code_sale", "outbox")
    return {name: await admin.fetchval(f"select count(*) from {name}") for name in names}


async def test_a_batch_stores_verdicts_findings_history_and_facts(resources, claims, admin, published):
    screen = wiring.build_screen_settlements(resources)
    harmless, wrong_sex = claims.accepted(), claims.accepted(MEN_ONLY)
    await screen([harmless, wrong_sex])
    verdicts = await admin.fetch("select settlement_ref, verdict, amount_at_issue_fen from settlement")
    assert {row[0]: (row[1], row[2]) for row in verdicts} == {
        harmless.data.settlement_ref: ("pass", 0),
        wrong_sex.data.settlement_ref: ("refuse", 10_000),
    }
    finding = await admin.fetchrow("select * from finding")
    assert (finding["rule_code"], finding["knowledge_point"], finding["status"]) == (SEX_RULE, "K1", "raised")
    assert list(finding["line_numbers"]) == [1]
    assert list(finding["practitioner_codes"]) == [PHYSICIAN]
    screened = await published("screening.settlement.screened.v1")
    assert [fact["verdict"] for fact in screened] == ["pass", "refuse"]
    assert screened[1]["finding_ids"] == [str(finding["id"])]
    [raised] = await published("screening.finding.raised.v1")
    assert raised["finding_id"] == str(finding["id"])
    assert raised["rulebook_version"] == "2026.1"


async def test_the_same_batch_twice_leaves_everything_once(resources, claims, admin):
    screen = wiring.build_screen_settlements(resources)
    batch = [claims.accepted(MEN_ONLY, DAILY, traceability=("81000000000000000001",)) for _ in range(3)]
    await screen(batch)
    before = await _counts(admin)
    await screen(batch)
    await screen([batch[1], batch[1], claims.event(batch[2].data)])
    assert await _counts(admin) == before
    assert before["settlement"] == 3


async def test_only_lines_that_some_check_asks_for_are_remembered(resources, claims, admin):
    await wiring.build_screen_settlements(resources)([claims.accepted(MEN_ONLY, DAILY)])
    assert [row[0] for row in await admin.fetch("select item_code from remembered_line")] == [DAILY]


@pytest.mark.parametrize("cut", [0, 1, 2, 3, 4])
async def test_it_does_not_matter_where_a_batch_ends(resources, claims, findings_of, cut):
    screen = wiring.build_screen_settlements(resources)
    person = {"insured_ref": "a" * 32}
    stay = {**person, "care_setting": "inpatient", "started_at": claims.now - timedelta(days=3)}
    day = [
        claims.accepted(DAILY, traceability=("C1",), **person),
        claims.accepted(DAILY, institution=OTHER_HOSPITAL, traceability=("C1",), **person),
        claims.accepted(**stay, ended_at=claims.now),
        claims.accepted(**stay, institution=OTHER_HOSPITAL, ended_at=claims.now - timedelta(days=1)),
    ]
    for part in (day[:cut], day[cut:]):
        if part:
            await screen(part)
    found = [[rule for rule, _ in await findings_of(claim.data.settlement_ref)] for claim in day]
    assert found == [[], [FREQUENCY_RULE, CODE_RULE], [], [STAY_RULE]]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 0, 3, 2), (2, 0, 3, 1)])
async def test_a_day_yields_the_same_findings_in_whatever_order_it_arrives(resources, claims, admin, order):
    person = {"insured_ref": "a" * 32}
    stay = {**person, "care_setting": "inpatient", "started_at": claims.now - timedelta(days=3), "ended_at": claims.now}
    day = [
        claims.accepted(DAILY, traceability=("C1",), **person),
        claims.accepted(DAILY, institution=OTHER_HOSPITAL, traceability=("C1",), **person),
        claims.accepted(**stay),
        claims.accepted(**stay, institution=OTHER_HOSPITAL),
    ]
    for position in order:
        await wiring.build_screen_settlements(resources)([day[position]])
    found = await admin.fetch("select rule_code, amount_at_issue_fen from finding order by rule_code")
    assert [tuple(row) for row in found] == [(FREQUENCY_RULE, 10_000), (CODE_RULE, 10_000), (STAY_RULE, 10_000)]


async def test_one_code_settled_by_two_workers_at_once_is_found_once(resources, claims, admin, findings_of):
    screen = wiring.build_screen_settlements(resources)
    for number in range(12):
        first, second = f"A{number}", f"B{number}"
        left = [claims.accepted(traceability=(first,)), claims.accepted(traceability=(second,))]
        right = [claims.accepted(traceability=(second,)), claims.accepted(traceability=(first,))]
        await asyncio.gather(screen(left), screen(right))
        for code in (first, second):
            sellers = await admin.fetch("select settlement_ref from code_sale where traceability_code = $1", code)
            found = [finding for row in sellers for finding in await findings_of(row[0])]
            assert len(sellers) == 2
            assert found == [(CODE_RULE, "raised")]


async def test_batches_that_meet_on_many_codes_in_opposite_order_do_not_deadlock(resources, claims, admin):
    screen = wiring.build_screen_settlements(resources)
    for number in range(3):
        codes = tuple(f"D{number}-{position:04}" for position in range(6000))
        pair = [claims.accepted(traceability=codes), claims.accepted(traceability=codes[::-1])]
        await asyncio.gather(*(screen([one]) for one in pair))
    verdicts = await admin.fetch("select verdict from settlement order by verdict")
    assert [row[0] for row in verdicts] == ["pass"] * 3 + ["refuse"] * 3


async def test_one_code_once_returned_and_settled_by_two_workers_at_once_is_found_once(
    resources, claims, admin, findings_of
):
    screen, reverse = wiring.build_screen_settlements(resources), wiring.build_reverse_settlements(resources)
    for number in range(12):
        sold = claims.accepted(traceability=(f"R{number}",))
        await screen([sold])
        await reverse([claims.reversed(sold)])
        pair = [claims.accepted(traceability=(f"R{number}",)) for _ in range(2)]
        await asyncio.gather(*(screen([one]) for one in pair))
        found = [finding for one in pair for finding in await findings_of(one.data.settlement_ref)]
        assert found == [(CODE_RULE, "raised")]


async def test_a_suspended_physicians_claim_is_refused_and_an_earlier_one_is_not(resources, claims, findings_of):
    measures = wiring.build_record_ineligibility(resources)
    suspended = PractitionerSuspended(
        measure_id=new_id(),
        practitioner_code=PHYSICIAN,
        effective_from=claims.now - timedelta(days=1),
        effective_until=claims.now + timedelta(days=30),
        policy_version="test",
    )
    await measures.suspended([claims.event(suspended)])
    during, before = claims.accepted(), claims.accepted(at=claims.now - timedelta(days=2))
    await wiring.build_screen_settlements(resources)([during, before])
    assert await findings_of(during.data.settlement_ref) == [(ELIGIBILITY_RULE, "raised")]
    assert await findings_of(before.data.settlement_ref) == []


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_a_measure_undone_from_its_start_bars_nothing_even_when_its_end_arrives_first(
    resources, claims, findings_of, order
):
    measures = wiring.build_record_ineligibility(resources)
    measure_id, start = new_id(), claims.now - timedelta(days=1)
    terminated = claims.event(
        PractitionerTerminated(
            measure_id=measure_id,
            practitioner_code=PHYSICIAN,
            effective_from=start,
            no_registration_until=claims.now + timedelta(days=365),
            policy_version="test",
        )
    )
    reinstated = claims.event(
        PractitionerReinstated(measure_id=measure_id, practitioner_code=PHYSICIAN, effective_from=start)
    )
    steps = [(measures.terminated, terminated), (measures.reinstated, reinstated)]
    for position in order:
        handle, event = steps[position]
        await handle([event])
    await handle([event])
    claim = claims.accepted()
    await wiring.build_screen_settlements(resources)([claim])
    assert await findings_of(claim.data.settlement_ref) == []


async def test_a_termination_bars_beyond_its_ban_until_the_new_registration(resources, claims, findings_of):
    measures = wiring.build_record_ineligibility(resources)
    measure_id = new_id()
    terminated = PractitionerTerminated(
        measure_id=measure_id,
        practitioner_code=PHYSICIAN,
        effective_from=claims.now - timedelta(days=400),
        no_registration_until=claims.now - timedelta(days=35),
        policy_version="test",
    )
    await measures.terminated([claims.event(terminated)])
    reinstated = PractitionerReinstated(
        measure_id=measure_id, practitioner_code=PHYSICIAN, effective_from=claims.now - timedelta(days=1)
    )
    await measures.reinstated([claims.event(reinstated)])
    unregistered, registered = claims.accepted(at=claims.now - timedelta(days=2)), claims.accepted()
    await wiring.build_screen_settlements(resources)([unregistered, registered])
    assert await findings_of(unregistered.data.settlement_ref) == [(ELIGIBILITY_RULE, "raised")]
    assert await findings_of(registered.data.settlement_ref) == []


async def test_a_shortened_suspension_bars_until_its_new_end(resources, claims, findings_of):
    measures = wiring.build_record_ineligibility(resources)
    measure_id = new_id()
    suspended = PractitionerSuspended(
        measure_id=measure_id,
        practitioner_code=PHYSICIAN,
        effective_from=claims.now - timedelta(days=10),
        effective_until=claims.now + timedelta(days=30),
        policy_version="test",
    )
    end = claims.now - timedelta(days=2)
    await measures.suspended([claims.event(suspended)])
    await measures.reinstated(
        [claims.event(PractitionerReinstated(measure_id=measure_id, practitioner_code=PHYSICIAN, effective_from=end))]
    )
    during, after = claims.accepted(at=claims.now - timedelta(days=3)), claims.accepted()
    await wiring.build_screen_settlements(resources)([during, after])
    assert await findings_of(during.data.settlement_ref) == [(ELIGIBILITY_RULE, "raised")]
    assert await findings_of(after.data.settlement_ref) == []


async def test_a_settlement_that_becomes_known_meanwhile_has_its_batch_tried_again(resources, claims, monkeypatch):
    screen = wiring.build_screen_settlements(resources)
    claim = claims.accepted()
    await screen([claim])

    async def know_nothing(*_):
        return set()

    monkeypatch.setattr("services.screening.storage.settlements.known", know_nothing)
    with pytest.raises(TransientError):
        await screen([claims.event(claim.data)])


async def test_each_settlement_is_screened_in_its_own_trace_and_its_facts_go_on_with_it(
    resources, claims, admin, published
):
    traced = claims.accepted(MEN_ONLY)
    unsampled = claims.accepted(traceparent=traced.traceparent[:-1] + "0")
    with capture_spans() as captured:
        await wiring.build_screen_settlements(resources)([traced, unsampled])
    [span] = captured.spans("screening.settlement.screen")
    assert f"{span.context.trace_id:032x}" == traced.traceparent.split("-")[1]
    own = f"00-{span.context.trace_id:032x}-{span.context.span_id:016x}-01"
    assert [fact["traceparent"] for fact in await published("screening.finding.raised.v1")] == [own]
    assert await admin.fetchval("select traceparent from finding") == own
    second = (await published("screening.settlement.screened.v1"))[1]
    assert second["traceparent"] == unsampled.traceparent
    assert "insured" not in captured.text()
