"""A draw over HTTP, from the list to the verifier, and everything that could bend it refused."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from deploy import verify_draw
from services.credit.domain.draw import commitment_of
from services.kit.ids import new_id
from tests.e2e.credit.overriding import approve, concluded, propose

SEED = "c3" * 32
OTHER_SEED = "c4" * 32
NUMBERS = "02091421273305"


class Office:
    """Three officers of the agency and the directory they work with."""

    def __init__(self, desk: Any, clock: Any) -> None:
        self.desk = desk
        self.clock = clock
        self.registrar = desk.mint.bearer("registrar")

    def preparer(self, subject: str = "preparer") -> dict[str, str]:
        return self.desk.mint.bearer("draw_preparer", "draw_revealer", subject=subject)

    def revealer(self, subject: str = "revealer") -> dict[str, str]:
        return self.desk.mint.bearer("draw_revealer", subject=subject)

    async def furnish(self, institutions: int = 6, inspectors: int = 4) -> None:
        for number in range(1, institutions + 1):
            await self.desk.facts.register(institution=f"H1101050000{number}")
        for number in range(1, inspectors + 1):
            answer = await self.inspector(f"INSP{number}", skills=[["clinical"], ["finance"]][number % 2])
            assert answer.status_code == 200, answer.text

    async def inspector(self, code: str, **fields: Any) -> Any:
        body = {"certified_until": "2027-12-31", "skills": ["clinical"], "recusals": [], **fields}
        return await self.desk.client.put(f"/credit/v1/inspectors/{code}", json=body, headers=self.registrar)

    def body(self, **fields: Any) -> dict[str, Any]:
        return {
            "draw_id": str(new_id()),
            "count": 2,
            "inspection_from": "2026-04-01",
            "inspection_until": "2026-06-30",
            "public_source": "福利彩票双色球第2026030期开奖号码",
            "public_digits": 14,
            "public_not_before": "2026-03-12T21:15:00+08:00",
            **fields,
        }

    async def prepare(self, **fields: Any) -> Any:
        return await self.desk.post("/draws", self.body(**fields), as_=self.preparer())

    async def commit(self, draw: dict[str, Any], seed: str = SEED, **fields: Any) -> Any:
        body = {"list_hash": draw["list_hash"], "seed_commitment": commitment_of(seed), **fields}
        return await self.desk.post(f"/draws/{draw['draw_id']}/commitment", body, as_=self.revealer())

    async def reveal(self, draw: dict[str, Any], seed: str = SEED, **fields: Any) -> Any:
        body = {"seed": seed, "public_value": NUMBERS, **fields}
        return await self.desk.post(f"/draws/{draw['draw_id']}/drawing", body, as_=self.revealer())

    async def publish(self, draw: dict[str, Any]) -> Any:
        return await self.desk.post(f"/draws/{draw['draw_id']}/publication", None, as_=self.revealer())

    async def cancel(self, draw: dict[str, Any]) -> Any:
        return await self.desk.post(
            f"/draws/{draw['draw_id']}/cancellation", {"reason": "公开来源停止开奖"}, as_=self.revealer()
        )

    async def public(self, draw: dict[str, Any]) -> Any:
        return await self.desk.client.get(f"/credit/v1/published-draws/{draw['draw_id']}")

    async def drawn(self, seed: str = SEED, **fields: Any) -> dict[str, Any]:
        """Take a draw up to its result."""
        draw = (await self.prepare(**fields)).json()
        answer = await self.commit(draw, seed)
        assert answer.status_code == 200, answer.text
        self.clock.advance(timedelta(days=3))
        answer = await self.reveal(draw, seed)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def office(desk, clock) -> Office:
    office = Office(desk, clock)
    await office.furnish()
    return office


def refused(answer: Any, status: int, code: str) -> bool:
    return (answer.status_code, answer.json()["code"]) == (status, code)


async def test_anybody_verifies_a_published_draw(office) -> None:
    draw = await office.drawn()
    await office.publish(draw)
    file = (await office.public(draw)).json()
    assert file["state"] == "published"
    assert len(file["result"]) == 2
    assert verify_draw.problems(file) == []
    file["result"].reverse()
    assert verify_draw.problems(file) != []


async def test_the_public_sees_list_and_commitment_before_and_the_seed_only_after(office) -> None:
    draw = (await office.prepare()).json()
    assert refused(await office.public(draw), 404, "draw_unknown")
    await office.commit(draw)
    before = (await office.public(draw)).json()
    office.clock.advance(timedelta(days=3))
    await office.reveal(draw)
    drawn = (await office.public(draw)).json()
    await office.publish(draw)
    after = (await office.public(draw)).json()
    fixed = ("listing", "list_hash", "seed_commitment", "committed_at")
    assert [before[name] for name in fixed] == [drawn[name] for name in fixed] == [after[name] for name in fixed]
    assert (before["seed"], before["result"], drawn["seed"], drawn["result"]) == (None, [], None, [])
    assert (after["seed"], after["public_value"]) == (SEED, NUMBERS)
    listed = (await office.desk.client.get("/credit/v1/published-draws")).json()["items"]
    assert [item["draw_id"] for item in listed] == [draw["draw_id"]]


async def test_the_public_list_holds_no_grades_and_no_grounds(office) -> None:
    await office.inspector("INSP9", recusals=[{"institution_code": "H11010500001", "ground": "kinship"}])
    draw = (await office.prepare()).json()
    await office.commit(draw)
    text = (await office.public(draw)).text
    assert "INSP9" in text
    assert not any(word in text for word in ("kinship", "tier", "findings", "grounds", "prepared_by"))


async def test_who_prepared_neither_commits_nor_reveals_nor_publishes_nor_cancels(office) -> None:
    draw = (await office.prepare()).json()
    bodies = {
        "commitment": {"list_hash": draw["list_hash"], "seed_commitment": commitment_of(SEED)},
        "drawing": {"seed": SEED, "public_value": NUMBERS},
        "publication": None,
        "cancellation": {"reason": "不想要这个结果"},
    }
    for step, body in bodies.items():
        answer = await office.desk.post(f"/draws/{draw['draw_id']}/{step}", body, as_=office.preparer())
        assert refused(answer, 403, "draw_four_eyes"), step


async def test_steps_go_in_order_and_each_once(office) -> None:
    draw = (await office.prepare()).json()
    assert refused(await office.reveal(draw), 409, "draw_state")
    assert refused(await office.publish(draw), 409, "draw_state")
    await office.commit(draw)
    assert refused(await office.commit(draw, OTHER_SEED), 409, "draw_state")
    assert refused(await office.publish(draw), 409, "draw_state")
    office.clock.advance(timedelta(days=3))
    await office.reveal(draw)
    assert refused(await office.reveal(draw, public_value="1" * 14), 409, "draw_state")
    assert refused(await office.cancel(draw), 409, "draw_state")
    await office.publish(draw)
    assert refused(await office.publish(draw), 409, "draw_state")


async def test_another_seed_than_the_one_committed_to_is_refused(office) -> None:
    draw = (await office.prepare()).json()
    await office.commit(draw)
    office.clock.advance(timedelta(days=3))
    assert refused(await office.reveal(draw, OTHER_SEED), 409, "draw_other_seed")


async def test_the_draw_waits_for_the_public_value(office) -> None:
    draw = (await office.prepare()).json()
    await office.commit(draw)
    office.clock.advance(timedelta(days=2, hours=11, minutes=14))
    assert refused(await office.reveal(draw), 409, "draw_public_value_time")
    office.clock.advance(timedelta(minutes=1))
    assert (await office.reveal(draw)).status_code == 200


async def test_a_commitment_after_the_public_value_is_refused(office) -> None:
    draw = (await office.prepare()).json()
    office.clock.advance(timedelta(days=3))
    assert refused(await office.commit(draw), 409, "draw_public_value_time")


async def test_committing_to_another_list_is_refused(office) -> None:
    draw = (await office.prepare()).json()
    assert refused(await office.commit(draw, list_hash="0" * 64), 409, "draw_other_list")


async def test_a_commitment_serves_once(office) -> None:
    first = (await office.prepare()).json()
    await office.commit(first)
    await office.cancel(first)
    second = (await office.prepare()).json()
    assert refused(await office.commit(second), 409, "draw_commitment_used")
    assert (await office.commit(second, OTHER_SEED)).status_code == 200


async def test_a_cancelled_draw_stays_in_public_with_its_reason(office) -> None:
    draw = (await office.prepare()).json()
    await office.commit(draw)
    await office.cancel(draw)
    file = (await office.public(draw)).json()
    assert (file["state"], file["reason"], file["seed"]) == ("cancelled", "公开来源停止开奖", None)
    office.clock.advance(timedelta(days=3))
    assert refused(await office.reveal(draw), 409, "draw_state")


async def test_an_institution_is_visited_once_a_year_on_plan(office) -> None:
    first = await office.drawn(count=4)
    visited = {one["institution"] for one in first["result"]}
    later = {"public_not_before": "2026-03-20T21:15:00+08:00"}
    second = (await office.prepare(**later)).json()
    listed = {one["code"] for one in json.loads(second["listing"])["institutions"]}
    assert len(visited) == 4
    assert listed == {f"H1101050000{number}" for number in range(1, 7)} - visited


@pytest.mark.parametrize("cause", ["tip", "data_clue"])
async def test_a_tip_or_a_data_clue_is_followed_however_often_there_was_a_visit(office, cause) -> None:
    first = await office.drawn(count=6)
    code = first["result"][0]["institution"]
    later = {"public_not_before": "2026-03-20T21:15:00+08:00"}
    assert refused(await office.prepare(**later), 409, "draw_empty")
    answer = await office.prepare(cause=cause, institution_codes=[code], **later)
    assert [one["code"] for one in json.loads(answer.json()["listing"])["institutions"]] == [code]


async def test_next_year_everybody_can_be_drawn_again(office) -> None:
    await office.drawn(count=6)
    answer = await office.prepare(
        inspection_from="2027-01-05",
        inspection_until="2027-02-28",
        public_not_before="2026-12-30T21:15:00+08:00",
    )
    assert len(json.loads(answer.json()["listing"])["institutions"]) == 6


async def test_two_open_draws_never_hold_the_same_institution(office) -> None:
    first, second = (await office.prepare()).json(), (await office.prepare()).json()
    assert (await office.commit(first)).status_code == 200
    assert refused(await office.commit(second, OTHER_SEED), 409, "draw_visited")


async def test_of_two_commitments_at_once_to_overlapping_lists_one_stands(office) -> None:
    lists = [(await office.prepare()).json() for _ in range(3)]
    answers = await asyncio.gather(*(office.commit(one, f"{number:064x}") for number, one in enumerate(lists)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]


async def test_of_two_revelations_at_once_one_stands(office) -> None:
    draw = (await office.prepare()).json()
    await office.commit(draw)
    office.clock.advance(timedelta(days=3))
    answers = await asyncio.gather(*(office.reveal(draw, public_value=f"{number:014}") for number in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert await office.desk.facts.number("select count(*) from draw_selection") == 2


async def test_the_institutions_of_a_plan_are_not_chosen_by_hand(office) -> None:
    answer = await office.prepare(institution_codes=["H11010500001"])
    assert refused(answer, 409, "draw_chosen_institutions")


async def test_without_enough_unrecused_inspectors_no_list_is_made(office) -> None:
    for code in ("INSP1", "INSP3"):  # the two with the skill finance
        await office.inspector(
            code, skills=["finance"], recusals=[{"institution_code": "H11010500002", "ground": "employment"}]
        )
    answer = await office.prepare()
    assert refused(answer, 409, "draw_no_team")
    assert "H11010500002" in answer.json()["detail"]
    assert "H11010500001" not in answer.json()["detail"]


async def test_a_certificate_must_last_through_the_inspection(office) -> None:
    await office.inspector("INSP1", certified_until="2026-06-29", skills=["finance"])
    await office.inspector("INSP3", certified_until="2026-06-30", skills=["finance"])
    await office.inspector("INSP5", active=False, skills=["finance"])
    listed = json.loads((await office.prepare()).json()["listing"])
    assert [one["code"] for one in listed["inspectors"]] == ["INSP2", "INSP3", "INSP4"]


async def test_confirmed_findings_weigh_and_the_grounds_are_kept_for_officers(office) -> None:
    await office.desk.facts.findings(3)
    draw = (await office.prepare()).json()
    weights = {one["code"]: one["weight"] for one in json.loads(draw["listing"])["institutions"]}
    # 100 less three small deductions is still excellent (1); three findings double it. The others are not graded: 2.
    assert (weights["H11010500001"], weights["H11010500002"]) == (2, 2)
    running = {"source": "running", "override_id": None}
    assert draw["grounds"]["H11010500001"] == {"tier": "excellent", "grade": "excellent", "findings": 3, **running}
    assert draw["grounds"]["H11010500002"] == {"tier": None, "grade": None, "findings": 0, **running}


async def test_a_final_yearly_grade_weighs_and_an_override_of_it_too_and_the_list_still_verifies(office) -> None:
    await concluded(office.desk)
    office.clock.advance(timedelta(days=14))
    later = {
        "inspection_from": "2026-04-20",
        "public_not_before": "2026-04-12T21:15:00+08:00",
    }
    first = (await office.prepare(**later)).json()
    ground = first["grounds"]["H11010500001"]
    assert (ground["source"], ground["rated_year"], ground["rating_policy"]) == ("annual", 2025, "rating-national-2025")
    named = await propose(
        office.desk,
        target="annual",
        year=2025,
        kind="grade",
        grade="substandard",
        holds_from="2026-03-24",
        holds_until="2026-04-30",
    )
    await approve(office.desk, named)
    draw = (await office.prepare(**later)).json()
    weights = {one["code"]: one["weight"] for one in json.loads(draw["listing"])["institutions"]}
    assert (weights["H11010500001"], weights["H11010500002"]) == (8, 1)
    assert draw["grounds"]["H11010500001"]["override_id"] == named["override_id"]
    await office.commit(draw)
    office.clock.advance(timedelta(days=30))
    assert (await office.reveal(draw)).status_code == 200
    await office.publish(draw)
    file = (await office.public(draw)).json()
    assert verify_draw.problems(file) == []
    assert "substandard" not in json.dumps(file)


async def test_regions_and_kinds_narrow_the_list(office) -> None:
    await office.desk.facts.register(institution="P11010500001", kind="pharmacy")
    await office.inspector("INSP6", skills=["pharmacy"])
    answer = await office.prepare(kinds=["pharmacy"], regions=["1101"])
    assert [one["code"] for one in json.loads(answer.json()["listing"])["institutions"]] == ["P11010500001"]
    assert refused(await office.prepare(regions=["33"]), 409, "draw_empty")


@pytest.mark.parametrize(
    "fields",
    [
        {"inspection_until": "2027-01-01"},
        {"inspection_from": "2026-07-01"},
        {"inspection_from": "2026-03-11"},
    ],
)
async def test_the_period_lies_in_one_year_and_after_the_public_value(office, fields) -> None:
    assert refused(await office.prepare(**fields), 409, "draw_period")


async def test_the_same_id_is_not_prepared_twice(office) -> None:
    draw = (await office.prepare()).json()
    assert refused(await office.prepare(draw_id=draw["draw_id"]), 409, "draw_exists")


@pytest.mark.parametrize("value", ["", "号码", "02 09 14 21 27", "02091421\n273305", "٠٢٠٩١٤٢١٢٧٣٣٠٥", "1" * 201])
async def test_a_public_value_is_digits_so_that_there_is_one_way_to_write_it(office, value) -> None:
    draw = (await office.prepare()).json()
    await office.commit(draw)
    office.clock.advance(timedelta(days=3))
    assert (await office.reveal(draw, public_value=value)).status_code == 422


@pytest.mark.parametrize("value", [NUMBERS + "0", NUMBERS[1:]])
async def test_a_public_value_has_as_many_digits_as_the_list_named(office, value) -> None:
    draw = (await office.prepare()).json()
    await office.commit(draw)
    office.clock.advance(timedelta(days=3))
    assert refused(await office.reveal(draw, public_value=value), 409, "draw_public_value_form")


async def test_nothing_of_a_draw_can_be_changed_in_the_database(office) -> None:
    await office.publish(await office.drawn())
    cancelled = (await office.prepare(public_not_before="2026-03-20T21:15:00+08:00")).json()
    await office.cancel(cancelled)
    tables = (
        "inspector_entry inspection_draw draw_commitment draw_result draw_selection draw_publication draw_cancellation"
    )
    database = office.desk.facts.resources.database
    for table in tables.split():
        column = "stated_by" if table == "inspector_entry" else "draw_id"
        for statement in (
            f"update {table} set {column} = {column}",
            f"delete from {table}",
            f"truncate {table} cascade",
        ):
            with pytest.raises(sa.exc.DBAPIError, match="append-only"):
                async with database.transaction() as session:
                    await session.execute(sa.text(statement))


async def test_the_database_itself_refuses_that_the_preparer_commits(office) -> None:
    draw = (await office.prepare()).json()
    with pytest.raises(sa.exc.IntegrityError, match="four_eyes"):
        async with office.desk.facts.resources.database.transaction() as session:
            await session.execute(
                sa.text("insert into draw_commitment values (:id, 'preparer', :seed, now(), 'preparer')"),
                {"id": UUID(draw["draw_id"]), "seed": commitment_of(SEED)},
            )


async def test_an_institutions_token_has_no_part_in_draws(office) -> None:
    bound = office.desk.mint.bearer("draw_preparer", subject="x", institution="H11010500001")
    assert refused(await office.desk.post("/draws", office.body(), as_=bound), 403, "draw_agency_only")
