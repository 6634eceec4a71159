"""Inputs of the yearly rating on a real database: volume counted once, any order of arrival, two acts at once."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import permutations

from services.contracts.screening import SettlementScreened
from services.credit.domain.rating_procedure import RatingState
from services.credit.wiring import (
    build_advance_ratings,
    build_contest_rating,
    build_preview_ratings,
    build_read_ratings,
)
from services.kit.errors import Conflict
from services.kit.ids import new_id
from services.kit.principal import Principal
from tests.integration.credit.service import HOSPITAL, PHYSICIAN, sanction_of

OFFICER = Principal("officer", frozenset(), None, None, None, frozenset())
LAST_YEAR = datetime(2025, 6, 1, 2, tzinfo=UTC)
OTHER = "H11010500002"


def screening(code: str, at: datetime) -> SettlementScreened:
    return SettlementScreened(
        settlement_ref=new_id(),
        settlement_id="s",
        institution_code=code,
        rulebook_version="r",
        verdict="pass",
        screened_at=at,
    )


async def test_settlements_are_counted_once_by_institution_and_month_of_shanghai(credit):
    new_year = datetime(2025, 12, 31, 16, tzinfo=UTC)
    events = [
        credit.event(screening(code, at))
        for code, at in [
            (HOSPITAL, LAST_YEAR),
            (HOSPITAL, LAST_YEAR + timedelta(days=1)),
            (OTHER, LAST_YEAR),
            (HOSPITAL, new_year - timedelta(microseconds=1)),
            (HOSPITAL, new_year),
        ]
    ]
    await credit.deliver(*events)
    await credit.deliver(*events)
    await credit.deliver(credit.event(screening(HOSPITAL, LAST_YEAR)))
    rows = await credit.rows(
        "select institution_code, month::text, settlements from rating_volume order by institution_code, month"
    )
    assert [tuple(row) for row in rows] == [
        (HOSPITAL, "2025-06-01", 3),
        (HOSPITAL, "2025-12-01", 1),
        (HOSPITAL, "2026-01-01", 1),
        (OTHER, "2025-06-01", 1),
    ]


async def preview(credit, region="110105"):
    return await build_preview_ratings(credit.resources)(OFFICER, year=2025, region=region)


async def rating(credit, code=HOSPITAL):
    return await build_read_ratings(credit.resources).one(code, 2025, OFFICER)


async def test_any_order_of_arrival_gives_the_same_rating(credit):
    """Confirmation, end, a second confirmation and the preview itself, in every order, for one institution each."""
    outcomes = set()
    for place, order in enumerate(permutations(("confirm", "end", "keep", "preview"))):
        code = f"H11{place:04}00001"
        await credit.register(institution=code)
        fallen = new_id()
        for act in order:
            match act:
                case "confirm":
                    await credit.tell(credit.confirmation(fallen, institution_code=code, confirmed_at=LAST_YEAR))
                case "end":
                    await credit.tell(credit.overturning(fallen, code))
                case "keep":
                    fields = {"institution_code": code, "confirmed_at": LAST_YEAR, "severity": "suspicion"}
                    await credit.tell(credit.confirmation(amount_fen=7_000, **fields))
                case "preview":
                    await preview(credit)
        current = (await rating(credit, code)).current
        outcomes.add((current.score_e2, current.grade, current.last.state))
    assert outcomes == {(9_900, "excellent", RatingState.PREVIEW)}


async def test_a_conclusion_and_an_objection_at_once_do_not_both_win(credit):
    await credit.register()
    await preview(credit)
    await build_advance_ratings(credit.resources).publish(OFFICER, year=2025, region="110105")
    credit.clock.advance(timedelta(days=8))
    advance, contest = build_advance_ratings(credit.resources), build_contest_rating(credit.resources)
    results = await asyncio.gather(
        *(advance.conclude(OFFICER, year=2025, region="110105") for _ in range(3)),
        contest.object(HOSPITAL, 2025, OFFICER, reason="异议", document_number="1"),
        return_exceptions=True,
    )
    assert isinstance(results[3], Conflict)
    assert sum(outcome["concluded"] for outcome in results[:3]) == 1
    acts = (await rating(credit)).acts
    assert [act.number for act in acts] == [1, 2, 3]


async def test_a_finding_that_falls_while_ratings_are_concluded_is_never_lost(credit):
    await credit.register()
    (finding,) = await credit.findings(confirmed_at=LAST_YEAR)
    await preview(credit)
    advance = build_advance_ratings(credit.resources)
    await advance.publish(OFFICER, year=2025, region="110105")
    credit.clock.advance(timedelta(days=8))
    await asyncio.gather(
        advance.conclude(OFFICER, year=2025, region="110105"), credit.tell(credit.overturning(finding))
    )
    file = await rating(credit)
    assert (file.current.score_e2, file.current.last.state) == (10_000, RatingState.FINAL)
    assert [act.act.value for act in file.acts].count("recomputed") + [act.act.value for act in file.acts].count(
        "corrected"
    ) == 1


async def test_a_sanction_and_a_fallen_finding_at_once_do_not_wait_for_each_other_for_ever(credit):
    await credit.register(PHYSICIAN)
    found = await credit.findings(8, confirmed_at=LAST_YEAR)
    await preview(credit)
    for finding, other in zip(found[::2], found[1::2], strict=True):
        sanction = sanction_of(1, finding, decided_on=LAST_YEAR.date())
        async with asyncio.timeout(20):
            await asyncio.gather(credit.sanction(sanction), credit.tell(credit.overturning(other)))
    file = await rating(credit)
    lines = {one.indicator: one.number for one in file.rated.lines}
    assert (lines["agreement_sanction"], lines["staff_points"]) == (1, 4)
    assert lines["violation_rate"] == 1_000


async def test_a_document_entered_as_two_decisions_is_one_case(credit):
    await credit.register(PHYSICIAN)
    one, two = await credit.findings(2, confirmed_at=LAST_YEAR)
    await preview(credit)
    before = {line.indicator: line.number for line in (await rating(credit)).rated.lines}
    assert before["violation_rate"] == 2_000
    for finding in (one, two):
        await credit.sanction(sanction_of(1, finding, decided_on=LAST_YEAR.date()))
    lines = {line.indicator: line.number for line in (await rating(credit)).rated.lines}
    assert (lines["agreement_sanction"], lines["staff_points"], lines["violation_rate"]) == (1, 2, 1_000)
