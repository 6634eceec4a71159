"""Sanctions on a real database: points only with one, once, and what follows from them."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from services.contracts.credit import PointsRecorded, PractitionerSuspended, PractitionerTerminated
from services.credit.domain.calendar import add_months
from services.credit.domain.sanction import ResponsiblePerson, Violation
from services.credit.domain.standing import Status
from services.credit.wiring import build_read_practitioners, build_record_sanction
from services.kit.errors import Conflict, Forbidden, Malformed
from services.kit.ids import new_id
from services.kit.testing.spans import capture_spans
from tests.integration.credit.service import HOSPITAL, OFFICER, PHYSICIAN, TRACE, Credit, sanction_of

OTHER_HOSPITAL = "H11010500002"
OTHER_PHYSICIAN = "D110105000002"


async def standing_of(credit: Credit, code: str = PHYSICIAN):
    file = await build_read_practitioners(credit.resources).one(code, OFFICER, at=None, known_at=None)
    return file.standing


async def test_a_sanction_records_points_and_says_so(credit):
    await credit.register(PHYSICIAN)
    sanction_id, _ = await credit.score_points(3)
    (said,) = await credit.said(PointsRecorded)
    assert (said.practitioner_code, said.year, said.points, said.total_points) == (PHYSICIAN, 2026, 3, 3)
    assert (said.sanction_id, said.counters_entry_id, said.recorded_at) == (sanction_id, None, credit.clock.now())


@pytest.mark.parametrize(
    ("points", "kind", "months"),
    [
        ((8,), None, None),
        ((8, 1), PractitionerSuspended, 1),
        ((9,), PractitionerSuspended, 1),
        ((10,), PractitionerSuspended, 3),
        ((11,), PractitionerSuspended, 6),
        ((8, 4), PractitionerTerminated, 12),
        ((12,), PractitionerTerminated, 36),
    ],
)
async def test_a_threshold_states_its_measure_from_the_instant_of_recording(credit, points, kind, months):
    await credit.register(PHYSICIAN)
    for one in points:
        credit.clock.advance(timedelta(minutes=1))
        await credit.score_points(one)
    said = await credit.said(PractitionerSuspended, PractitionerTerminated)
    if kind is None:
        assert said == []
        return
    (measure,) = said
    assert isinstance(measure, kind)
    assert (measure.effective_from, measure.policy_version) == (credit.clock.now(), "national-2024")
    end = measure.effective_until if kind is PractitionerSuspended else measure.no_registration_until
    assert end == add_months(credit.clock.now(), months)


async def test_different_violations_add_up_and_many_findings_of_one_count_once(credit):
    await credit.register(PHYSICIAN)
    one, two, three = await credit.findings(3)
    sanction = replace(
        sanction_of(6, one, decided_on=credit.today()),
        persons=(
            ResponsiblePerson(
                PHYSICIAN,
                (
                    Violation((one, two), "penalty_article_38", "principal"),
                    Violation((three,), "other_band_2", "general"),
                ),
            ),
        ),
    )
    await credit.sanction(sanction)
    said = await credit.said(PointsRecorded, PractitionerSuspended)
    assert [(fact.points, fact.total_points) for fact in said[:2]] == [(6, 6), (4, 10)]
    assert isinstance(said[2], PractitionerSuspended)


async def test_a_repeated_sanction_answers_the_same_and_scores_nothing_more(credit):
    await credit.register(PHYSICIAN)
    (finding,) = await credit.findings()
    sanction = sanction_of(3, finding, decided_on=credit.today())
    first = await credit.sanction(sanction)
    credit.clock.advance(timedelta(days=400))
    again = await credit.sanction(sanction)
    assert (first.created, again.created) == (True, False)
    assert (again.sanction, again.entries) == (first.sanction, first.entries)
    assert len(await credit.said(PointsRecorded)) == 1


async def test_a_different_sanction_under_a_known_id_is_refused(credit):
    await credit.register(PHYSICIAN)
    (finding,) = await credit.findings()
    sanction = sanction_of(3, finding, decided_on=credit.today())
    await credit.sanction(sanction)
    with pytest.raises(Conflict) as refused:
        await credit.sanction(replace(sanction, document_number="医保处〔2026〕2号"))
    assert refused.value.code == "sanction_differs"


async def test_the_same_sanction_sent_twice_at_once_is_recorded_once(credit):
    await credit.register(PHYSICIAN)
    (finding,) = await credit.findings()
    sanction = sanction_of(9, finding, decided_on=credit.today())
    outcomes = await asyncio.gather(*(credit.sanction(sanction) for _ in range(6)))
    assert sorted(outcome.created for outcome in outcomes) == [False] * 5 + [True]
    assert len(await credit.said(PointsRecorded)) == 1
    assert len(await credit.said(PractitionerSuspended)) == 1


async def test_two_decisions_at_once_on_one_person_at_eight_points_give_one_consistent_outcome(credit):
    await credit.register(PHYSICIAN)
    await credit.score_points(8)
    one, two = await credit.findings(2)
    decisions = [sanction_of(2, finding, decided_on=credit.today()) for finding in (one, two)]
    await asyncio.gather(*(credit.sanction(decision) for decision in decisions))
    said = await credit.said(PointsRecorded)
    assert [fact.total_points for fact in said] == [8, 10, 12]
    suspended, terminated = await credit.said(PractitionerSuspended, PractitionerTerminated)
    assert isinstance(suspended, PractitionerSuspended)
    assert suspended.effective_until == add_months(credit.clock.now(), 3)
    assert isinstance(terminated, PractitionerTerminated)
    assert (await standing_of(credit)).eligibility.status is Status.TERMINATED


async def test_many_decisions_at_once_never_lose_a_point(credit):
    await credit.register(PHYSICIAN, OTHER_PHYSICIAN)
    findings = await credit.findings(8)
    people = [PHYSICIAN, OTHER_PHYSICIAN]
    decisions = []
    for place, finding in enumerate(findings):
        base = sanction_of(1, finding, decided_on=credit.today())
        # Named in either order: the locks must still be taken in one.
        persons = [ResponsiblePerson(code, base.persons[0].violations) for code in people[:: (-1) ** place]]
        decisions.append(replace(base, persons=tuple(persons)))
    await asyncio.gather(*(credit.sanction(decision) for decision in decisions))
    for code in people:
        totals = [fact.total_points for fact in await credit.said(PointsRecorded) if fact.practitioner_code == code]
        assert totals == list(range(1, 9))


@pytest.mark.parametrize("state", ["unknown", "overturned", "withdrawn", "of another institution"])
async def test_a_finding_that_is_not_confirmed_here_gives_no_points(credit, state):
    await credit.register(PHYSICIAN)
    finding = new_id()
    if state != "unknown":
        await credit.findings(
            finding_id=finding, institution_code=OTHER_HOSPITAL if state == "of another institution" else HOSPITAL
        )
    if state == "overturned":
        await credit.tell(credit.overturning(finding))
    if state == "withdrawn":
        await credit.tell(credit.withdrawal(finding))
    with pytest.raises(Conflict) as refused:
        await credit.sanction(sanction_of(12, finding, decided_on=credit.today()))
    assert refused.value.code == "finding_not_confirmed"
    assert [field.pointer for field in refused.value.fields] == ["/persons/0/violations/0/finding_ids/0"]
    assert await credit.said(PointsRecorded) == []
    assert await credit.number("select count(*) from sanction") == 0


async def test_a_finding_is_scored_once_for_a_person_whoever_decides(credit):
    await credit.register(PHYSICIAN)
    _, finding = await credit.score_points(3)
    with pytest.raises(Conflict) as refused:
        await credit.sanction(sanction_of(6, finding, decided_on=credit.today()))
    assert refused.value.code == "finding_already_scored"


async def test_people_the_registry_or_the_policy_does_not_know_are_not_scored(credit):
    await credit.register()
    (finding,) = await credit.findings()
    with pytest.raises(Conflict) as unknown:
        await credit.sanction(sanction_of(3, finding, decided_on=credit.today()))
    assert unknown.value.code == "practitioner_unknown"
    await credit.register(PHYSICIAN, category="pharmacy_principal")
    with pytest.raises(Conflict) as uncovered:
        await credit.sanction(sanction_of(3, finding, decided_on=credit.today()))
    assert uncovered.value.code == "practitioner_not_covered"


async def test_in_a_pharmacy_the_principal_is_scored(credit):
    pharmacy = "P11010500001"
    await credit.register(PHYSICIAN, institution=pharmacy, kind="pharmacy", category="pharmacy_principal")
    (finding,) = await credit.findings(institution_code=pharmacy)
    outcome = await credit.sanction(sanction_of(3, finding, institution=pharmacy, decided_on=credit.today()))
    assert [entry.points for entry in outcome.entries] == [3]


async def test_points_of_several_institutions_accumulate(credit):
    await credit.register(PHYSICIAN)
    await credit.score_points(6)
    await credit.register(PHYSICIAN, institution=OTHER_HOSPITAL)
    (finding,) = await credit.findings(institution_code=OTHER_HOSPITAL)
    await credit.sanction(sanction_of(3, finding, institution=OTHER_HOSPITAL, decided_on=credit.today()))
    assert (await standing_of(credit)).eligibility.status is Status.SUSPENDED


async def test_a_sanction_needs_no_finding_where_a_certificate_was_revoked(credit):
    await credit.register(PHYSICIAN)
    sanction = replace(
        sanction_of(12, new_id(), decided_on=credit.today()),
        kind="registration_cancelled",
        persons=(ResponsiblePerson(PHYSICIAN, (Violation((), "registration_cancelled", "principal"),)),),
    )
    outcome = await credit.sanction(sanction)
    assert [entry.points for entry in outcome.entries] == [12]


async def test_a_decision_from_before_the_rules_is_refused(credit):
    await credit.register(PHYSICIAN)
    (finding,) = await credit.findings()
    with pytest.raises(Conflict) as refused:
        await credit.sanction(sanction_of(3, finding, decided_on=date(2024, 12, 31)))
    assert refused.value.code == "no_policy_in_force"


async def test_a_misstated_sanction_is_malformed_with_every_fault_named(credit):
    await credit.register(PHYSICIAN)
    sanction = replace(sanction_of(12, new_id(), decided_on=date(2026, 3, 11)), kind="liquidated_damages")
    with pytest.raises(Malformed) as refused:
        await credit.sanction(sanction)
    assert [field.code for field in refused.value.fields] == ["date_in_future", "band_not_allowed"]


async def test_an_officer_bound_to_another_institution_records_nothing(credit):
    await credit.register(PHYSICIAN)
    (finding,) = await credit.findings()
    stranger = replace(OFFICER, institution=OTHER_HOSPITAL)
    with pytest.raises(Forbidden):
        await build_record_sanction(credit.resources)(sanction_of(3, finding, decided_on=credit.today()), stranger)


async def test_the_trace_of_the_settlement_goes_on_to_the_points(credit):
    await credit.register(PHYSICIAN)
    with capture_spans() as captured:
        await credit.score_points(9)
        (recorded,) = captured.spans("credit.points.record")
    rows = await credit.rows("select type, traceparent from outbox where topic = 'credit.standing'")
    assert {row.traceparent.split("-")[1] for row in rows} == {TRACE.split("-")[1]}
    assert f"{recorded.context.trace_id:032x}" == TRACE.split("-")[1]
    assert f"{recorded.parent.span_id:016x}" == TRACE.split("-")[2]


@pytest.mark.parametrize("ledger", ["sanction", "points_entry", "entry_finding", "score_entry"])
@pytest.mark.parametrize("change", ["delete from {}", "truncate {} cascade", "update {} set {} = {}"])
async def test_a_ledger_refuses_to_be_changed(credit, ledger, change):
    await credit.register(PHYSICIAN)
    await credit.score_points(3)
    column = {"sanction": "kind", "points_entry": "points", "entry_finding": "entry_id", "score_entry": "delta_e2"}
    statement = change.format(ledger, column[ledger], column[ledger])
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        async with credit.resources.database.transaction() as session:
            await session.execute(sa.text(statement))
