"""Overrides over HTTP: two officers, a bounded term, seen in every reading, over by themselves; and levels."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from services.contracts.credit import InstitutionOverridden, RatingConcluded
from tests.e2e.credit.overriding import approve, concluded, level, proposal, propose, revoke, score
from tests.integration.credit.service import HOSPITAL


@pytest.fixture
async def office(desk):
    await desk.facts.register()
    return desk


async def test_it_holds_when_another_approves_it_and_says_so_everywhere(office):
    made = await propose(office)
    assert (await score(office))["overridden_by"] is None
    assert (await approve(office, made)).status_code == 200
    read = await score(office)
    assert (read["score_e2"], read["tier"]) == (7_000, "qualified")
    over = read["overridden_by"]
    assert (over["computed_score_e2"], over["computed_grade"], over["change_e2"]) == (10_000, "excellent", -3_000)
    assert (over["author"], over["approved_by"]) == (made["author"], "supervisor-1")
    assert over["holds_until"] == "2026-03-19"
    (listed,) = (await office.get("/institutions")).json()["items"]
    assert listed["overridden_by"] == over
    assert (await level(office))["overridden_by"] == over


async def test_it_holds_on_its_last_day_and_not_on_the_day_after(office):
    await approve(office, await propose(office))
    # 19 March, the last minute in Shanghai.
    office.facts.clock.advance(datetime(2026, 3, 19, 15, 59, tzinfo=UTC) - office.facts.clock.now())
    assert (await score(office))["score_e2"] == 7_000
    office.facts.clock.advance(timedelta(minutes=1))
    assert (await score(office))["score_e2"] == 10_000
    assert (await level(office, at="2026-03-19T15:59:00Z"))["score_e2"] == 7_000


async def test_it_does_not_hold_before_its_first_day(office):
    await approve(office, await propose(office, holds_from="2026-03-12"))
    assert (await score(office))["overridden_by"] is None
    office.facts.clock.advance(datetime(2026, 3, 11, 16, tzinfo=UTC) - office.facts.clock.now())
    assert (await score(office))["score_e2"] == 7_000


async def test_of_several_the_one_approved_last_holds(office):
    first, second = await propose(office, value_e2=7_000), await propose(office, value_e2=9_500)
    await approve(office, second)
    office.facts.clock.advance(timedelta(minutes=1))
    await approve(office, first)
    assert (await score(office))["score_e2"] == 7_000
    await revoke(office, first)
    assert (await score(office))["score_e2"] == 9_500


@pytest.mark.parametrize(
    ("kind", "value_e2", "expected"),
    [("floor", 9_900, 10_000), ("ceiling", 9_900, 9_900), ("ceiling", 10_000, 10_000), ("score", 0, 0)],
)
async def test_floors_and_ceilings_bind_only_where_they_reach(office, kind, value_e2, expected):
    await approve(office, await propose(office, kind=kind, value_e2=value_e2))
    assert (await score(office))["score_e2"] == expected


async def test_nobody_approves_his_own(office):
    both = office.mint.bearer("sanction_officer", "supervisor", subject="one-and-the-same")
    made = await office.post("/overrides", proposal(), as_=both)
    assert made.status_code == 201
    refused = await approve(office, made.json(), as_=both)
    assert (refused.status_code, refused.json()["code"]) == (403, "override_four_eyes")
    assert (await score(office))["overridden_by"] is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"holds_until": "2026-09-06"}, "override_term"),
        ({"holds_until": "2026-03-09"}, "override_term"),
        ({"holds_from": "2026-03-09"}, "override_backdated"),
        ({"value_e2": 10_001}, "override_value"),
        ({"value_e2": None}, "override_value"),
        ({"kind": "grade", "grade": "A"}, "override_grade"),
        ({"year": 2025}, "override_year"),
    ],
)
async def test_what_the_rules_do_not_allow_is_refused(office, changes, code):
    answer = await office.post("/overrides", proposal(**changes))
    assert answer.status_code == 422
    assert [field["code"] for field in answer.json()["errors"]] == [code]


async def test_the_longest_term_is_taken(office):
    assert (await propose(office, holds_until="2026-09-05"))["holds_until"] == "2026-09-05"


async def test_one_that_is_over_or_decided_is_not_decided_again(office):
    made = await propose(office)
    await approve(office, made, approved=False)
    assert (await approve(office, made)).json()["code"] == "override_decided"
    late = await propose(office)
    office.facts.clock.advance(timedelta(days=11))
    assert (await approve(office, late)).json()["code"] == "override_over"


async def test_the_same_proposal_again_answers_the_same(office):
    body = proposal()
    first = await office.post("/overrides", body)
    again = await office.post("/overrides", body)
    other = await office.post("/overrides", {**body, "value_e2": 1})
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert first.json() == again.json()


async def test_the_acts_cannot_be_changed(office):
    await approve(office, await propose(office))
    for change in ("update rating_override set reason = ''", "delete from rating_override"):
        with pytest.raises(DBAPIError, match=r"append|only|forbid"):
            async with office.facts.resources.database.transaction() as session:
                await session.execute(sa.text(change))


async def test_an_institution_sees_its_own_and_proposes_none(office):
    await approve(office, await propose(office))
    own = office.mint.bearer("hospital", institution=HOSPITAL)
    other = office.mint.bearer("hospital", institution="H11010500002")
    assert len((await office.get("/overrides", as_=own)).json()["items"]) == 1
    assert (await office.get("/overrides", as_=other)).json()["items"] == []
    assert (await office.get("/overrides", as_=other, institution=HOSPITAL)).status_code == 403
    assert (await office.get("/levels", as_=other, institutions=HOSPITAL)).status_code == 403
    assert (await office.post("/overrides", proposal(), as_=own)).status_code == 403


async def test_others_are_told_of_approval_and_revocation(office):
    made = await propose(office)
    assert await office.facts.said(InstitutionOverridden) == []
    await approve(office, made)
    await revoke(office, made)
    told = await office.facts.said(InstitutionOverridden)
    assert [(one.score_e2, one.last_day, one.revoked_at is None) for one in told] == [
        (7_000, "2026-03-19", True),
        (7_000, "2026-03-19", False),
    ]


async def test_a_concluded_rating_is_a_fact_and_a_correction_another(desk):
    (finding,) = await concluded(desk)
    (first,) = await desk.facts.said(RatingConcluded)
    rating = (await desk.get(f"/ratings/{HOSPITAL}/2025")).json()
    assert (first.institution_code, first.year, first.grade, first.score_e2) == (
        HOSPITAL,
        2025,
        rating["grade"],
        rating["score_e2"],
    )
    assert (first.policy_version, first.grades, first.corrected) == ("rating-national-2025", 4, False)
    assert list(first.consequences) == [one["code"] for one in rating["recommendations"]]
    await desk.facts.tell(desk.facts.overturning(finding))
    second = (await desk.facts.said(RatingConcluded))[-1]
    assert (second.corrected, second.previous_grade, second.score_e2) == (True, first.grade, 10_000)
    assert second.revision > first.revision


async def test_an_override_of_a_yearly_rating_is_a_point_of_its_own(desk):
    await concluded(desk)
    before = (await desk.get(f"/ratings/{HOSPITAL}/2025")).json()
    await approve(desk, await propose(desk, target="annual", year=2025, kind="ceiling", value_e2=5_000))
    after = (await desk.get(f"/ratings/{HOSPITAL}/2025")).json()
    assert (after["score_e2"], after["grade"], after["reproduced"]) == (5_000, "substandard", True)
    explained = after["explained"]
    moved = sum(one["change_e2"] for one in explained["dimensions"])
    assert explained["base_e2"] + moved + explained["overridden_by"]["change_e2"] == explained["score_e2"] == 5_000
    assert [one["code"] for one in after["recommendations"]] != [one["code"] for one in before["recommendations"]]
    (listed,) = (await desk.get("/ratings", year=2025)).json()["items"]
    assert (listed["score_e2"], listed["overridden_by"]["computed_score_e2"]) == (5_000, before["score_e2"])
    desk.facts.clock.advance(timedelta(days=10))
    assert (await desk.get(f"/ratings/{HOSPITAL}/2025")).json()["score_e2"] == before["score_e2"]


async def test_a_level_is_the_final_grade_once_there_is_one(desk):
    before = desk.facts.clock.now()
    await concluded(desk, findings=2)
    running = await level(desk, at=before.isoformat())
    desk.facts.clock.advance(timedelta(days=15))
    annual = await level(desk)
    rating = (await desk.get(f"/ratings/{HOSPITAL}/2025")).json()
    assert (running["source"], running["year"]) == ("running", 2026)
    assert (annual["source"], annual["year"], annual["grade"]) == ("annual", 2025, rating["grade"])
    assert (annual["grades"], annual["policy_version"]) == (4, "rating-national-2025")


async def test_levels_answer_in_the_order_asked_also_for_strangers(office):
    asked = f"H99999999999,{HOSPITAL}"
    items = (await office.get("/levels", institutions=asked)).json()["items"]
    assert [(one["institution_code"], one["source"]) for one in items] == [
        ("H99999999999", None),
        (HOSPITAL, "running"),
    ]
    assert (await office.get("/levels", institutions="nonsense")).status_code == 422
