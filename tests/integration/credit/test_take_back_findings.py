"""What was concluded can be undone: once each, in any order of arrival."""

import asyncio
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.contracts.credit import (
    InstitutionRated,
    PointsRecorded,
    PractitionerReinstated,
    PractitionerSuspended,
    PractitionerTerminated,
)
from services.credit.domain.calendar import add_months
from services.credit.domain.measure import measures
from services.credit.domain.sanction import ResponsiblePerson, Violation
from services.credit.storage import measures as measure_storage
from services.credit.storage import points as points_storage
from services.credit.use_cases.record_sanction import SanctionOutcome
from services.credit.wiring import build_read_eligibility
from services.kit.errors import Conflict
from services.kit.ids import new_id
from services.kit.testing.spans import capture_spans
from tests.integration.credit.service import OFFICER, PHYSICIAN, TRACE, Credit, sanction_of

OTHER_TRACE = "00-11111111111111111111111111111111-2222222222222222-01"


async def eligible(credit: Credit, at: datetime | None = None) -> bool:
    (answer,) = await build_read_eligibility(credit.resources)([PHYSICIAN], OFFICER, at=at)
    return answer.eligibility.status == "eligible"


async def test_an_overturned_finding_takes_back_points_and_the_suspension_from_its_beginning(credit):
    await credit.register(PHYSICIAN)
    sanction_id, finding = await credit.score_points(9)
    start = credit.clock.now()
    assert not await eligible(credit)
    credit.clock.advance(timedelta(days=3))
    await credit.tell(credit.overturning(finding))
    original, counter = await credit.said(PointsRecorded)
    assert (counter.points, counter.total_points, counter.sanction_id) == (-9, 0, sanction_id)
    assert counter.counters_entry_id == original.entry_id
    (suspended,) = await credit.said(PractitionerSuspended)
    (reinstated,) = await credit.said(PractitionerReinstated)
    assert (reinstated.measure_id, reinstated.effective_from) == (suspended.measure_id, start)
    assert await eligible(credit)
    assert await eligible(credit, start)


async def test_an_overturn_that_comes_again_or_under_a_new_id_takes_nothing_more_back(credit):
    await credit.register(PHYSICIAN)
    _, finding = await credit.score_points(9)
    event = credit.event(credit.overturning(finding))
    await credit.deliver(event)
    said = await credit.said()
    await credit.deliver(event)
    await credit.deliver(event, credit.event(credit.overturning(finding)))
    await credit.tell(credit.withdrawal(finding))
    assert await credit.said() == said


async def test_an_overturn_that_comes_first_makes_the_late_confirmation_void(credit):
    await credit.register(PHYSICIAN)
    finding = new_id()
    await credit.tell(credit.overturning(finding))
    await credit.tell(credit.confirmation(finding))
    assert await credit.said() == []
    assert await credit.number("select count(*) from score_entry") == 0


async def test_a_withdrawn_finding_is_taken_back_like_an_overturned_one(credit):
    await credit.register(PHYSICIAN)
    _, finding = await credit.score_points(9)
    await credit.tell(credit.withdrawal(finding))
    assert [fact.points for fact in await credit.said(PointsRecorded)] == [9, -9]
    (row,) = await credit.rows("select cause_kind, cause_id from points_entry where points < 0")
    assert (row.cause_kind, row.cause_id) == ("finding_withdrawn", finding)


async def test_a_finding_withdrawn_before_any_confirmation_has_nothing_to_undo(credit):
    await credit.tell(credit.withdrawal(new_id()))
    assert await credit.said() == []


async def test_points_stand_until_the_last_finding_of_their_violation_falls(credit):
    await credit.register(PHYSICIAN)
    one, two = await credit.findings(2)
    await credit.sanction(sanction_of(9, one, two, decided_on=credit.today()))
    await credit.tell(credit.overturning(one))
    assert len(await credit.said(PointsRecorded)) == 1
    assert not await eligible(credit)
    await credit.tell(credit.overturning(two))
    assert [fact.points for fact in await credit.said(PointsRecorded)] == [9, -9]
    (row,) = await credit.rows("select cause_id from points_entry where points < 0")
    assert row.cause_id == two


async def test_both_findings_of_a_violation_falling_in_one_batch_counter_it_once(credit):
    await credit.register(PHYSICIAN)
    one, two = await credit.findings(2)
    await credit.sanction(sanction_of(9, one, two, decided_on=credit.today()))
    await credit.tell(credit.overturning(one), credit.overturning(two))
    assert [fact.points for fact in await credit.said(PointsRecorded)] == [9, -9]


async def test_only_the_violation_that_lost_its_ground_is_countered(credit):
    await credit.register(PHYSICIAN)
    one, two = await credit.findings(2)
    violations = (
        Violation((one,), "penalty_article_38", "principal"),
        Violation((two,), "penalty_article_38", "general"),
    )
    sanction = replace(
        sanction_of(6, one, decided_on=credit.today()), persons=(ResponsiblePerson(PHYSICIAN, violations),)
    )
    await credit.sanction(sanction)
    await credit.tell(credit.overturning(one))
    assert [(fact.points, fact.total_points) for fact in await credit.said(PointsRecorded)] == [
        (6, 6),
        (4, 10),
        (-6, 4),
    ]
    assert await eligible(credit)


async def test_a_termination_that_falls_leaves_the_suspension_that_was_due_instead(credit):
    await credit.register(PHYSICIAN)
    _, first = await credit.score_points(3)
    credit.clock.advance(timedelta(days=1))
    second_at = credit.clock.now()
    await credit.score_points(9)
    credit.clock.advance(timedelta(days=1))
    await credit.tell(credit.overturning(first))
    terminated, reinstated, suspended = await credit.said(
        PractitionerTerminated, PractitionerReinstated, PractitionerSuspended
    )
    assert (reinstated.measure_id, reinstated.effective_from) == (terminated.measure_id, second_at)
    assert isinstance(suspended, PractitionerSuspended)
    assert (suspended.effective_from, suspended.effective_until) == (second_at, add_months(second_at, 1))
    assert suspended.measure_id != terminated.measure_id


async def test_a_measure_that_still_stands_is_not_spoken_of_again(credit):
    await credit.register(PHYSICIAN)
    await credit.score_points(9)
    _, second = await credit.score_points(1)
    await credit.tell(credit.overturning(second))
    suspended = await credit.said(PractitionerSuspended)
    (reinstated,) = await credit.said(PractitionerReinstated)
    assert [one.measure_id for one in suspended].index(reinstated.measure_id) == 1


async def test_an_overturn_after_the_year_end_takes_the_points_from_their_own_year(credit):
    await credit.register(PHYSICIAN)
    credit.clock.instant = datetime(2026, 12, 20, 2, tzinfo=UTC)
    _, finding = await credit.score_points(11)
    credit.clock.instant = datetime(2027, 1, 20, 2, tzinfo=UTC)
    assert not await eligible(credit)
    await credit.tell(credit.overturning(finding))
    assert [(fact.year, fact.points) for fact in await credit.said(PointsRecorded)] == [(2026, 11), (2026, -11)]
    assert await eligible(credit)


async def test_an_overturned_finding_gives_the_institution_its_score_back(credit):
    await credit.register()
    (finding,) = await credit.findings(amount_fen=100_000)
    await credit.tell(credit.overturning(finding))
    rated = await credit.said(InstitutionRated)
    assert [(fact.score_e2, fact.tier) for fact in rated] == [(9_900, "excellent"), (10_000, "excellent")]
    entries = await credit.rows(
        "select delta_e2, cause, cause_id, entry_id, counters_entry_id from score_entry order by position"
    )
    assert [(row.delta_e2, row.cause, row.cause_id) for row in entries] == [
        (-100, "finding_confirmed", finding),
        (100, "finding_overturned", finding),
    ]
    assert entries[1].counters_entry_id == entries[0].entry_id


async def test_the_trace_of_the_overturning_goes_on_to_the_counter_entries(credit):
    await credit.register(PHYSICIAN)
    _, finding = await credit.score_points(9)
    with capture_spans() as captured:
        await credit.tell(credit.overturning(finding), traceparent=OTHER_TRACE)
        assert len(captured.spans("credit.points.counter")) == 1
    rows = await credit.rows("select type, traceparent from outbox order by sequence")
    traces = [(row.type.split(".")[2], row.traceparent.split("-")[1]) for row in rows]
    old, new = TRACE.split("-")[1], OTHER_TRACE.split("-")[1]
    assert traces == [
        ("rated", old),
        ("recorded", old),
        ("points_recorded", old),
        ("suspended", old),
        ("rated", new),
        ("points_recorded", new),
        ("reinstated", new),
    ]


@pytest.mark.parametrize("seed", range(6))
async def test_the_order_of_arrival_and_repetition_do_not_matter_to_the_score(credit, seed):
    await credit.register()
    chance = random.Random(seed)
    findings = [new_id() for _ in range(8)]
    events = [credit.event(credit.confirmation(finding, amount_fen=100_000)) for finding in findings]
    events += [credit.event(credit.overturning(finding)) for finding in findings[:3]]
    events += [credit.event(credit.withdrawal(findings[3]))]
    tip = new_id()
    events += [credit.event(credit.tip(tip)), credit.event(credit.tip(tip))]
    events += chance.sample(events, 6)
    chance.shuffle(events)
    for event in events:
        await credit.deliver(event)
    assert await credit.number("select sum(delta_e2) from score_entry") == -4 * 100 - 100
    assert (await credit.said(InstitutionRated))[-1].score_e2 == 10_000 - 500


@pytest.mark.parametrize("seed", range(6))
async def test_the_order_in_which_findings_fall_does_not_matter_to_points_and_measures(credit, seed):
    await credit.register(PHYSICIAN)
    chance = random.Random(seed)
    findings = []
    for points in (3, 6, 2, 12, 1):
        credit.clock.advance(timedelta(days=1))
        findings.append((await credit.score_points(points))[1])
    falling = [findings[1], findings[3], findings[0]]
    chance.shuffle(falling)
    for finding in [*falling, chance.choice(falling)]:
        await credit.tell(credit.overturning(finding))
    async with credit.resources.database.reading() as session:
        ledger = (await points_storage.of_practitioners(session, [PHYSICIAN]))[PHYSICIAN]
        stated = (await measure_storage.standing(session, [PHYSICIAN]))[PHYSICIAN]
    assert sum(entry.points for entry in ledger) == 3
    assert len(ledger) == 8
    assert [one.measure for one in stated] == measures(ledger, credit.resources.book) == []


@pytest.mark.parametrize("seed", range(4))
async def test_what_is_stated_always_equals_the_replay_of_the_ledger(credit, seed):
    await credit.register(PHYSICIAN)
    chance = random.Random(seed)
    standing_findings = []
    for _ in range(14):
        credit.clock.advance(timedelta(days=chance.randint(1, 60)))
        if standing_findings and chance.random() < 0.4:
            finding = standing_findings.pop(chance.randrange(len(standing_findings)))
            await credit.tell(credit.overturning(finding))
        else:
            standing_findings.append((await credit.score_points(chance.randint(1, 12)))[1])
        async with credit.resources.database.reading() as session:
            ledger = (await points_storage.of_practitioners(session, [PHYSICIAN]))[PHYSICIAN]
            stated = (await measure_storage.standing(session, [PHYSICIAN]))[PHYSICIAN]
        due = sorted(measures(ledger, credit.resources.book), key=lambda measure: measure.effective_from)
        assert [one.measure for one in stated] == due
    told = {}
    for fact in await credit.said(PractitionerSuspended, PractitionerTerminated, PractitionerReinstated):
        if isinstance(fact, PractitionerReinstated):
            del told[fact.measure_id]
        else:
            told[fact.measure_id] = fact
    assert set(told) == {one.measure_id for one in stated}


async def test_an_overturn_and_a_sanction_at_once_never_leave_points_on_a_fallen_finding(credit):
    await credit.register(PHYSICIAN)
    for finding in await credit.findings(6):
        sanction = sanction_of(1, finding, decided_on=credit.today())
        decided, undone = await asyncio.gather(
            credit.sanction(sanction), credit.tell(credit.overturning(finding)), return_exceptions=True
        )
        assert undone is None
        assert isinstance(decided, SanctionOutcome | Conflict)
    assert await credit.number("select coalesce(sum(points), 0) from points_entry") == 0
