"""The procedure of points on a real database: proposed, decided, objected to, repaired, ended, and undone."""

import asyncio
import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from services.contracts.credit import (
    PointsRecorded,
    PractitionerReinstated,
    PractitionerSuspended,
    PractitionerTerminated,
)
from services.contracts.intake import PractitionerChanged
from services.credit.domain.calendar import add_months, business_date
from services.credit.domain.matter import MatterKind, Phase, StepKind, replay
from services.credit.domain.standing import Status, standing
from services.credit.storage import matters, measures, points, terms
from services.credit.use_cases.annul_sanction import AnnulmentRequest
from services.credit.use_cases.decide_proposal import ProposalDecision
from services.credit.use_cases.request_recovery import RecoveryRequest
from services.credit.use_cases.request_repair import RepairRequest
from services.credit.use_cases.take_step import StepRequest
from services.credit.wiring import (
    build_annul_sanction,
    build_decide_proposal,
    build_read_eligibility,
    build_read_matters,
    build_read_practitioners,
    build_request_recovery,
    build_request_repair,
    build_take_step,
)
from services.kit.errors import Conflict, Malformed, NotFound
from services.kit.ids import new_id
from services.kit.workdays import is_working_day
from tests.integration.credit.service import HOSPITAL, OFFICER, PHYSICIAN, Credit, sanction_of, violation_of

OTHER_HOSPITAL, OTHER_PHYSICIAN = "H11010500002", "D110105000002"
ANNULLED = AnnulmentRequest("某省医疗保障局", "医保复决〔2026〕1号", date(2026, 3, 10))


async def file_of(credit: Credit, code: str = PHYSICIAN):
    return await build_read_practitioners(credit.resources).one(code, OFFICER, at=None, known_at=None)


async def step(credit: Credit, matter_id, kind: StepKind, on: date | None = None, **fields):
    request = StepRequest(kind, on or credit.today(), **fields)
    return await build_take_step(credit.resources)(matter_id, request, OFFICER)


async def handling_of(credit: Credit, code: str = PHYSICIAN):
    (found,) = [one for one in (await file_of(credit, code)).matters if one.matter.state.kind is MatterKind.HANDLING]
    return found


async def to_objection(credit: Credit):
    matter_id = (await handling_of(credit)).matter.matter_id
    await step(credit, matter_id, StepKind.NOTICE_ISSUED, document_number="医保通〔2026〕1号")
    await step(credit, matter_id, StepKind.NOTICE_DELIVERED)
    await step(credit, matter_id, StepKind.NOTICE_RECEIVED)
    await step(credit, matter_id, StepKind.OBJECTION_FILED, signed_and_stamped=True)
    return matter_id


async def proposed(credit: Credit, points_: int = 3, code: str = PHYSICIAN):
    """Have a sanction answer a new finding, and return the one proposal of a person and the finding."""
    (finding,) = await credit.findings(practitioner_codes=(code,))
    made = replace(
        sanction_of(points_, finding, decided_on=credit.today()), persons=(), answered_finding_ids=(finding,)
    )
    await credit.sanction(made)
    waiting = await build_read_matters(credit.resources).open_proposals(
        OFFICER, institution_code=None, after=None, limit=100
    )
    return next(one for one, _ in waiting if one.sanction_id == made.sanction_id), finding


async def accept(credit: Credit, proposal, points_: int, finding):
    _, violation = violation_of(points_, finding)
    return await build_decide_proposal(credit.resources)(
        proposal.proposal_id, ProposalDecision((violation,), None), OFFICER
    )


async def test_findings_of_a_sanction_become_proposals_and_only_a_person_turns_one_into_points(credit):
    await credit.register(PHYSICIAN)
    proposal, finding = await proposed(credit)
    assert (proposal.practitioner_code, proposal.finding_ids) == (PHYSICIAN, (finding,))
    assert await credit.said(PointsRecorded) == []
    decided, (entry,) = await accept(credit, proposal, 2, finding)
    assert (decided.decision, decided.decided_by, entry.points) == ("accepted", "officer-1", 2)
    assert entry.sanction_id == proposal.sanction_id
    with pytest.raises(Conflict) as refused:
        await accept(credit, proposal, 2, finding)
    assert refused.value.code == "proposal_decided"
    assert len(await credit.said(PointsRecorded)) == 1


async def test_a_declined_proposal_and_one_whose_finding_fell_bring_nothing(credit):
    await credit.register(PHYSICIAN)
    proposal, _ = await proposed(credit)
    decision = ProposalDecision((), "情节轻微")
    declined, entries = await build_decide_proposal(credit.resources)(proposal.proposal_id, decision, OFFICER)
    assert (declined.decision, declined.reason, entries) == ("declined", "情节轻微", [])
    fallen, finding = await proposed(credit)
    await credit.tell(credit.overturning(finding))
    with pytest.raises(Conflict) as refused:
        await accept(credit, fallen, 2, finding)
    assert refused.value.code == "finding_not_confirmed"
    reading = build_read_matters(credit.resources)
    assert await reading.open_proposals(OFFICER, institution_code=None, after=None, limit=9) == []
    assert await credit.said(PointsRecorded) == []


async def test_two_proposals_accepted_at_once_at_eight_points_give_one_consistent_outcome(credit):
    await credit.register(PHYSICIAN)
    await credit.score_points(8)
    waiting = [await proposed(credit) for _ in range(2)]
    await asyncio.gather(*(accept(credit, proposal, 2, finding) for proposal, finding in waiting))
    assert [fact.total_points for fact in await credit.said(PointsRecorded)] == [8, 10, 12]
    assert len(await credit.said(PractitionerSuspended)) == len(await credit.said(PractitionerTerminated)) == 1
    assert (await file_of(credit)).standing.eligibility.status is Status.TERMINATED


async def test_an_annulment_and_decisions_at_once_leave_no_points_without_a_sanction(credit):
    await credit.register(PHYSICIAN, OTHER_PHYSICIAN)
    await credit.score_points(8)
    proposal, finding = await proposed(credit)
    annul = build_annul_sanction(credit.resources)
    outcomes = await asyncio.gather(
        accept(credit, proposal, 2, finding),
        *(annul(proposal.sanction_id, ANNULLED, OFFICER) for _ in range(3)),
        credit.tell(credit.overturning(finding)),
        return_exceptions=True,
    )
    assert all(isinstance(one, Conflict) for one in outcomes if isinstance(one, BaseException))
    assert (await file_of(credit)).standing.points == 8


async def test_an_annulled_sanction_takes_back_everyones_points_once_naming_it(credit):
    await credit.register(PHYSICIAN)
    sanction_id, finding = await credit.score_points(12)
    first = await build_annul_sanction(credit.resources)(sanction_id, ANNULLED, OFFICER)
    credit.clock.advance(timedelta(hours=1))
    assert await build_annul_sanction(credit.resources)(sanction_id, ANNULLED, OFFICER) == first
    with pytest.raises(Conflict):
        await build_annul_sanction(credit.resources)(sanction_id, replace(ANNULLED, document_number="他号"), OFFICER)
    await credit.tell(credit.overturning(finding))
    file = await file_of(credit)
    assert [(one.points, one.cause_kind, one.cause_id) for one in file.standing.entries] == [
        (12, None, None),
        (-12, "sanction_annulled", sanction_id),
    ]
    assert file.standing.eligibility.status is Status.ELIGIBLE
    assert file.matters[0].matter.state.phase is Phase.LAPSED
    assert file.matters[0].matter.state.due_on is None


async def test_an_objection_upheld_after_termination_undoes_it_from_its_beginning(credit):
    await credit.register(PHYSICIAN)
    await credit.score_points(8)
    credit.clock.advance(timedelta(minutes=1))
    (finding,) = await credit.findings()
    await credit.sanction(sanction_of(4, finding, decided_on=credit.today()))
    (terminated,) = await credit.said(PractitionerTerminated)
    found = [one for one in (await file_of(credit)).matters if one.matter.state.kind is MatterKind.HANDLING]
    matter_id = found[1].matter.matter_id
    await step(credit, matter_id, StepKind.NOTICE_ISSUED, document_number="医保通〔2026〕2号")
    await step(credit, matter_id, StepKind.NOTICE_DELIVERED)
    credit.clock.advance(timedelta(days=5))
    await step(credit, matter_id, StepKind.OBJECTION_FILED, signed_and_stamped=True)
    _, steps = await step(credit, matter_id, StepKind.OBJECTION_UPHELD, document_number="医保核〔2026〕1号")
    assert steps[-1].kind is StepKind.OBJECTION_UPHELD
    (reinstated,) = await credit.said(PractitionerReinstated)
    assert (reinstated.measure_id, reinstated.effective_from) == (terminated.measure_id, terminated.effective_from)
    file = await file_of(credit)
    assert (file.standing.points, file.standing.eligibility.status) == (8, Status.ELIGIBLE)
    assert (file.standing.entries[-1].cause_kind, file.standing.entries[-1].cause_id) == ("objection_upheld", matter_id)
    await credit.tell(credit.overturning(finding))
    assert (await file_of(credit)).standing.points == 8


async def test_an_objection_upheld_for_one_violation_leaves_the_other(credit):
    await credit.register(PHYSICIAN)
    one, two = await credit.findings(2)
    base = sanction_of(6, one, decided_on=credit.today())
    _, first = violation_of(6, one)
    second = replace(first, finding_ids=(two,), band_cause="other_band_2", degree="general")
    await credit.sanction(replace(base, persons=(replace(base.persons[0], violations=(first, second)),)))
    matter_id = await to_objection(credit)
    await step(credit, matter_id, StepKind.OBJECTION_UPHELD, violation_numbers=(1,))
    file = await file_of(credit)
    assert (file.standing.points, file.standing.eligibility.status) == (4, Status.ELIGIBLE)
    assert (await handling_of(credit)).matter.state.phase is Phase.UPHELD


@pytest.mark.parametrize(("days", "in_time"), [(14, True), (15, False)])
async def test_the_tenth_working_day_is_in_time_and_the_eleventh_is_late(credit, days, in_time):
    await credit.register(PHYSICIAN)
    await credit.score_points(3)
    matter_id = (await handling_of(credit)).matter.matter_id
    await step(credit, matter_id, StepKind.NOTICE_ISSUED, document_number="医保通〔2026〕1号")
    await step(credit, matter_id, StepKind.NOTICE_DELIVERED)
    await step(credit, matter_id, StepKind.NOTICE_RECEIVED)
    credit.clock.advance(timedelta(days=days))
    with pytest.raises(Malformed):
        await step(credit, matter_id, StepKind.OBJECTION_FILED)
    if in_time:
        matter, _ = await step(credit, matter_id, StepKind.OBJECTION_FILED, signed_and_stamped=True)
        assert matter.state.phase is Phase.VERIFYING
        return
    with pytest.raises(Conflict) as refused:
        await step(credit, matter_id, StepKind.OBJECTION_FILED, signed_and_stamped=True)
    assert refused.value.code == "objection_late"


async def test_what_is_due_is_listed_soonest_first_and_overdue_from_the_day_after(credit):
    await credit.register(PHYSICIAN)
    await credit.score_points(3)
    credit.clock.advance(timedelta(days=1))
    await credit.score_points(2)
    reading = build_read_matters(credit.resources)
    found = await reading.due(OFFICER, overdue=False, institution_code=None, after=None, limit=10)
    assert [one.state.due_on for one, _ in found] == [date(2026, 3, 17), date(2026, 3, 18)]
    rest = await reading.due(
        OFFICER, overdue=False, institution_code=None, after=(found[0][0].state.due_on, found[0][0].matter_id), limit=10
    )
    assert [one.matter_id for one, _ in rest] == [found[1][0].matter_id]
    credit.clock.advance(timedelta(days=6))
    assert await reading.due(OFFICER, overdue=True, institution_code=None, after=None, limit=10) == []
    credit.clock.advance(timedelta(days=1))
    late = await reading.due(OFFICER, overdue=True, institution_code=None, after=None, limit=10)
    assert [(one.matter_id, overdue) for one, overdue in late] == [(found[0][0].matter_id, True)]
    _, steps = await step(credit, late[0][0].matter_id, StepKind.NOTICE_ISSUED, document_number="医保通〔2026〕1号")
    assert steps[-1].on > steps[-1].due_on


async def test_registering_again_after_a_ban_takes_a_new_commitment_and_is_told(credit):
    await credit.register(PHYSICIAN)
    sanction_id, _ = await credit.score_points(12)
    (terminated,) = await credit.said(PractitionerTerminated)
    request = build_request_recovery(credit.resources)
    asked = RecoveryRequest(sanction_id, credit.today(), True, None)
    with pytest.raises(Malformed) as refused:
        await request(PHYSICIAN, asked, OFFICER)
    assert refused.value.code == "commitment_missing"
    end = terminated.no_registration_until
    first_day = date(2029, 2, 19)
    for day, code in ((first_day - timedelta(days=1), "recovery_early"), (first_day, None)):
        credit.clock.advance(timedelta(days=(day - business_date(credit.clock.now())).days))
        signed = replace(asked, on=day, commitment_signed_on=day)
        if code is None:
            matter = await request(PHYSICIAN, signed, OFFICER)
            break
        with pytest.raises(Conflict) as early:
            await request(PHYSICIAN, signed, OFFICER)
        assert early.value.code == code
    with pytest.raises(Conflict) as again:
        await request(PHYSICIAN, signed, OFFICER)
    assert again.value.code == "recovery_open"
    await step(credit, matter.matter_id, StepKind.GRANTED)
    (reinstated,) = await credit.said(PractitionerReinstated)
    assert (reinstated.measure_id, reinstated.effective_from) == (terminated.measure_id, end)
    eligible = build_read_eligibility(credit.resources)
    for at, status in ((end - timedelta(microseconds=1), Status.TERMINATED), (end, Status.ELIGIBLE)):
        (answer,) = await eligible([PHYSICIAN], OFFICER, at=at)
        assert answer.eligibility.status is status
    listed = await build_read_practitioners(credit.resources).page(
        OFFICER, status=Status.TERMINATED, institution_code=None, after="", limit=5
    )
    assert len(listed) == 1
    credit.clock.advance(end - credit.clock.now())
    assert (await file_of(credit)).standing.eligibility.status is Status.ELIGIBLE


async def test_a_running_suspension_keeps_its_end_over_the_new_year_and_recovery_does_not_move_it(credit):
    await credit.register(PHYSICIAN)
    credit.clock.advance(timedelta(days=260))
    sanction_id, _ = await credit.score_points(10)
    end = add_months(credit.clock.now(), 3)
    credit.clock.advance(timedelta(days=85))
    file = await file_of(credit)
    assert (file.standing.year, file.standing.points) == (2027, 0)
    assert (file.standing.eligibility.status, file.standing.eligibility.until) == (Status.SUSPENDED, end)
    matter = await build_request_recovery(credit.resources)(
        PHYSICIAN,
        RecoveryRequest(sanction_id, credit.today(), True, None),
        OFFICER,
    )
    await step(credit, matter.matter_id, StepKind.GRANTED)
    assert (await file_of(credit)).standing.eligibility.until == end
    assert await credit.said(PractitionerReinstated) == []


async def repair(credit: Credit, sanction_id, entry_id, measure: str):
    request = RepairRequest(sanction_id, entry_id, measure, credit.today(), True, "培训记录1号")
    matter = await build_request_repair(credit.resources)(PHYSICIAN, request, OFFICER)
    return await step(credit, matter.matter_id, StepKind.GRANTED)


async def test_repair_takes_points_off_up_to_the_cap_and_falls_with_its_entry(credit):
    await credit.register(PHYSICIAN)
    sanction_id, finding = await credit.score_points(8)
    (entry,) = (await file_of(credit)).standing.entries
    await repair(credit, sanction_id, entry.entry_id, "insurance_management")
    await repair(credit, sanction_id, entry.entry_id, "training")
    with pytest.raises(Conflict) as refused:
        await repair(credit, sanction_id, entry.entry_id, "examination")
    assert refused.value.code == "repair_cap_reached"
    assert [fact.total_points for fact in await credit.said(PointsRecorded)] == [8, 6, 5]
    await credit.score_points(3)
    assert (await file_of(credit)).standing.eligibility.status is Status.ELIGIBLE
    await credit.tell(credit.overturning(finding))
    file = await file_of(credit)
    assert file.standing.points == 3
    assert [one.points for one in file.standing.entries] == [8, -2, -1, 3, -8, 2, 1]


async def test_a_shortened_suspension_ends_earlier_for_everybody(credit):
    await credit.register(PHYSICIAN)
    sanction_id, _ = await credit.score_points(11)
    (suspended,) = await credit.said(PractitionerSuspended)
    await repair(credit, sanction_id, None, "active_correction")
    end = suspended.effective_until - timedelta(days=15)
    (reinstated,) = await credit.said(PractitionerReinstated)
    assert (reinstated.measure_id, reinstated.effective_from) == (suspended.measure_id, end)
    (answer,) = await build_read_eligibility(credit.resources)([PHYSICIAN], OFFICER, at=end)
    assert answer.eligibility.status is Status.ELIGIBLE


async def test_a_person_who_moves_in_the_year_takes_the_points_along(credit):
    await credit.register(PHYSICIAN)
    await credit.score_points(8)
    await credit.register(institution=OTHER_HOSPITAL)
    credit.clock.advance(timedelta(days=30))
    await credit.tell(
        PractitionerChanged(
            practitioner_code=PHYSICIAN, category="physician", institution_codes=(OTHER_HOSPITAL,), active=True
        )
    )
    (finding,) = await credit.findings(institution_code=OTHER_HOSPITAL)
    await credit.sanction(sanction_of(1, finding, institution=OTHER_HOSPITAL, decided_on=credit.today()))
    file = await file_of(credit)
    assert (file.standing.points, file.standing.eligibility.status) == (9, Status.SUSPENDED)
    assert {one.matter.institution_code for one in file.matters} == {HOSPITAL, OTHER_HOSPITAL}


async def test_unknown_matters_and_impossible_steps_are_refused(credit):
    await credit.register(PHYSICIAN)
    await credit.score_points(3)
    matter_id = (await handling_of(credit)).matter.matter_id
    with pytest.raises(NotFound):
        await step(credit, new_id(), StepKind.NOTICE_DELIVERED)
    for kind in (StepKind.OPENED, StepKind.LAPSED, StepKind.NOTICE_DELIVERED, StepKind.GRANTED):
        with pytest.raises(Conflict):
            await step(credit, matter_id, kind)
    for fields in ({}, {"on": credit.today() + timedelta(days=1), "document_number": "号"}):
        with pytest.raises(Malformed):
            await step(credit, matter_id, StepKind.NOTICE_ISSUED, **fields)


async def test_after_many_random_events_everything_stored_equals_what_ledgers_and_steps_replay_to(credit):
    dice = random.Random(20260310)
    await credit.register(PHYSICIAN, OTHER_PHYSICIAN)
    known: list[tuple] = []
    for _ in range(70):
        credit.clock.advance(timedelta(days=dice.choice((0, 0, 1, 20)), minutes=1))
        event = dice.randrange(6)
        if event <= 1 or not known:
            code = dice.choice((PHYSICIAN, OTHER_PHYSICIAN))
            known.append((code, *await credit.score_points(dice.choice((1, 2, 3, 5, 8)), code)))
            continue
        code, sanction_id, finding = dice.choice(known)
        try:
            if event == 2:
                await credit.tell(credit.overturning(finding))
            elif event == 3:
                request = replace(ANNULLED, annulled_on=business_date(credit.clock.now()))
                await build_annul_sanction(credit.resources)(sanction_id, request, OFFICER)
            else:
                file = await file_of(credit, code)
                one = dice.choice([one.matter for one in file.matters])
                kind = dice.choice(list(StepKind))
                await step(
                    credit,
                    one.matter_id,
                    kind,
                    business_date(credit.clock.now()),
                    document_number="号",
                    signed_and_stamped=True,
                )
        except Conflict:
            pass
    async with credit.resources.database.reading() as session:
        for code in (PHYSICIAN, OTHER_PHYSICIAN):
            ledger = (await points.of_practitioners(session, [code]))[code]
            changes = (await terms.of_practitioners(session, [code]))[code]
            stated = (await measures.standing(session, [code]))[code]
            replayed = standing(code, ledger, credit.clock.now(), credit.resources.book, changes)
            assert sorted(map(repr, replayed.measures)) == sorted(repr(one.measure) for one in stated)
            found = await matters.of_practitioner(session, code)
            steps = await matters.steps(session, [one.matter_id for one in found])
            for one in found:
                policy = credit.resources.book.version(one.policy_version).points.procedure
                taken = [(each.kind, each.on) for each in steps[one.matter_id]]
                assert replay(one.state.kind, taken, policy, is_working_day) == one.state
                assert [each.number for each in steps[one.matter_id]] == list(range(1, len(taken) + 1))
    assert await credit.number("select count(*) from points_entry where points < 0") > 5
    orphans = "select count(*) from points_entry e where not exists (select from sanction s using (sanction_id))"
    assert await credit.number(orphans.replace("using (sanction_id)", "where s.sanction_id = e.sanction_id")) == 0


@pytest.mark.parametrize("statement", ["update {} set recorded_at = now()", "delete from {}", "truncate {} cascade"])
@pytest.mark.parametrize("table", ["matter_step", "term_change", "sanction_annulment"])
async def test_what_happened_in_the_procedure_cannot_be_rewritten(credit, statement, table):
    await credit.register(PHYSICIAN)
    sanction_id, _ = await credit.score_points(11)
    await repair(credit, sanction_id, None, "active_correction")
    await build_annul_sanction(credit.resources)(sanction_id, ANNULLED, OFFICER)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        async with credit.resources.database.transaction() as session:
            await session.execute(sa.text(statement.format(table)))
